"""The report as Markdown."""

import pytest
from tests.unit.report.outage.outages import course, given, said, zombie

from farshore.report.outage.build import build
from farshore.report.outage.markdown import marked, render_markdown

HOSTILE = "<img src=x onerror=alert(1)> | [a](javascript:x) *b* `c` # d"


def test_parts_are_headings_and_tables_are_tables() -> None:
    text = render_markdown(build(given(course(said(zombie())))))
    assert text.startswith("# Outage of db: M01 Zombie router")
    assert "\n## Timeline\n" in text
    assert "| --- | --- |" in text
    assert "```\nfarshore diagnose 2026-11-22-3/001-evidence.tar.gz --why\n```" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a `b|c` d", "a `b\\|c` d"),
        ("a ` b", "a ' b"),
        ("<b> *c* [d] | e_f", "\\<b\\> \\*c\\* \\[d\\] \\| e\\_f"),
        ("`<b>`", "`<b>`"),
    ],
)
def test_what_is_not_code_is_words(text: str, shown: str) -> None:
    assert marked(text) == shown


def test_hostile_names_do_not_become_markup() -> None:
    text = render_markdown(build(given(course(said(zombie()), routes={HOSTILE: "failures"}))))
    outside = "".join(part for at, part in enumerate(text.split("`")) if at % 2 == 0)
    assert "<img" not in outside.replace("\\<", "")
    assert "](javascript" not in outside.replace("\\]", "")
