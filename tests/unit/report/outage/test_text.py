"""The report for a terminal."""

from tests.unit.report.outage.outages import course, given, said, zombie

from farshore.report.outage.build import build
from farshore.report.outage.text import WIDTH, render_text

REPORT = build(given(course(said(zombie()))), given(course(said(zombie()), name="x-1")))


def test_lines_fit_a_terminal_but_commands_that_are_for_copying() -> None:
    text = render_text(REPORT)
    commands = [each.command for each in REPORT.commands] + [m.command for root in REPORT.roots for m in root.missing]
    long = [line for line in text.splitlines() if len(line) > WIDTH]
    assert all(any(command in line for command in commands) for line in long), long


def test_sentences_have_the_numbers_of_their_sources_and_the_sources_their_places() -> None:
    text = render_text(REPORT)
    assert "[E1]" in text
    assert "2026-11-22-3/incident.json#/since_s" in text
    assert "M01 Zombie router" in text
    assert "Timeline\n--------" in text
    assert "\x1b" not in render_text(build(given(course(said(zombie()), routes={"\x1b[2J": "failures"}))))
