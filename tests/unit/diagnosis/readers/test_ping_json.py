import pytest
from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.peers import PingAnswered, PingKind, PingUnanswered

NAME = "tailscale ping (JSON)"


@pytest.mark.parametrize(
    ("path", "kind", "via", "derp"),
    [
        ('"Endpoint": "192.0.2.7:41641"', PingKind.DISCO, "direct", ""),
        ('"DERPRegionID": 4, "DERPRegionCode": "fra"', PingKind.DISCO, "derp", "fra"),
        ('"PeerRelay": "192.0.2.9:4:vni:3"', PingKind.DISCO, "relay", ""),
        ('"PeerAPIURL": "http://100.64.0.2:1"', PingKind.PEERAPI, "", ""),
        ('"DERPRegionID": 0', PingKind.UNKNOWN, "", ""),
    ],
)
def test_an_answer(path: str, kind: PingKind, via: str, derp: str) -> None:
    (pong,) = read_by(NAME, f'{{"IP": "100.64.0.2", "NodeName": "a", "LatencySeconds": 0.5, {path}}}').facts
    assert isinstance(pong, PingAnswered)
    assert (pong.address, pong.node, pong.kind, pong.via, pong.derp) == ("100.64.0.2", "a", kind, via, derp)
    assert pong.latency_s == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("timeout waiting for pong", "timeout"),
        ("it timed out", "timeout"),
        ("no matching peer", "no-matching-peer"),
        ("local tailscaled stopped", "local"),
        ("else", "other"),
    ],
)
def test_an_error(error: str, reason: str) -> None:
    (lost,) = read_by(NAME, f'[{{"IP": "100.64.0.9", "Err": "{error}"}}]').facts
    assert isinstance(lost, PingUnanswered)
    assert (lost.address, lost.reason) == ("100.64.0.9", reason)


def test_several_one_a_line_and_a_cut_one() -> None:
    line = '{"IP": "100.64.0.2", "LatencySeconds": 0.5}\n'
    assert [fact.evidence.line for fact in read_by(NAME, line + line + line[:20]).facts] == [1, 2]
    assert len(read_by(NAME, line[:-3]).unread) == 1
