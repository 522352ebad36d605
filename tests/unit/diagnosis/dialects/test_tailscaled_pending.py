from math import inf

import pytest

from farshore.diagnosis.dialects.tailscaled_pending import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import PendingOpen
from farshore.diagnosis.intake.records import Record


def read(text: str) -> list[Fact]:
    return list(DIALECT.read(Record(origin=Origin(source="a.log"), line=1, text=f"open-conn-track: {text}")))


@pytest.mark.parametrize(
    ("text", "target", "verdict", "node", "online", "received_s"),
    [
        (
            "timeout opening (TCP 100.64.0.1:5 => 10.9.8.7:1433); no associated peer node",
            "10.9.8.7:1433",
            "no-peer",
            "",
            None,
            None,
        ),
        (
            "timeout opening ([fd7a::1]:5 => [2001:db8::7]:443); target node [aB] in netmap but unknown to wireguard",
            "[2001:db8::7]:443",
            "unknown-to-wireguard",
            "aB",
            None,
            None,
        ),
        (
            "timeout opening (TCP 100.64.0.1:5 => 10.9.8.7:1433); peer node [aBc1D] not connected to any DERP relay",
            "10.9.8.7:1433",
            "no-derp",
            "aBc1D",
            None,
            None,
        ),
        (
            "timeout opening (TCP 100.64.0.1:5 => 10.9.8.7:1433) to node [aBc1D]; online=yes, lastRecv=12m3s",
            "10.9.8.7:1433",
            "unanswered",
            "aBc1D",
            True,
            723.0,
        ),
        (
            "timeout opening (TCP 100.64.0.1:5 => 10.9.8.7:1433) to node [aBc1D]; online=no, lastRecv=never",
            "10.9.8.7:1433",
            "unanswered",
            "aBc1D",
            False,
            inf,
        ),
        (
            "timeout opening (172.21.10.12:22 => 10.9.8.7:1433) to node [aBc1D]; lastSeen=7m10s, lastRecv=5s",
            "10.9.8.7:1433",
            "unanswered",
            "aBc1D",
            None,
            5.0,
        ),
        (
            "timeout opening (TCP 10.--.--.--:4 => 10.--.--.--:443) to node [****]; online=yes, lastRecv=27s",
            "None",
            "unanswered",
            "****",
            True,
            27.0,
        ),
        ("flow TCP 100.64.0.1:5 > 10.9.8.7:1433 got RST by peer", "10.9.8.7:1433", "reset", "", None, None),
        ("flow TCP 100.64.0.1:5 > 10.9.8.7:1433 rejected due to acl", "10.9.8.7:1433", "acl", "", None, None),
        ("flow TCP 100.64.0.1:5 > 10.9.8.7:1433 rejected due to shields", "10.9.8.7:1433", "shields", "", None, None),
    ],
)
def test_every_shape(
    text: str,
    target: str,
    verdict: str,
    node: str,
    online: bool | None,  # noqa: FBT001 - what the line says
    received_s: float | None,
) -> None:
    (fact,) = read(text)
    assert isinstance(fact, PendingOpen)
    assert (str(fact.target), fact.verdict, fact.node) == (target, verdict, node)
    assert (fact.online, fact.last_received_s) == (online, received_s)


def test_what_names_no_flow_is_nothing() -> None:
    assert read("timeout opening") == []
