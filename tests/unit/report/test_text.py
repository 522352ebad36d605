from tests.unit.diagnosis.making import evidence, failed, moment, unanswered

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.facts.flows import PolicyDenied
from farshore.report.html import render_html
from farshore.report.markdown import render_markdown
from farshore.report.text import MAX_UNREAD, WIDTH, render_text


def test_the_verdict_comes_first_and_the_mending_last() -> None:
    lines = render_text(diagnose([failed(Wording.DIAL_SELF, time=moment("05:00"))])).splitlines()
    assert lines[0].startswith("M07 ")
    assert lines[0].endswith("proven")
    assert "target 10.9.8.7:1433" in lines[1]
    assert any(line.startswith("  - Tailscaled says") for line in lines)
    assert "tailscale set --accept-routes" in lines[-2]


def test_undecided_says_between_what_and_what_would_decide() -> None:
    text = render_text(diagnose([failed(), failed(elapsed_s=0.02)]))
    assert text.startswith("Undecided between M05, M06 and M07\n")
    assert "Not M01" in text
    assert "What would decide:" in text
    assert "Mend (" not in text


def test_what_no_cause_explains_is_shown_by_its_bare_symptoms() -> None:
    diagnosis = diagnose([failed(Wording.OTHER)])
    text = render_text(diagnosis)
    assert text.startswith("Undecided: no known cause explains what is broken\n")
    (ref,) = (fact.ref for fact in diagnosis.facts)
    assert all(ref in shown for shown in (text, render_markdown(diagnosis), render_html(diagnosis)))
    assert "What would decide:" in text


def test_several_problems_are_numbered() -> None:
    text = render_text(diagnose([failed(), PolicyDenied(evidence=evidence(), count=3)]))
    assert text.startswith("2 independent problems, the gravest first.\n")
    assert "\n1. Undecided" in text
    assert "\n2. M29" in text


def test_nothing_wrong_and_nothing_read_are_not_the_same() -> None:
    assert render_text(diagnose([])).startswith("Nothing in what was given says anything about the way to a target.")
    assert render_text(diagnose([PolicyDenied(evidence=evidence(), count=0)])).startswith(("Nothing wrong", "M29"))


def test_why_shows_every_ground_with_its_kind() -> None:
    found = diagnose([failed(), failed(elapsed_s=0.02), unanswered("100.64.0.2")])
    why = render_text(found, why=True)
    assert "The whole argument:" in why
    assert "allows it:" in why
    assert "rules it out:" in why
    assert "missing:" in why


def test_what_was_not_read_is_listed_and_bounded() -> None:
    unread = [Unread(source=f"f{n}", reason="binary") for n in range(MAX_UNREAD + 5)]
    text = render_text(diagnose([failed()], unread))
    assert f"Not read ({MAX_UNREAD + 5}):" in text
    assert "and 5 more" in text


def test_what_is_told_in_words_keeps_to_the_width_and_a_command_to_its_line() -> None:
    programs = {"tailscale", "curl", "kubectl", "hubble", "farshore"}
    cases = ([failed(Wording.DIAL_SELF)], [failed(Wording.TAILNET_REFUSED, elapsed_s=0.02)], [failed()])
    lines = [line for facts in cases for line in render_text(diagnose(facts)).splitlines()]
    assert [line for line in lines if len(line) > WIDTH and line.split()[0] not in programs] == []
    assert any(len(line) > WIDTH for line in lines)
