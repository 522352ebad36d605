from tests.unit.diagnosis.making import at, evidence, failed, reached

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.verdict import Confidence

TARGET = "10.9.8.7:1433"


def hung(clock: str) -> Fact:
    return failed(Wording.DEADLINE, time=at(clock))


def cold(*facts: Fact) -> Confidence | None:
    found = {finding.cause.code: finding.confidence for finding in diagnose(facts).findings}
    return found.get("M12")


def test_once_may_be_chance_and_twice_is_a_pattern() -> None:
    once = [reached(TARGET, at("05:40:00")), hung("05:43:00"), reached(TARGET, at("05:43:08"))]
    again = [hung("05:47:00"), reached(TARGET, at("05:47:09"))]
    assert cold(*once) is Confidence.POSSIBLE
    assert cold(*once, *again) is Confidence.PROVEN


def test_a_dial_that_hangs_in_the_middle_of_traffic_was_not_cold() -> None:
    busy = [reached(TARGET, at(f"05:42:{second}")) for second in (10, 30, 50)]
    assert cold(*busy, hung("05:43:00"), reached(TARGET, at("05:43:08")), hung("05:43:20")) is Confidence.POSSIBLE


def test_a_retry_that_comes_late_shows_nothing() -> None:
    assert cold(reached(TARGET, at("05:40:00")), hung("05:43:00"), reached(TARGET, at("05:45:00"))) is None


def test_without_times_there_is_no_order() -> None:
    assert cold(reached(TARGET), failed(Wording.DEADLINE), reached(TARGET)) is None
    assert evidence().time is None
