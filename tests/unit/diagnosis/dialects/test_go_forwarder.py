import pytest

from farshore.diagnosis.dialects.go_forwarder import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import DialFailed, RelayBroke, Wording
from farshore.diagnosis.intake.records import Record


def read(text: str) -> list[Fact]:
    return list(DIALECT.read(Record(origin=Origin(source="a.log"), line=1, text=text)))


@pytest.mark.parametrize(
    ("error", "wording", "tried"),
    [
        ("unknown error general SOCKS server failure", Wording.SOCKS_GENERAL, "proxy:1055"),
        ("dial tcp 127.0.0.1:1055: connect: connection refused", Wording.EGRESS_REFUSED, "127.0.0.1:1055"),
        ("dial tcp [::1]:1055: connect: connection refused", Wording.EGRESS_REFUSED, "[::1]:1055"),
        ("dial tcp 127.0.0.1:1055: i/o timeout", Wording.EGRESS_SILENT, "127.0.0.1:1055"),
    ],
)
def test_a_dial_through_the_proxy(error: str, wording: Wording, tried: str) -> None:
    (failed,) = read(f"could not connect: socks connect tcp proxy:1055->10.9.8.7:1433: {error}")
    assert isinstance(failed, DialFailed)
    assert (str(failed.target), failed.wording, failed.egress_address) == ("10.9.8.7:1433", wording, tried)


def test_a_copy_that_this_process_closed_itself() -> None:
    (broke,) = read(
        "writeto tcp 10.0.0.1:8082->10.0.0.2:5: readfrom tcp [::1]:6->[::1]:1055: use of closed network connection"
    )
    assert isinstance(broke, RelayBroke)
    assert broke.closed_here
    assert broke.addresses == ("10.0.0.1:8082", "10.0.0.2:5", "[::1]:6", "[::1]:1055")
    (reset,) = read("readfrom tcp 10.0.0.1:8082->10.0.0.2:5: read: connection reset by peer")
    assert isinstance(reset, RelayBroke)
    assert not reset.closed_here


@pytest.mark.parametrize(
    "text",
    [
        "Error copying to client: use of closed network connection",
        "WARN: Error copying to client WSARecv tcp 127.0.0.1:8080: use of closed network connection",
        "ERRO[0460] copy error,read tcp 10.0.0.1:5->10.0.0.2:443: use of closed network connection",
        "Error copying request to socket: read unix /var/run/a.sock->@: use of closed network connection",
    ],
)
def test_every_form_of_a_teardown(text: str) -> None:
    (broke,) = read(text)
    assert isinstance(broke, RelayBroke)
    assert broke.closed_here


def test_a_copy_that_the_other_end_broke() -> None:
    (broke,) = read(
        "Error copying WSARecv tcp 127.0.0.1:8: An existing connection was forcibly closed by the remote host."
    )
    assert isinstance(broke, RelayBroke)
    assert not broke.closed_here
    assert read("copying took 3 s") == []
