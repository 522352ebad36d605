import pytest
from tests.unit.diagnosis.making import evidence, failed

from farshore.diagnosis.cause import Rule
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.grounds import (
    answered_at_all,
    duration,
    failed_at_deadline,
    failed_fast,
    ground,
    reset_before_reply,
    silent_cause,
)
from farshore.diagnosis.index import Index, Scope


def target(*facts: Fact) -> Scope:
    return next(each for each in Index(facts).scopes() if each.kind == "target")


def test_no_fact_is_no_ground_and_their_number_is_told() -> None:
    assert ground("x", []) is None
    found = ground("{n} seen", [failed() for _ in range(1200)])
    assert found is not None
    assert found.says == "1,200 seen"


@pytest.mark.parametrize(
    ("rule", "elapsed_s", "told"),
    [
        (failed_fast, 0.021, "21 ms"),
        (failed_fast, 3.07, None),
        (failed_at_deadline, 5.003, "5.0 s"),
        (failed_at_deadline, 0.02, None),
        (answered_at_all, 3.07, "3.1 s"),
        (answered_at_all, 5.0, None),
    ],
)
def test_the_time_to_failure_speaks(rule: Rule, elapsed_s: float, told: str | None) -> None:
    found = rule(target(failed(elapsed_s=elapsed_s)))
    assert told is None if found is None else told is not None and told in found.says


def test_several_times_are_told_as_a_range() -> None:
    found = failed_fast(target(failed(elapsed_s=0.002), failed(elapsed_s=0.03)))
    assert found is not None
    assert "2 ms to 30 ms" in found.says


def test_a_drivers_reset_counts_where_dials_failed_or_nothing_is_known_of_them() -> None:
    reset = DriverFailed(evidence=evidence(), driver="libpq", symptom=Symptom.RESET_BEFORE_REPLY)
    assert reset_before_reply(target(reset)) is not None
    assert reset_before_reply(target(reset, failed())) is not None
    assert silent_cause(target(reset)) is None


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0001, "0.1 ms"), (0.02, "20 ms"), (5.0, "5.0 s"), (1440, "24 min"), (73140, "20.3 h")]
)
def test_a_time_as_an_engineer_writes_it(seconds: float, told: str) -> None:
    assert duration(seconds) == told
