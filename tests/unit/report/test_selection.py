from msgspec.structs import replace
from tests.unit.diagnosis.making import evidence, failed, moment, pong, unanswered

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Instant, Sureness
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.facts.flows import PolicyDenied
from farshore.diagnosis.facts.peers import PingAnswered, PingKind
from farshore.diagnosis.facts.statements import LinesGrouped
from farshore.report.html import render_html
from farshore.report.selection import assumptions, coinciding, opening, other_causes, shared, telling


def test_a_ground_that_only_says_less_of_the_same_is_left_out() -> None:
    one, two, three = failed(), failed(), failed()
    strong, weak = Ground(says="strong", facts=(one, two)), Ground(says="weak", facts=(two,))
    other = Ground(says="other", facts=(two, three))
    assert telling([strong, weak, other]) == [strong, other]


def test_what_several_candidates_share_is_told_once() -> None:
    verdict = diagnose([failed()]).verdicts[0]
    assert len(verdict.candidates) > 1
    assert len(shared(verdict.candidates)) == 1


def test_the_same_cause_about_another_subject_is_no_other_cause() -> None:
    found = diagnose([unanswered("100.64.0.2"), pong("100.64.0.3"), failed()])
    for verdict in found.verdicts:
        candidates = {each.cause.code for each in verdict.candidates}
        assert not candidates & {each.cause.code for each in other_causes(verdict)}


def test_unknown_lines_are_shown_where_they_coincide_with_a_verdict() -> None:
    def group(clock: str | None) -> LinesGrouped:
        time = None if clock is None else moment(clock)
        return LinesGrouped(evidence=evidence(time=time), template=clock or "undated", count=1)

    groups = [group("05:01"), group("09:00"), group(None)]
    found = coinciding(diagnose([failed(time=moment("05:00")), *groups]))
    assert {each.template for each in found} == {"05:01", "undated"}
    assert coinciding(diagnose(groups)) == []
    assert coinciding(diagnose([failed(), replace(group("05:01"), template="*")])) == []


def test_what_was_assumed_about_times_is_said_with_its_sources() -> None:
    at = moment("05:00").at
    sure = (("known", Sureness.KNOWN), ("zone", Sureness.ZONE_ASSUMED), ("date", Sureness.DATE_ASSUMED))
    facts = [replace(failed(), evidence=evidence(name, Instant(at, each))) for name, each in sure]
    assert assumptions(diagnose(facts)) == [
        "Times without a zone were read as UTC in zone.",
        "Times without a known date only order and measure in date.",
    ]
    assert assumptions(diagnose([failed()])) == []


def test_what_is_only_worth_knowing_is_no_problem() -> None:
    relayed = [
        PingAnswered(evidence=evidence(), address="100.64.0.2", kind=PingKind.DISCO, via="derp") for _ in range(2)
    ]
    denied = PolicyDenied(evidence=evidence(), count=3)
    leaked = failed(Wording.DIAL_SELF)
    assert opening(diagnose(relayed)) == "Nothing wrong in what was given; 1 thing worth knowing."
    assert opening(diagnose([*relayed, leaked])) == "1 problem, and 1 thing worth knowing."
    two = "2 independent problems, the gravest first"
    assert opening(diagnose([*relayed, failed(elapsed_s=0.02), denied])) == f"{two}, and 1 thing worth knowing."
    assert opening(diagnose([failed(elapsed_s=0.02), denied])) == f"{two}."
    assert opening(diagnose([leaked])) == ""
    page = render_html(diagnose(relayed))
    assert "<h1>Nothing wrong in what was given; 1 thing worth knowing</h1>" in page
    assert "<title>M11 " in page
    assert page.count("<h2>M11 ") == 1
