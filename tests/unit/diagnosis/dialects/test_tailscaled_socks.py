from farshore.diagnosis.dialects.tailscaled_socks import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import DialFailed, RelayBroke, Wording
from farshore.diagnosis.intake.records import Record


def read(error: str) -> Fact:
    record = Record(origin=Origin(source="a.log"), line=1, text=f"socks5: client connection failed: {error}")
    (fact,) = DIALECT.read(record)
    return fact


def test_a_dial_that_failed_gives_its_cause() -> None:
    fact = read("connect tcp 10.9.8.7:1433: connection was refused")
    assert isinstance(fact, DialFailed)
    assert (fact.wording, str(fact.target)) == (Wording.TAILNET_REFUSED, "10.9.8.7:1433")


def test_an_established_relay_that_ended_is_no_failed_dial() -> None:
    assert isinstance(read("from backend to client: read tcp: connection reset by peer"), RelayBroke)


def test_a_client_that_asked_for_nothing_is_no_failed_dial() -> None:
    text = "socks5: client connection failed: could not read packet header"
    assert list(DIALECT.read(Record(origin=Origin(source="a.log"), line=1, text=text))) == []
