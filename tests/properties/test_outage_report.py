"""A report on whatever may be called whatever: every sentence has its source, and no word becomes markup."""

from dataclasses import replace

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import given as with_any
from hypothesis import strategies as st
from tests.unit.report.outage.outages import HELPED, course, given, said, zombie
from tests.unit.report.outage.test_build import sentences
from tests.unit.report.outage.test_html import LOADING, Page

from farshore.diagnosis.evidence import Unread
from farshore.report.outage.build import build
from farshore.report.outage.given import Given, Shifted
from farshore.report.outage.html import render_html
from farshore.report.outage.markdown import render_markdown
from farshore.report.outage.text import render_text

MARKS = "<>&\"'`|*_[]()#\\\n\r\t\x00\x1b\u2028\u202e"
WORDS = st.text(st.one_of(st.sampled_from(MARKS), st.characters(codec="utf-8")), min_size=1, max_size=40)


@st.composite
def outages(draw: st.DrawFn) -> Given:
    names = st.sampled_from(draw(st.lists(WORDS, min_size=1, max_size=4)))
    unread = msgspec.convert([{"source": draw(WORDS), "reason": draw(WORDS)}], list[Unread])
    seen = said(zombie(), *unread)
    evidence = [msgspec.structs.replace(each, text=draw(WORDS), observer=draw(names)) for each in seen.evidence]
    verdict = seen.verdicts[0]
    subject = msgspec.structs.replace(verdict.subject, router=draw(names), target=draw(names))
    diagnosis = msgspec.structs.replace(
        seen,
        evidence=evidence,
        verdicts=[msgspec.structs.replace(verdict, title=draw(WORDS), subject=subject)],
    )
    incident = course(
        diagnosis,
        routes={draw(names): "failures"},
        remedies=(replace(HELPED, subject=draw(names), why=draw(WORDS), detail=draw(WORDS)),),
        paths=(Shifted(at_s=1e9, route=draw(names), path=draw(names), now="down", was="up", reason=draw(WORDS)),),
        earlier=draw(WORDS),
    )
    return given(incident, unknown=(draw(WORDS),), no_figures=draw(WORDS))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@with_any(outages())
def test_whatever_it_is_called(outage: Given) -> None:
    report = build(outage, outage)
    told = sentences(msgspec.to_builtins(report))
    assert {ref for each in told for ref in each["refs"]} == {source.id for source in report.sources}  # type: ignore[attr-defined]
    assert all(each["refs"] for each in told)
    page = Page(render_html(report))
    assert page.tags & LOADING == set()
    assert (page.open, page.unbalanced) == ([], [])
    assert not {each for each in page.attributes if each.startswith("on")}
    assert render_text(report).replace("\n", "").isprintable()
    markdown = render_markdown(report)
    assert markdown.replace("\n", "").isprintable()
    assert {line for line in markdown.splitlines() if line.startswith("## ")} <= HEADINGS


HEADINGS = {
    f"## {title}"
    for title in (
        *("Summary", "Where it was", "Timeline", "What users saw", "Impact", "Root cause", "What did not cause it"),
        *("Remedies", "Beside an earlier outage", "So that it does not come again", "What is not known", "Evidence"),
        *("How to see it again", "Glossary"),
    )
}
