"""Every labelled case gives its answer, and loses nothing but confidence when sources are taken away."""

import random
from itertools import combinations

import msgspec
import pytest
from tests.unit.diagnosis import casebook

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.intake.sources import Source
from farshore.diagnosis.published import Published, publish, to_json
from farshore.diagnosis.verdict import Confidence, Diagnosis, Finding
from farshore.report.text import WIDTH, render_text


@pytest.fixture(scope="module", params=casebook.case_names())
def case(request: pytest.FixtureRequest) -> casebook.Case:
    return casebook.load(request.param)


@pytest.fixture(scope="module")
def whole(case: casebook.Case) -> Diagnosis:
    return casebook.run(case.sources)


def test_the_answer(case: casebook.Case, whole: Diagnosis) -> None:
    found = [
        casebook.ExpectedVerdict(
            code=None if verdict.finding is None else verdict.finding.cause.code,
            confidence=None if verdict.finding is None else verdict.confidence.value,
            undecided=None if verdict.finding else frozenset(each.cause.code for each in verdict.candidates),
            router=verdict.candidates[0].subject.router if verdict.candidates else None,
            target=str(verdict.candidates[0].subject.target) if verdict.candidates else None,
        )
        for verdict in whole.verdicts
    ]
    wanted = case.expected.verdicts
    assert [(v.code, v.undecided) for v in found] == [(v.code, v.undecided) for v in wanted], render_text(
        whole, why=True
    )
    for is_, should in zip(found, wanted, strict=True):
        told = {key: value for key, value in msgspec.structs.asdict(should).items() if value is not None}
        assert {key: getattr(is_, key) for key in told} == told
    contradicted = {f.cause.code for f in whole.findings if f.confidence is Confidence.CONTRADICTED}
    assert case.expected.contradicted <= contradicted
    assert case.expected.hushed <= {f.cause.code for f in whole.findings if f.hushed_by is not None}
    assert case.expected.misreadings == {misread.id for misread in whole.misreadings}
    assert len(whole.unread) == case.expected.unread, whole.unread


def test_every_sentence_has_its_pointer(whole: Diagnosis) -> None:
    published = publish(whole)
    refs = {evidence.ref for evidence in published.evidence}
    for finding in published.findings:
        assert finding.supports
        assert {*finding.supports, *finding.contradicts} <= refs
    for misread in published.misreadings:
        assert misread.because
        assert set(misread.because) <= refs


def test_the_json_is_what_its_type_says(whole: Diagnosis) -> None:
    assert msgspec.json.decode(to_json(whole), type=Published) == publish(whole)


def test_the_text_fits_a_terminal_but_for_commands(whole: Diagnosis) -> None:
    commands = {asked.command for finding in whole.findings for asked in finding.missing}
    commands |= {f.subject.fill(remedy.command) for f in whole.findings for remedy in f.cause.remedies}
    wide = [line for line in render_text(whole, why=True).splitlines() if len(line) > WIDTH]
    assert [line for line in wide if line.strip() not in commands] == []


def test_fewer_sources_only_cost_confidence(case: casebook.Case, whole: Diagnosis) -> None:
    known = {finding.cause.code for finding in whole.findings}
    proven = [verdict.finding for verdict in whole.verdicts if verdict.confidence is Confidence.PROVEN]
    for taken_away in (1, 2):
        for gone in combinations(case.sources, taken_away):
            left = [source for source in case.sources if source not in gone]
            fewer = casebook.run(left)
            assert set(casebook.codes(fewer)) <= known, f"without {gone} it says {casebook.codes(fewer)}"
            names = {source.name for source in left if isinstance(source, Source)}
            still_decided = {f.cause.code for f in proven if f is not None and _decided_by(f, names)}
            assert still_decided <= set(casebook.codes(fewer)), f"without {gone} it forgets {still_decided}"


def _decided_by(finding: Finding, names: set[str]) -> bool:
    """Whether one ground that decides rests wholly on sources that are left."""
    return any(all(fact.evidence.source in names for fact in ground.facts) for ground in finding.decides)


def test_fewer_kinds_of_facts_only_cost_confidence(case: casebook.Case, whole: Diagnosis) -> None:
    """The same within one file: as if a reader had understood less of it."""
    known = {finding.cause.code for finding in whole.findings}
    proven = [verdict.finding for verdict in whole.verdicts if verdict.confidence is Confidence.PROVEN]
    kinds = sorted({(type(fact).__name__, fact.evidence.source) for fact in whole.facts})
    for taken_away in (1, 2):
        for gone in combinations(kinds, taken_away):
            left = [fact for fact in whole.facts if (type(fact).__name__, fact.evidence.source) not in gone]
            codes = set(casebook.codes(diagnose(left)))
            assert codes <= known, f"without {gone} it says {codes}"
            places = {(type(fact), fact.ref) for fact in left}
            decided = {
                finding.cause.code
                for finding in proven
                if finding is not None
                and any({(type(fact), fact.ref) for fact in ground.facts} <= places for ground in finding.decides)
            }
            assert decided <= codes, f"without {gone} it forgets {decided}"


def test_the_share_of_verdicts_that_survives_the_loss_of_a_source() -> None:
    kept = undecided = other = 0
    for name in casebook.case_names():
        case = casebook.load(name)
        whole = casebook.codes(casebook.run(case.sources))
        for gone in case.sources if len(case.sources) > 1 and whole else ():
            codes = casebook.codes(casebook.run([source for source in case.sources if source is not gone]))
            kept += codes[:1] == whole[:1]
            undecided += not codes
            other += bool(codes) and codes[:1] != whole[:1]
    print(f"\none source less: {kept} verdicts kept, {undecided} undecided, {other} another of the same findings")
    assert kept > other


def test_any_fewer_facts_never_name_what_more_would_not_have_found(case: casebook.Case, whole: Diagnosis) -> None:
    chance = random.Random(case.name)  # noqa: S311 - no secret, and the same every time
    for _ in range(60):
        more = [fact for fact in whole.facts if chance.random() < 0.8]
        fewer = [fact for fact in more if chance.random() < 0.6]
        known = {finding.cause.code for finding in diagnose(more).findings}
        assert set(casebook.codes(diagnose(fewer))) <= known
