"""The diagnosis as JSON for scripts: `farshore.diagnosis/1`, stable, with a schema of its own.

A key is never renamed or removed within a version.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.evidence import Evidence
from farshore.diagnosis.verdict import Diagnosis, Finding, Misread, Subject, Verdict

# Of a thousand lines that say the same, these are pointed to for each ground.
MAX_REFS = 20
_Weight = Literal["decides", "points", "allows", "rules out", "speaks against"]


class PublishedSubject(msgspec.Struct, frozen=True):
    """What a verdict is about; null where unknown or not concerned."""

    router: str | None
    target: str | None
    route: str | None


class PublishedVerdict(msgspec.Struct, frozen=True):
    """One independent problem, the gravest first. `code` is null where undecided between `candidates`.

    Where there are no candidates whose findings would, `rests_on` points to `evidence`: what is broken, and no more.
    """

    code: str | None
    title: str
    confidence: Literal["proven", "likely", "possible", "undecided"]
    candidates: list[str]
    hop: str | None
    subject: PublishedSubject
    since: str | None
    until: str | None
    rests_on: list[str] = []


class PublishedMissing(msgspec.Struct, frozen=True):
    """Evidence that is not there, the command that gets it, and what its answers would decide."""

    what: str
    command: str
    would_decide: str


class PublishedRemedy(msgspec.Struct, frozen=True):
    """One way to mend it: who, how, at what risk, and how to see that it helped."""

    owner: str
    command: str
    risk: str
    verify: str


class PublishedGround(msgspec.Struct, frozen=True):
    """One sentence of an argument, what it is worth, and what it rests on in `evidence`."""

    says: str
    weight: _Weight
    refs: list[str]


class PublishedFinding(msgspec.Struct, frozen=True):
    """One cause that something supports; `supports` and `contradicts` point to `evidence`, `grounds` says why."""

    code: str
    confidence: Literal["proven", "likely", "possible", "contradicted"]
    supports: list[str]
    contradicts: list[str]
    missing: list[PublishedMissing]
    remedies: list[PublishedRemedy]
    hushed_by: str | None
    title: str = ""
    grounds: list[PublishedGround] = []
    subject: PublishedSubject | None = None


class PublishedMisreading(msgspec.Struct, frozen=True):
    """A claim in the input that the evidence refutes; `truth` is what such evidence does show."""

    id: str
    claim: str
    because: list[str]
    truth: str = ""


class PublishedEvidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A piece of input: at a `line` or a JSON `pointer`.

    `time` ends in Z where its zone was written there; without it the zone was assumed to be UTC, and with a leading T
    the date is not known.
    """

    ref: str
    source: str
    text: str
    line: int | None = None
    pointer: str | None = None
    observer: str = ""
    time: str | None = None
    version: str = ""


class PublishedUnread(msgspec.Struct, frozen=True):
    """What could not be used, where, and why."""

    source: str
    reason: str


class Published(msgspec.Struct, frozen=True):
    """One diagnosis."""

    schema: Literal["farshore.diagnosis/1"]
    verdicts: list[PublishedVerdict]
    findings: list[PublishedFinding]
    misreadings: list[PublishedMisreading]
    evidence: list[PublishedEvidence]
    unread: list[PublishedUnread]


def publish(diagnosis: Diagnosis) -> Published:
    """The diagnosis as it is published; only evidence that something points to is in it."""
    cited: dict[str, Evidence] = {}
    return Published(
        schema="farshore.diagnosis/1",
        verdicts=[_verdict(verdict, cited) for verdict in diagnosis.verdicts],
        findings=[_finding(finding, cited) for finding in diagnosis.findings],
        misreadings=[_misreading(misread, cited) for misread in diagnosis.misreadings],
        evidence=[_evidence(evidence) for evidence in cited.values()],
        unread=[
            PublishedUnread(each.source, f"{each.position}: {each.reason}" if each.position else each.reason)
            for each in diagnosis.unread
        ],
    )


def argued(diagnosis: Published, verdict: PublishedVerdict) -> list[PublishedFinding]:
    """The findings that a verdict is made of: one for each of its causes, about its own subject where there is one."""
    found = []
    for code in [verdict.code] if verdict.code is not None else verdict.candidates:
        of_cause = [finding for finding in diagnosis.findings if finding.code == code]
        own = [each for each in of_cause if each.subject is not None and _same(each.subject, verdict.subject)]
        found += (own or of_cause)[:1]
    return found


def _same(one: PublishedSubject, other: PublishedSubject) -> bool:
    return one.router == other.router and one.target == other.target


def to_json(diagnosis: Diagnosis) -> str:
    """The diagnosis as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(publish(diagnosis)), indent=2).decode()


def json_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of what `to_json` writes."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Published)}


def _verdict(verdict: Verdict, cited: dict[str, Evidence]) -> PublishedVerdict:
    finding = verdict.finding
    subjects = [each.subject for each in verdict.candidates]
    return PublishedVerdict(
        code=None if finding is None else finding.cause.code,
        title="Undecided" if finding is None else finding.cause.title,
        confidence=verdict.confidence.value,  # type: ignore[arg-type]
        candidates=list(dict.fromkeys(each.cause.code for each in verdict.candidates)),
        hop=None if finding is None else finding.cause.hop.value,
        subject=_subject(subjects),
        since=_time(verdict.since),
        until=_time(verdict.until),
        rests_on=[] if verdict.candidates else _refs([Ground(says="", facts=verdict.symptoms)], cited),
    )


def _subject(subjects: list[Subject]) -> PublishedSubject:
    """What all candidates agree on."""
    routers = {subject.router for subject in subjects} - {""}
    targets = {subject.target for subject in subjects} - {None}
    routes = {subject.route for subject in subjects} - {""}
    return PublishedSubject(
        router=next(iter(routers)) if len(routers) == 1 else None,
        target=str(next(iter(targets))) if len(targets) == 1 else None,
        route=next(iter(routes)) if len(routes) == 1 else None,
    )


def _finding(finding: Finding, cited: dict[str, Evidence]) -> PublishedFinding:
    return PublishedFinding(
        code=finding.cause.code,
        confidence=finding.confidence.value,  # type: ignore[arg-type]
        supports=_refs(finding.supports, cited),
        contradicts=_refs(finding.contradicts, cited),
        missing=[PublishedMissing(each.what, each.command, each.would_decide) for each in finding.missing],
        remedies=[
            PublishedRemedy(
                each.owner.value, finding.subject.fill(each.command), each.risk.value, finding.subject.fill(each.verify)
            )
            for each in finding.cause.remedies
        ],
        hushed_by=finding.hushed_by,
        title=finding.cause.title,
        grounds=[
            PublishedGround(ground.says, weight, _refs([ground], cited))
            for weight, grounds in _weighed(finding)
            for ground in grounds
        ],
        subject=_subject([finding.subject]),
    )


def _weighed(finding: Finding) -> tuple[tuple[_Weight, tuple[Ground, ...]], ...]:
    return (
        ("decides", finding.decides),
        ("points", finding.points),
        ("allows", finding.allows),
        ("rules out", finding.rules_out),
        ("speaks against", finding.speaks_against),
    )


def _misreading(misread: Misread, cited: dict[str, Evidence]) -> PublishedMisreading:
    _refs([Ground(says="", facts=misread.made)], cited)
    return PublishedMisreading(misread.id, misread.claim, _refs(misread.because, cited), misread.truth)


def _refs(grounds: Iterable[Ground], cited: dict[str, Evidence]) -> list[str]:
    refs: dict[str, None] = {}
    for ground in grounds:
        for fact in ground.facts[:MAX_REFS]:
            cited.setdefault(fact.ref, fact.evidence)
            refs[fact.ref] = None
    return list(refs)


def _evidence(evidence: Evidence) -> PublishedEvidence:
    return PublishedEvidence(
        ref=evidence.ref,
        source=evidence.source,
        text=evidence.text,
        line=evidence.line,
        pointer=evidence.pointer,
        observer=evidence.observer,
        time=None if evidence.time is None else str(evidence.time),
        version=evidence.version,
    )


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
