"""Incidents as a journal remembers them."""

from pathlib import Path

from tests.unit.report.outage.outages import T0, TARGET
from tests.unit.report.outage.remembering import NAME, OPEN, remembered

from farshore.core.clock import SystemClock
from farshore.report.outage.given import Course, Span
from farshore.report.outage.journalled import courses


def within(path: Path, from_s: float, to_s: float) -> list[Course]:
    found = courses(path, Span(from_s=from_s, to_s=to_s), SystemClock())
    assert not isinstance(found, str), found
    return list(found)


def test_one_is_told_as_far_as_the_journal_goes(tmp_path: Path) -> None:
    (course,) = within(remembered(tmp_path), T0 - 10, T0 + 60)
    assert (course.id, course.since_s, course.opened_s) == (NAME, T0, T0 + 1)
    assert (course.ended_s, course.closed_s, course.proven) == (T0 + 1000, T0 + 1120, True)
    assert set(course.routes) >= {"db"}
    (verdict,) = course.verdicts
    assert (verdict.code, verdict.router, verdict.target, verdict.at_s) == ("M01", "r1", TARGET, T0 + 8)


def test_those_of_the_span_are_told_and_one_that_is_open_lasts(tmp_path: Path) -> None:
    path = remembered(tmp_path)
    assert [each.id for each in within(path, T0 + 2000, T0 + 3000)] == []
    assert [each.id for each in within(path, T0 - 60, T0 + 6000)] == [NAME, OPEN]
    (open_,) = within(path, T0 + 90_000, T0 + 90_001)
    assert (open_.id, open_.closed_s, open_.verdicts) == (OPEN, None, ())


def test_what_is_no_journal_is_said(tmp_path: Path) -> None:
    assert isinstance(courses(tmp_path / "none.db", Span(from_s=0, to_s=1), SystemClock()), str)
