"""The course of an outage."""

from dataclasses import replace
from pathlib import Path

from tests.unit.report.outage.outages import HELPED, T0, course, given, journal, said, zombie

from farshore.core.clock import SystemClock
from farshore.report.outage.counts import figures
from farshore.report.outage.given import Figures, Span
from farshore.report.outage.happened import timeline, tried
from farshore.report.outage.sources import Sources


def test_what_happened_stands_in_its_order() -> None:
    kinds = [each.kind for each in timeline(given(course(said(zombie()), remedies=(HELPED,))), Sources())]
    assert kinds == ["failing", "opened", "path", "verdict", "remedy", "ended", "closed"]


def test_what_both_the_record_and_the_journal_tell_is_told_once_with_both_as_sources(tmp_path: Path) -> None:
    told = figures(journal(tmp_path), Span(from_s=T0 - 1, to_s=T0 + 1001), ["db"], SystemClock())
    assert isinstance(told, Figures)
    sources = Sources()
    remedies = tried(given(course(remedies=(HELPED,)), figures=told), sources)
    assert len(remedies) == 1
    places = [source.place for source in sources.all if source.id in remedies[0].refs]
    names = {place.partition("2026-11-22-3/")[2] or place for place in places}
    assert names == {"incident.json#/remedies/0", "journal.db#remedies"}
    later = tried(given(course(remedies=(replace(HELPED, at_s=T0 + 90),)), figures=told), Sources())
    assert len(later) == 2
    moments = timeline(given(course(), figures=told), Sources())
    assert [each.kind for each in moments].count("path") == 1
    assert any("clients are held for 1 min" in each.text for each in moments)


def test_the_first_and_the_last_failure_are_told_where_they_were_counted(tmp_path: Path) -> None:
    told = figures(journal(tmp_path), Span(from_s=T0 - 1, to_s=T0 + 1001), ["db"], SystemClock())
    assert isinstance(told, Figures)
    moments = timeline(given(course(ended_s=T0 + 580.5), figures=told), Sources())
    texts = {each.text: each for each in moments}
    assert [each.kind for each in moments if each.kind in {"failing", "ended"}] == ["failing", "ended"]
    assert len(texts["db: the first connection failed (tailnet.dial.no-answer)."].refs) == 2
    assert len(texts["db: the last connection failed (tailnet.dial.no-answer)."].refs) == 2
    apart = timeline(given(course(), figures=told), Sources())
    assert [each.kind for each in apart if each.kind in {"failing", "ended"}] == ["failing", "ended", "ended"]


def test_a_path_that_is_first_looked_at_is_no_news() -> None:
    first = replace(course().paths[0], was="unknown", now="up")
    assert not any(each.kind == "path" for each in timeline(given(course(paths=(first,))), Sources()))


def test_how_it_closed_is_told() -> None:
    texts = [each.text for each in timeline(given(course(proven=False)), Sources())]
    assert any("nobody has come since who could tell" in each for each in texts)
    texts = [each.text for each in timeline(given(course(merged_into="2026-11-22-1")), Sources())]
    assert any("it is the same as 2026-11-22-1" in each for each in texts)
