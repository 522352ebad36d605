"""The order and the words of a report."""

from pathlib import Path

import msgspec
from tests.unit.report.outage.outages import HELPED, T0, course, given, journal, said, zombie

from farshore.core.clock import SystemClock
from farshore.diagnosis.evidence import Unread
from farshore.report.outage.blocks import Grid, Heading, Picture, Points, Section, Typed, Words, sections
from farshore.report.outage.build import build
from farshore.report.outage.counts import figures
from farshore.report.outage.given import Figures, Span
from farshore.report.outage.model import Bar


def whole(folder: Path) -> dict[str, Section]:
    told = figures(journal(folder), Span(from_s=T0 - 1, to_s=T0 + 1001), ["db"], SystemClock())
    assert isinstance(told, Figures)
    unread = Unread(source="tailscaled.log", reason="it is empty")
    incident = course(said(zombie(), unread), remedies=(HELPED,))
    report = build(given(incident, figures=told), given(course(said(zombie()), name="x-1")))
    return {section.title: section for section in sections(report)}


def test_all_parts_are_there_what_is_needed_first_first(tmp_path: Path) -> None:
    assert list(whole(tmp_path)) == [
        "Summary",
        "Where it was",
        "Timeline",
        "What users saw",
        "Impact",
        "Root cause",
        "What did not cause it",
        "Remedies",
        "Beside an earlier outage",
        "So that it does not come again",
        "What is not known",
        "Evidence",
        "How to see it again",
        "Glossary",
    ]


def test_a_table_s_rows_are_as_wide_as_its_head(tmp_path: Path) -> None:
    grids = [block for section in whole(tmp_path).values() for block in section.blocks if isinstance(block, Grid)]
    assert len(grids) > 5
    assert all(len(row) == len(grid.heads) for grid in grids for row in grid.rows)


def test_the_figures_of_a_route_are_in_one_row(tmp_path: Path) -> None:
    (grid,) = [block for block in whole(tmp_path)["Impact"].blocks if isinstance(block, Grid)]
    assert [cell.text for cell in grid.rows[0]] == [
        "db",
        "failures",
        "30 of 31 (96.8 %)",
        "2",
        "once, 1 min",
        "4",
        "2",
        "11 of 17",
    ]


def test_what_proves_it_is_called_so_only_where_it_does(tmp_path: Path) -> None:
    texts = [block.text for block in whole(tmp_path)["Root cause"].blocks if isinstance(block, Words)]
    assert "What proves it:" in texts


def test_commands_are_set_for_copying(tmp_path: Path) -> None:
    typed = [block.text for block in whole(tmp_path)["How to see it again"].blocks if isinstance(block, Typed)]
    assert typed[0].startswith("farshore diagnose ")
    headings = [block.text for block in whole(tmp_path)["Remedies"].blocks if isinstance(block, Heading)]
    assert headings == ["What the gateway did", "What people do"]


def test_without_an_earlier_one_nothing_is_compared() -> None:
    assert "Beside an earlier outage" not in {each.title for each in sections(build(given(course(said(zombie())))))}


def captions(began: str, hop: str | None = "router") -> list[str]:
    bars = (
        Bar(time="2026-11-22T10:00:00.000Z", well=1, failed=2),
        Bar(time="2026-11-22T10:01:00.000Z", well=0, failed=3),
    )
    made = build(given(course(said(zombie()))))
    impact = msgspec.structs.replace(made.impact, bars=bars, bar_s=5.0)
    root = msgspec.structs.replace(made.roots[0], hop=hop)
    shown = msgspec.structs.replace(made, impact=impact, roots=(root,), began=began, ended="2026-11-22T10:01:04.000Z")
    summary = next(each for each in sections(shown) if each.title == "Summary")
    return [block.caption for block in summary.blocks if isinstance(block, Picture)]


def test_pictures_say_what_is_broken_and_which_failures_are_another_outage_s() -> None:
    before, whole_ = "belong to none of it", "2026-11-22T10:00:02.000Z"
    assert before in captions("2026-11-22T10:00:55.000Z")[1]
    assert before not in captions(whole_)[1]
    assert captions(whole_)[0] == "Broken: the router (r1). What lies behind it was not reached."
    assert "behind" not in captions(whole_, "target")[0]
    assert captions(whole_, None)[0] == "Which of these is broken is not known."


def test_no_section_repeats_a_sentence_of_the_summary(tmp_path: Path) -> None:
    told = whole(tmp_path)
    summary = {point.text for block in told["Summary"].blocks if isinstance(block, Points) for point in block.items}
    assert len(summary) > 3
    others = [block for title, section in told.items() if title != "Summary" for block in section.blocks]
    assert [
        point for block in others if isinstance(block, Points) for point in block.items if point.text in summary
    ] == []
