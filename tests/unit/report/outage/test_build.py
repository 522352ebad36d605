"""The whole report from what is given."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.unit.diagnosis.making import failed
from tests.unit.report.outage.outages import HELPED, T0, course, given, journal, said, zombie

from farshore.core.clock import SystemClock
from farshore.diagnosis.facts.dials import Wording
from farshore.report.outage.build import build
from farshore.report.outage.counts import figures
from farshore.report.outage.given import Figures, Given, Span


@pytest.fixture
def counted(tmp_path: Path) -> Figures:
    told = figures(journal(tmp_path), Span(from_s=T0 - 1, to_s=T0 + 1001), ["db"], SystemClock())
    assert isinstance(told, Figures), told
    return told


def sentences(value: object) -> list[dict[str, object]]:
    """Everything in a report that has sources, however deep."""
    match value:
        case {"refs": _, **rest}:
            return [value, *(each for inner in rest.values() for each in sentences(inner))]  # type: ignore[list-item]
        case dict():
            return [each for inner in value.values() for each in sentences(inner)]
        case list() | tuple():
            return [each for inner in value for each in sentences(inner)]
        case _:
            return []


def test_of_several_outages_each_cause_is_told_of_its_own_and_no_kind_of_all(counted: Figures) -> None:
    first, second = course(said(zombie())), course(name="2026-11-22-4")
    both = build(given(first, second, figures=counted, named=None))
    texts = [each.text for each in both.summary]
    assert any(text.startswith("Cause of 2026-11-22-3: M01 ") for text in texts)
    assert not any(each.text.startswith("Kind: ") for each in both.impact.said)
    assert all(hit.kind is None for hit in both.impact.routes)
    one = build(given(first, figures=counted))
    assert any(each.text.startswith("Cause: M01 ") for each in one.summary)
    assert any(each.text.startswith("Kind: partial, on db: ") for each in one.summary)


def every_kind(counted: Figures) -> list[Given]:
    m01, undecided, refused = said(zombie()), said([failed(Wording.DEADLINE)]), said([failed(Wording.TAILNET_REFUSED)])
    return [
        given(course(m01), figures=counted),
        given(course(m01)),
        given(course()),
        given(course(undecided, m01)),
        given(course(refused, undecided, remedies=(replace(HELPED, result="no-change"),))),
        given(course(m01, ended_s=None, closed_s=None)),
        given(course(m01, examined=(), proven=False, earlier="twice before", earlier_record="x/incident.json")),
        given(course(m01), course(refused, name="2026-11-22-4"), figures=counted, named=None),
        given(named=None, figures=counted),
        given(named=None),
        given(course(m01), unknown=("the moon",), figures=replace(counted, lost=3, unknown=("it is damaged",))),
    ]


def test_no_sentence_is_without_a_source_and_no_source_without_a_sentence(counted: Figures) -> None:
    for each in every_kind(counted):
        report = build(each, given(course(said(zombie()), name="2026-11-01-1")))
        told = sentences(msgspec.to_builtins(report))
        assert len(told) > 4
        assert [sentence for sentence in told if not sentence["refs"]] == []
        pointed = list(dict.fromkeys(ref for sentence in told for ref in sentence["refs"]))  # type: ignore[attr-defined]
        assert pointed == [source.id for source in report.sources]
        assert pointed == [f"E{number}" for number in range(1, len(pointed) + 1)]


def test_the_summary_says_when_whom_why_and_how_it_ended(counted: Figures) -> None:
    report = build(given(course(said(zombie()), remedies=(HELPED,)), figures=counted))
    told = " ".join(each.text for each in report.summary)
    assert "2026-11-22 10:07:20Z to 2026-11-22 10:24:00Z (16 min 40 s)" in told
    assert "clients of db failed" in told
    assert "M01 Zombie router" in told
    assert "router r1" in told
    assert "30 of 31 connections" in told
    assert "of 2 client hosts" in told
    assert "after the gateway had applied restart-tailscaled on /run/ts.sock" in told
    assert (report.state, report.lasted_s, report.routes) == ("closed", 1000.0, ("db",))


def summary_of(each: Given) -> str:
    return " ".join(said_.text for said_ in build(each).summary)


def test_how_it_ended_is_not_claimed_where_nobody_knows() -> None:
    m01 = said(zombie())
    assert "by itself or by somebody's hand. The gateway applied no remedy" in summary_of(given(course(m01)))
    vain = (replace(HELPED, result="no-change"),)
    assert "applied restart-tailscaled (nothing changed)" in summary_of(given(course(m01, remedies=vain)))
    assert "no client has come since" in summary_of(given(course(m01, proven=False)))
    open_ = given(course(m01, ended_s=None, closed_s=None))
    assert "It is still open" in summary_of(open_)
    assert "so far for 33 min 20 s" in summary_of(open_)


def test_what_nobody_has_counted_is_said() -> None:
    report = build(given(course(said(zombie()))))
    assert report.impact.routes[0].failed is None
    assert any("no journal was given" in each.text for each in report.unknown)
    assert any("no examination" in each.text for each in build(given(course())).unknown)


def test_the_same_input_gives_the_same_report(counted: Figures) -> None:
    kinds = every_kind(counted)
    assert [build(each) for each in kinds] == [build(each) for each in kinds]


def test_a_span_with_two_incidents_has_both_causes(counted: Figures) -> None:
    refused = said([failed(Wording.TAILNET_REFUSED)])
    both = given(course(said(zombie())), course(refused, name="2026-11-22-4"), figures=counted, named=None)
    report = build(both)
    assert [(root.incident, root.code) for root in report.roots] == [("2026-11-22-3", "M01"), ("2026-11-22-4", "M05")]
    assert report.incidents == ("2026-11-22-3", "2026-11-22-4")
    assert report.state == "span"


def test_its_commands_are_those_that_were_used(counted: Figures) -> None:
    report = build(given(course(said(zombie())), figures=counted))
    commands = [each.command for each in report.commands]
    assert commands[0] == "farshore diagnose 2026-11-22-3/001-evidence.tar.gz --why"
    assert all(any(asked.sql in command for command in commands) for asked in counted.asked.values())
