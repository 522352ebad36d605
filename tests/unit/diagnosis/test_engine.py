from msgspec.structs import replace
from tests.unit.diagnosis.making import evidence, failed, moment, pong, unanswered

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.facts.flows import PolicyDenied
from farshore.diagnosis.facts.peers import PingAnswered, PingKind
from farshore.diagnosis.verdict import Confidence, Diagnosis


def named(diagnosis: Diagnosis) -> list[str]:
    return ["?" if v.finding is None else v.finding.cause.code for v in diagnosis.verdicts]


def confidences(diagnosis: Diagnosis) -> dict[str, Confidence]:
    return {finding.cause.code: finding.confidence for finding in diagnosis.findings}


def test_nothing_to_argue_from_is_nothing_wrong() -> None:
    assert diagnose([]).verdicts == ()


def test_the_same_facts_give_the_same_diagnosis() -> None:
    facts = [failed(), unanswered("100.64.0.2"), pong("100.64.0.3")]
    first, second = diagnose(facts), diagnose(list(facts))
    assert named(first) == named(second)
    assert [f.supports for f in first.findings] == [f.supports for f in second.findings]


def test_one_deciding_ground_proves_and_its_rivals_stand_back() -> None:
    found = diagnose([failed(Wording.DIAL_SELF), failed()])
    assert named(found) == ["M07"]
    assert confidences(found)["M07"] is Confidence.PROVEN
    assert {rival.cause.code for rival in found.verdicts[0].rivals} >= {"M05", "M06"}


def test_what_rules_out_contradicts_by_name() -> None:
    found = diagnose([failed(), failed(elapsed_s=0.02)])
    assert confidences(found)["M01"] is Confidence.CONTRADICTED
    assert "20 ms" in next(f for f in found.findings if f.cause.code == "M01").contradicts[0].says


def test_observers_that_contradict_each_other_leave_it_undecided() -> None:
    found = diagnose([failed(Wording.DIAL_SELF), failed(Wording.TAILNET_REFUSED)])
    assert confidences(found)["M07"] is Confidence.POSSIBLE
    assert named(found) == ["?"]
    assert {each.cause.code for each in found.verdicts[0].candidates} == {"M05", "M07"}


def test_undecided_names_the_question_that_most_candidates_ask() -> None:
    verdict = diagnose([failed()]).verdicts[0]
    assert verdict.confidence is Confidence.UNDECIDED
    assert verdict.next_step is not None
    assert "socks5: client connection failed" in verdict.next_step.command


def test_silence_seen_from_the_gateway_alone_is_undecided_and_a_ping_inside_wireguard_decides() -> None:
    (verdict,) = diagnose([failed(Wording.DEADLINE)]).verdicts
    assert verdict.confidence is Confidence.UNDECIDED
    assert {each.cause.code for each in verdict.candidates} == {"M01", "M02", "M06", "M09", "M10", "M45"}
    assert verdict.next_step is not None
    assert "tailscale ping --tsmp" in verdict.next_step.command


def test_a_discovery_ping_that_is_lost_while_another_is_answered_is_nothing_wrong() -> None:
    lost, came = unanswered("100.64.0.2", PingKind.DISCO), pong("100.64.0.2", PingKind.DISCO)
    diagnosis = diagnose([lost, came])
    assert diagnosis.verdicts == ()
    assert confidences(diagnosis)["M01"] is Confidence.CONTRADICTED
    assert named(diagnose([lost])) == ["M01"]
    assert named(diagnose([unanswered("100.64.0.2"), came])) == ["M01"]


def test_a_proven_verdict_asks_nothing_more() -> None:
    assert diagnose([failed(Wording.DIAL_SELF)]).verdicts[0].next_step is None


def test_problems_without_a_common_symptom_are_verdicts_of_their_own_the_gravest_first() -> None:
    denied = PolicyDenied(evidence=evidence(), count=3)
    assert named(diagnose([denied, failed(elapsed_s=0.02)])) == ["?", "M29"]


def test_of_neighbours_in_gravity_the_surer_stands_first_and_a_far_graver_one_still_does() -> None:
    denied = PolicyDenied(evidence=evidence(), count=3)
    closed = DriverFailed(evidence=evidence(), driver="mssql-jdbc", symptom=Symptom.CLOSED_BEFORE_REPLY)
    found = diagnose([closed, denied])
    assert [v.confidence for v in found.verdicts] == [Confidence.PROVEN, Confidence.POSSIBLE]
    assert named(found) == ["M29", "M36"]
    assert named(diagnose([denied, failed(elapsed_s=0.02)])) == ["?", "M29"]


def test_a_symptom_is_hushed_under_its_proven_root_and_still_listed() -> None:
    denied = PolicyDenied(evidence=evidence(), count=3, destination="10.9.8.7:1433")
    found = diagnose([denied, failed(Wording.DIAL_SELF)])
    assert named(found) == ["M07"]
    assert {f.cause.code: f.hushed_by for f in found.findings}["M29"] == "M07"


def test_what_may_be_a_symptom_of_a_cause_that_is_still_possible_asks_for_that_first() -> None:
    found = diagnose([PolicyDenied(evidence=evidence(), count=3), failed(elapsed_s=0.02)])
    denied = found.verdicts[1]
    assert (named(found), denied.perhaps_under) == (["?", "M29"], ("M07",))
    assert denied.next_step is not None
    assert "hubble observe" in denied.next_step.command
    assert diagnose([PolicyDenied(evidence=evidence(), count=3)]).verdicts[0].perhaps_under == ()


def test_a_fault_of_monday_is_not_argued_with_tuesday() -> None:
    facts = [
        failed(Wording.TAILNET_REFUSED, elapsed_s=0.002, time=moment("05:00", day=2)),
        failed(Wording.DIAL_SELF, time=moment("05:00", day=3)),
    ]
    assert sorted(named(diagnose(facts))) == ["M05", "M07"]
    together = [failed(Wording.TAILNET_REFUSED, elapsed_s=0.002), failed(Wording.DIAL_SELF)]
    assert sorted(named(diagnose(together))) != ["M05", "M07"]


def test_the_same_verdict_in_two_spells_is_told_once_from_the_first_to_the_last() -> None:
    facts = [failed(Wording.DIAL_SELF, time=moment("05:00", day=2)), failed(Wording.DIAL_SELF, time=moment("05:00"))]
    found = diagnose(facts)
    assert named(found) == ["M07"]
    assert (found.verdicts[0].since, found.verdicts[0].until) == (moment("05:00", day=2).at, moment("05:00").at)


def test_a_likely_cause_of_another_target_is_not_swallowed_by_a_proven_one() -> None:
    facts = [failed(Wording.DIAL_SELF), failed(Wording.TAILNET_REFUSED, target="10.9.8.9:5432", elapsed_s=0.003)]
    found = diagnose(facts)
    assert named(found) == ["M07", "M05"]
    assert [str(v.candidates[0].subject.target) for v in found.verdicts] == ["10.9.8.7:1433", "10.9.8.9:5432"]


def test_what_a_proven_cause_leaves_unexplained_may_have_a_likely_one_even_if_they_share_a_symptom() -> None:
    nameless = replace(failed(), target=None)
    refused = failed(Wording.TAILNET_REFUSED, target="10.9.8.9:5432", elapsed_s=0.003)
    found = diagnose([failed(Wording.DIAL_SELF), refused, nameless])
    assert named(found) == ["M07", "M05"]


def test_what_no_cause_explains_is_undecided_between_none_with_what_is_missing() -> None:
    strange = failed(Wording.OTHER)
    (verdict,) = diagnose([strange]).verdicts
    assert (verdict.confidence, verdict.candidates, verdict.symptoms) == (Confidence.UNDECIDED, (), (strange,))
    assert verdict.next_step is not None
    assert "socks5: client connection failed" in verdict.next_step.command


def test_a_note_does_not_hide_what_it_does_not_explain() -> None:
    relayed = [
        PingAnswered(evidence=evidence(), address="100.64.0.2", kind=PingKind.DISCO, via="derp") for _ in range(2)
    ]
    found = diagnose([*relayed, failed(Wording.OTHER)])
    assert sorted(named(found)) == ["?", "M11"]


def test_a_note_is_a_verdict_that_accuses_nobody() -> None:
    relayed = [
        PingAnswered(evidence=evidence(), address="100.64.0.2", kind=PingKind.DISCO, via="derp") for _ in range(2)
    ]
    (note,) = diagnose(relayed).verdicts
    assert note.is_note
    (fault,) = diagnose([failed(Wording.DIAL_SELF)]).verdicts
    assert not fault.is_note
