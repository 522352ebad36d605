"""What the page of one incident shows: its record, its last argument with the evidence, and its course. Pure."""

from collections.abc import Sequence

import msgspec

from farshore.diagnosis.published import PublishedEvidence, PublishedFinding, argued
from farshore.incident.conclusion import Conclusion
from farshore.incident.history import earlier
from farshore.incident.record import Record
from farshore.incident.shelf import Examination
from farshore.surface.page.telling import Tone

_CONFIDENT = ("proven", "likely", "possible", "contradicted")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the course of the incident."""

    at_s: float
    tone: Tone
    text: str


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """One incident; `evidence` is by its reference."""

    record: Record
    conclusion: Conclusion | None
    findings: tuple[PublishedFinding, ...]
    evidence: dict[str, PublishedEvidence]
    course: tuple[Step, ...]
    before: str
    keeps_evidence: bool
    has_report: bool


def dossier(
    record: Record, known: Sequence[Record], examinations: Sequence[Examination], *, has_report: bool
) -> Dossier:
    """Of one incident, among those that are `known`, with what its examinations have left."""
    latest = _telling(record, examinations)
    findings: list[PublishedFinding] = []
    if latest is not None:
        first = latest.diagnosis.verdicts[0]
        findings = argued(latest.diagnosis, first)
        rest = [each for each in latest.diagnosis.findings if each not in findings]
        findings += sorted(rest, key=lambda each: _CONFIDENT.index(each.confidence))
    before = earlier(record, known)
    return Dossier(
        record=record,
        conclusion=record.verdicts[-1].conclusion if record.verdicts else None,
        findings=tuple(findings),
        evidence={} if latest is None else {each.ref: each for each in latest.diagnosis.evidence},
        course=_course(record),
        before="" if before is None else str(before),
        keeps_evidence=bool(examinations),
        has_report=has_report,
    )


def _telling(record: Record, examinations: Sequence[Examination]) -> Examination | None:
    """The last examination that says what the record concludes; else the last that says anything."""
    with_verdict = [each for each in examinations if each.diagnosis.verdicts]
    concluded = record.verdicts[-1].conclusion.code if record.verdicts else None
    agreeing = [each for each in with_verdict if each.diagnosis.verdicts[0].code == concluded]
    chosen = agreeing or with_verdict
    return chosen[-1] if chosen else None


def _course(record: Record) -> tuple[Step, ...]:
    steps = [Step(at_s=record.since_s, tone=Tone.BAD, text="it began")]
    steps.append(Step(at_s=record.opened_s, tone=Tone.BAD, text="it was noticed"))
    steps += [Step(at_s=each.at_s, tone=Tone.DOUBT, text=f"concluded: {each.conclusion}") for each in record.verdicts]
    steps += [
        Step(
            at_s=each.at_s,
            tone=Tone.PLAIN,
            text=f"{each.route}: {each.remedy} on {each.subject}: {each.result}; {each.why}",
        )
        for each in record.remedies
    ]
    steps += [
        Step(
            at_s=each.at_s,
            tone=Tone.GOOD
            if each.now in {"up", "closed"}
            else Tone.BAD
            if each.now in {"down", "open"}
            else Tone.DOUBT,
            text=f"{each.route}: path {each.path} is {each.now}, was {each.was}: {each.reason}",
        )
        for each in record.paths
    ]
    if record.closed_s is not None:
        if record.ended_s is not None:
            steps.append(Step(at_s=record.ended_s, tone=Tone.GOOD, text="the last sign of it"))
        steps.append(Step(at_s=record.closed_s, tone=Tone.GOOD, text="closed"))
    return tuple(sorted(steps, key=lambda step: step.at_s))
