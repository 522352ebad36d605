import json
from pathlib import Path

from tests.unit.diagnosis.making import TARGET, evidence, failed, moment, unanswered

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.facts.dials import GatewayEnded, Wording
from farshore.diagnosis.published import MAX_REFS, argued, json_schema, publish, to_json

SCHEMA = Path(__file__).parents[3] / "docs" / "diagnosis.schema.json"


def test_the_keys_are_those_that_scripts_rely_on() -> None:
    told = json.loads(to_json(diagnose([failed(time=moment("05:00"))], [Unread(source="a", reason="b", position="c")])))
    assert set(told) == {"schema", "verdicts", "findings", "misreadings", "evidence", "unread"}
    assert told["schema"] == "farshore.diagnosis/1"
    verdict_keys = {"code", "title", "confidence", "candidates", "hop", "subject", "since", "until", "rests_on"}
    assert set(told["verdicts"][0]) == verdict_keys
    assert set(told["verdicts"][0]["subject"]) == {"router", "target", "route"}
    finding_keys = {"code", "confidence", "supports", "contradicts", "missing", "remedies", "hushed_by"}
    finding_keys |= {"title", "grounds", "subject"}
    assert set(told["findings"][0]) == finding_keys
    assert set(told["findings"][0]["missing"][0]) == {"what", "command", "would_decide"}
    assert set(told["findings"][0]["remedies"][0]) == {"owner", "command", "risk", "verify"}
    assert told["unread"] == [{"source": "a", "reason": "c: b"}]


def test_a_finding_says_why_and_what_it_is_worth() -> None:
    found = publish(diagnose([failed(Wording.DIAL_SELF)]))
    proven = next(finding for finding in found.findings if finding.code == "M07")
    assert (proven.title[:5], proven.grounds[0].weight) == ("Route", "decides")
    assert proven.grounds[0].says
    assert {ref for ground in proven.grounds for ref in ground.refs} <= {each.ref for each in found.evidence}


def test_a_verdict_is_argued_by_the_findings_about_its_own_subject() -> None:
    found = publish(diagnose([failed(Wording.DIAL_SELF), failed(Wording.DIAL_SELF, target="10.9.8.9:1433")]))
    for verdict in found.verdicts:
        (own,) = argued(found, verdict)
        assert own.subject is not None
        assert own.subject.target == verdict.subject.target
    assert len({verdict.subject.target for verdict in found.verdicts}) == 2
    undecided = publish(diagnose([failed()]))
    assert [each.code for each in argued(undecided, undecided.verdicts[0])] == undecided.verdicts[0].candidates


def test_undecided_has_no_code_and_all_candidates() -> None:
    verdict = publish(diagnose([failed()])).verdicts[0]
    assert (verdict.code, verdict.confidence) == (None, "undecided")
    assert verdict.candidates == ["M01", "M05", "M06", "M07"]
    assert verdict.subject.target == "10.9.8.7:1433"


def test_of_a_thousand_lines_that_say_the_same_some_are_pointed_to() -> None:
    found = publish(diagnose([failed(Wording.DIAL_SELF) for _ in range(1000)]))
    proven = next(finding for finding in found.findings if finding.code == "M07")
    assert len(proven.supports) == MAX_REFS
    assert len(found.evidence) == MAX_REFS


def test_the_schema_that_is_published_is_the_one_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json_schema()


def test_a_verdict_without_candidates_points_to_what_is_broken() -> None:
    broken = GatewayEnded(evidence=evidence(), code="tailnet.dial.no-answer", route="ledger", target=TARGET)
    told = json.loads(to_json(diagnose([broken])))
    (verdict,) = told["verdicts"]
    assert (verdict["code"], verdict["candidates"], verdict["rests_on"]) == (None, [], [broken.ref])
    assert broken.ref in {each["ref"] for each in told["evidence"]}
    (named,) = json.loads(to_json(diagnose([unanswered("100.64.0.2")])))["verdicts"]
    assert (named["code"], named["rests_on"]) == ("M01", [])
