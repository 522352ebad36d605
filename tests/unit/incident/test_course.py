"""What happens in the course of an incident."""

from tests.unit.store.journals import ended

from farshore.core.events import (
    Event,
    Health,
    HealthChanged,
    PathChanged,
    RemedyApplied,
    RemedySuggested,
    RemedyWithheld,
)
from farshore.core.remedy import Remedy, RemedyResult
from farshore.incident.course import Shift, Tried, course_of


def test_remedies_are_kept_with_what_came_of_them() -> None:
    applied: Event = RemedyApplied(
        route="db",
        remedy=Remedy.RESTART,
        subject="ts.sock",
        why="no path",
        result=RemedyResult.HELPED,
        detail="back in 3 s",
        duration_ms=3.0,
    )
    suggested: Event = RemedySuggested(route="db", remedy=Remedy.MOVE, subject="r1", why="dead", command="do it")
    withheld: Event = RemedyWithheld(route="db", remedy=Remedy.PING, subject="r1", why="no use")
    kept = [course_of(each, 7.12345) for each in (applied, suggested, withheld)]
    assert [(each.result.value, each.detail) for each in kept if isinstance(each, Tried)] == [
        ("helped", "back in 3 s"),
        ("suggested", "do it"),
        ("withheld", ""),
    ]
    assert {each.at_s for each in kept if each is not None} == {7.123}


def test_paths_are_kept_with_what_they_were() -> None:
    health = HealthChanged(route="db", path="r1", health=Health.DOWN, was=Health.UP, reason="silent")
    state = PathChanged(route="db", path="r1", state="open", was="closed", reason="5 failures")
    assert course_of(health, 1.0) == Shift(at_s=1.0, route="db", path="r1", now="down", was="up", reason="silent")
    assert course_of(state, 1.0) == Shift(
        at_s=1.0, route="db", path="r1", now="open", was="closed", reason="5 failures"
    )


def test_anything_else_is_not() -> None:
    assert course_of(ended(), 1.0) is None
