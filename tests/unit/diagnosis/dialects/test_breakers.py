import pytest

from farshore.diagnosis.dialects.breakers import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.dials import DialFailed, Wording
from farshore.diagnosis.intake.records import Record


def test_a_server_that_haproxy_checked_and_found_dead_is_no_breaker() -> None:
    said = "backend ledger has no server available!"
    assert not any(needle in said for needle in DIALECT.needles)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("cannot reach 10.9.8.7:1433: circuit breaker is open", "10.9.8.7:1433"),
        ("CircuitBreaker 'ledger' is OPEN and does not permit further calls", "None"),
        ("10.4.0.9:51000 to 10.9.8.7:1433: circuit breaker open", "None"),
    ],
)
def test_a_breaker_that_turned_a_client_away(text: str, target: str) -> None:
    assert any(needle in text.lower() for needle in DIALECT.needles)
    (failed,) = DIALECT.read(Record(origin=Origin(source="a"), line=1, text=text))
    assert isinstance(failed, DialFailed)
    assert (failed.wording, str(failed.target)) == (Wording.BREAKER_OPEN, target)
