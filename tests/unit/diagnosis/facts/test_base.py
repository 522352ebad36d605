from tests.unit.diagnosis.making import UNDATED, evidence, failed, moment

from farshore.diagnosis.evidence import Instant
from farshore.diagnosis.facts.base import dated, target_of
from farshore.diagnosis.facts.statements import StatementMade


def test_a_fact_has_its_evidences_place_observer_and_time() -> None:
    fact = StatementMade(evidence=evidence("a", moment("05:00"), observer="gw"), text="x")
    assert fact.ref.startswith("a:")
    assert (fact.observer, fact.at) == ("gw", moment("05:00").at)
    assert failed().at is None


def test_an_assumed_date_is_no_date() -> None:
    assumed = Instant(moment("05:00").at, UNDATED)
    assert dated(StatementMade(evidence=evidence(time=assumed), text="x")) is None
    assert dated(failed(time=moment("05:00"))) == moment("05:00").at


def test_a_target_is_a_host_and_a_port() -> None:
    assert str(target_of("[fd7a::1]:22")) == "[fd7a::1]:22"
    assert target_of("10.0.0.1") is None
