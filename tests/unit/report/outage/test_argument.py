"""What broke, and what did not."""

from dataclasses import replace

import msgspec
from tests.unit.diagnosis.making import failed
from tests.unit.diagnosis.texts import ended
from tests.unit.report.outage.outages import T0, concluded, course, said, zombie

from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source
from farshore.diagnosis.published import PublishedMisreading
from farshore.report.outage.argument import deciding, dismissed, roots
from farshore.report.outage.sources import Sources

M01, UNDECIDED, REFUSED = said(zombie()), said([failed(Wording.DEADLINE)]), said([failed(Wording.TAILNET_REFUSED)])


def test_an_incident_is_argued_from_the_surest_examination_of_its_last_conclusion() -> None:
    later = replace(concluded(M01), at_s=T0 + 99)
    assert deciding(course(UNDECIDED, M01)) == course(UNDECIDED, M01).examined[1]
    weak = msgspec.structs.replace(M01, verdicts=[msgspec.structs.replace(M01.verdicts[0], confidence="possible")])
    assert deciding(course(M01, weak, REFUSED, verdicts=(later,))) == course(M01).examined[0]
    assert deciding(course()) is None


def test_of_those_that_are_as_sure_the_one_with_the_most_grounds_counts_and_of_those_the_first() -> None:
    finding = next(each for each in M01.findings if each.code == "M01")
    fewer = msgspec.structs.replace(M01, findings=[msgspec.structs.replace(finding, grounds=finding.grounds[:1])])
    assert deciding(course(fewer, M01, M01)) == course(fewer, M01).examined[1]


def test_of_many_lines_that_say_the_same_a_few_are_pointed_to() -> None:
    refused = said([failed(Wording.TAILNET_REFUSED) for _ in range(50)])
    (root,) = roots(course(refused), Sources())
    assert 1 < max(len(each.refs) for each in root.supports) <= 4


def test_a_root_has_its_sentences_each_with_where_it_stands() -> None:
    sources = Sources()
    (root,) = roots(course(M01), sources)
    assert (root.code, root.confidence, root.router, root.hop) == ("M01", "proven", "r1", "router")
    texts = {source.id: source for source in sources.all}
    first = root.supports[0]
    assert first.text == "The router answers no ping while another peer answers."
    assert all(texts[ref].place.startswith("2026-11-22-3/001-evidence.tar.gz: ") for ref in first.refs)


def test_where_it_is_undecided_the_candidates_and_what_is_missing_are_told() -> None:
    (root,) = roots(course(UNDECIDED), Sources())
    assert root.code is None
    assert "M01" in root.candidates
    assert "M01 (Zombie router" in root.meaning.text
    assert any("tailscale ping" in each.command for each in root.missing)


def test_a_diagnosis_of_an_older_gateway_is_told_by_its_evidence() -> None:
    old = msgspec.structs.replace(M01, findings=[msgspec.structs.replace(each, grounds=[]) for each in M01.findings])
    (root,) = roots(course(old), Sources())
    assert root.supports
    assert all(each.refs for each in root.supports)


def test_a_ground_whose_evidence_is_lost_rests_on_the_finding() -> None:
    sources = Sources()
    (root,) = roots(course(msgspec.structs.replace(M01, evidence=[])), sources)
    places = {source.id: source.place for source in sources.all}
    assert root.supports
    assert all("001-diagnosis.json#/findings/" in places[ref] for each in root.supports for ref in each.refs)
    assert all(each.refs for each in root.supports)


def test_what_it_is_easily_mistaken_for_is_told_with_how_it_differs() -> None:
    told = [each for each in dismissed(course(M01), Sources()) if each.how == "easily mistaken"]
    names = [each.name for each in dismissed(course(M01), Sources())]
    assert any(each.name.startswith("M02 Router offline") for each in told)
    assert len(names) == len(set(names))
    ended_ = said(
        [*take_in([Source(name="gateway-endings.log", data=ended("upstream.first-byte.closed").encode())]).facts]
    )
    closed = {each.name[:2]: each for each in dismissed(course(ended_), Sources())}
    assert "damaged data" in closed["F2"].because[0].text


def test_a_record_alone_says_its_verdict_and_no_more() -> None:
    (root,) = roots(course(M01, examined=()), Sources())
    assert (root.code, root.router, root.supports) == ("M01", "r1", ())
    assert roots(course(), Sources()) == ()


def test_what_was_concluded_first_and_given_up_is_no_cause() -> None:
    found = {each.name[:3]: each.how for each in dismissed(course(REFUSED, M01), Sources())}
    assert found["M05"] == "given up"
    assert not any(each.how == "given up" for each in dismissed(course(M01, M01), Sources()))
    assert "M01" not in found


def test_a_misreading_says_what_is_true_instead() -> None:
    ref = M01.evidence[0].ref
    claimed = PublishedMisreading(
        "F9", "CurAddr is empty, so it is a zombie", [ref], "`CurAddr` is set where it is direct"
    )
    wrong = msgspec.structs.replace(M01, misreadings=[claimed])
    (misread,) = [each for each in dismissed(course(wrong), Sources()) if each.how == "misread"]
    assert misread.name.startswith("F9 ")
    assert "direct" in misread.because[0].text
    assert len(misread.because[0].refs) == 2


def test_what_the_evidence_allows_besides_is_not_ruled_out_and_a_contradiction_is() -> None:
    hows = {each.name[:3]: each.how for each in dismissed(course(M01), Sources())}
    assert set(hows.values()) <= {"ruled out", "not ruled out", "a symptom", "easily mistaken"}
    contradicted = [finding.code for finding in M01.findings if finding.confidence == "contradicted"]
    assert contradicted == [code for code, how in hows.items() if how == "ruled out"]
