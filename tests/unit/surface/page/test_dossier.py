from tests.unit.surface.page.showing import NOW_S, record

from farshore.core.remedy import Remedy, RemedyResult
from farshore.diagnosis.published import (
    Published,
    PublishedEvidence,
    PublishedFinding,
    PublishedSubject,
    PublishedVerdict,
)
from farshore.incident.course import Shift, Tried
from farshore.incident.shelf import Examination
from farshore.surface.page.dossier import dossier


def finding(code: str, confidence: str = "likely") -> PublishedFinding:
    return PublishedFinding(code, confidence, ["e1"], [], [], [], None, title=f"about {code}")  # type: ignore[arg-type]


def examination(code: str, *others: str) -> Examination:
    subject = PublishedSubject(None, None, None)
    verdict = PublishedVerdict(code, "", "proven", [code], "router", subject, None, None)
    findings = [finding(other) for other in others] + [finding(code, "proven")]
    evidence = [PublishedEvidence(ref="e1", source="log", text="said")]
    diagnosis = Published("farshore.diagnosis/1", [verdict], findings, [], evidence, [])
    return Examination(file="001-diagnosis.json", bundle="", diagnosis=diagnosis)


def test_the_argument_is_that_of_the_examination_which_the_record_concludes() -> None:
    told = dossier(record(), [], [examination("M01", "X01"), examination("X02")], has_report=True)
    assert [each.code for each in told.findings] == ["M01", "X01"]
    assert told.evidence["e1"].text == "said"
    assert (told.keeps_evidence, told.has_report) == (True, True)


def test_without_a_folder_there_is_a_verdict_and_no_argument() -> None:
    told = dossier(record(), [], [], has_report=False)
    assert told.conclusion is not None
    assert (told.conclusion.code, told.findings, told.keeps_evidence) == ("M01", (), False)


def test_its_course_stands_in_order() -> None:
    tried = Tried(
        at_s=NOW_S - 40, route="a", remedy=Remedy.PING, subject="r1", why="it is silent", result=RemedyResult.NO_CHANGE
    )
    shift = Shift(at_s=NOW_S - 55, route="a", path="r1", now="down", was="up", reason="no pong")
    told = dossier(
        record(remedies=(tried,), paths=(shift,), closed_s=NOW_S, ended_s=NOW_S - 5), [], [], has_report=False
    )
    texts = [step.text for step in told.course]
    assert texts[:2] == ["it began", "it was noticed"]
    assert [text.split(":")[0] for text in texts[2:5]] == ["a", "concluded", "a"]
    assert texts[5:] == ["the last sign of it", "closed"]


def test_the_same_before_is_told() -> None:
    before = record(id="2023-11-13-1", since_s=NOW_S - 90_000, closed_s=NOW_S - 80_000)
    assert dossier(record(), [before, record()], [], has_report=False).before.startswith(
        "the same cause and subject once"
    )
