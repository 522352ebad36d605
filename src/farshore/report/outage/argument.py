"""What broke and what did not: the verdict's grounds, what speaks against it, what is missing, and what else it is not.

An incident is argued from one examination: the surest that reached its last conclusion; of those the one with the most
grounds, and of those the first, which saw the outage and not its end.
"""

from collections.abc import Iterable, Iterator

from farshore.diagnosis.causes import BY_CODE
from farshore.diagnosis.misread import MISREADINGS
from farshore.diagnosis.published import Published, PublishedFinding, argued
from farshore.report.outage.given import Concluded, Course, Examined
from farshore.report.outage.model import Dismissed, Lacking, Root, Said
from farshore.report.outage.sources import Sources
from farshore.report.outage.words import clock, foreign, listed, moment, one_line, sentence

_SURER = ("undecided", "possible", "likely", "proven")
CLAIMS = {misreading.id: misreading.claim for misreading in MISREADINGS}
# A ground that counts something is the same ground with another figure.
_NO_DIGITS = str.maketrans("", "", "0123456789,.")
# Of twenty lines that say the same, these are pointed to.
MOST_REFS = 4
_AGAINST = ("rules out", "speaks against")


def deciding(course: Course) -> Examined | None:
    """The examination that an incident is argued from; None if there is none that says anything."""
    saying = [each for each in course.examined if each.diagnosis.verdicts]
    if course.verdicts:
        key = course.verdicts[-1].key
        alike = [each for each in saying if _key(each.diagnosis) == key]
        saying = alike or saying
    return max(saying, key=lambda each: (_sureness(each), _grounds(each)), default=None)


def roots(course: Course, sources: Sources) -> tuple[Root, ...]:
    """What broke: the verdicts of the deciding examination, the incident's own first."""
    examined = deciding(course)
    if examined is None:
        return tuple(_bare(course, each, sources) for each in course.verdicts[-1:])
    writer = Writer(course, examined, sources)
    return tuple(writer.root(number) for number in range(len(examined.diagnosis.verdicts)))


def dismissed(course: Course, sources: Sources) -> tuple[Dismissed, ...]:
    """What did not cause it, or is less likely to have."""
    examined = deciding(course)
    given_up = tuple(_given_up(course, sources))
    if examined is None:
        return given_up
    writer = Writer(course, examined, sources)
    told = (*writer.others(), *given_up, *writer.misread())
    names = {each.name.partition(" ")[0] for each in told}
    alike = (each for each in writer.alike() if each.name.partition(" ")[0] not in names)
    return (*told, *alike)


class Writer:
    """Puts one examination into sentences."""

    def __init__(self, course: Course, examined: Examined, sources: Sources) -> None:
        self._course, self._examined, self._sources = course, examined, sources
        self._diagnosis = examined.diagnosis
        self._evidence = {each.ref: each for each in examined.diagnosis.evidence}

    def root(self, number: int) -> Root:
        """One verdict, with what it rests on."""
        verdict = self._diagnosis.verdicts[number]
        findings = argued(self._diagnosis, verdict)
        name = verdict.title if verdict.code is None else f"{verdict.code} {verdict.title}"
        ref = self._at(f"/verdicts/{number}", f"{name}: {verdict.confidence}")
        candidates = tuple(verdict.candidates) if verdict.code is None else ()
        return Root(
            incident=self._course.id,
            code=verdict.code,
            title=foreign(verdict.title),
            confidence=verdict.confidence,
            hop=verdict.hop,
            router=foreign(verdict.subject.router or ""),
            target=foreign(verdict.subject.target or ""),
            candidates=candidates,
            meaning=_meaning(verdict.code, candidates, ref, self._sources),
            supports=tuple(self._grounds(findings, against=False)) or tuple(self._bare_evidence(verdict.rests_on)),
            contradicts=tuple(self._grounds(findings, against=True)),
            missing=tuple(self._missing(findings, ref)),
            refs=(ref,),
        )

    def others(self) -> Iterator[Dismissed]:
        """The causes that are no verdict, each once, those that are ruled out first."""
        told = {code for verdict in self._diagnosis.verdicts for code in (verdict.code, *verdict.candidates)}
        rest: dict[str, PublishedFinding] = {}
        for finding in self._diagnosis.findings:
            if finding.code not in told:
                rest.setdefault(finding.code, finding)
        for finding in sorted(rest.values(), key=lambda each: (each.confidence != "contradicted", each.code)):
            yield self._other(finding)

    def misread(self) -> Iterator[Dismissed]:
        """Claims in the evidence that the evidence refutes."""
        for number, misreading in enumerate(self._diagnosis.misreadings):
            refs = self._refs(misreading.because)
            own = self._at(f"/misreadings/{number}", f"{misreading.id} {misreading.claim}")
            truth = misreading.truth or "the evidence says otherwise"
            yield Dismissed(
                name=f"{misreading.id} {foreign(misreading.claim)}",
                how="misread",
                because=(Said(text=sentence(foreign(truth)), refs=(own, *refs)),),
            )

    def alike(self) -> Iterator[Dismissed]:
        """What the verdict's cause is easily mistaken for, as the catalogue knows it."""
        cause = BY_CODE.get(self._diagnosis.verdicts[0].code or "")
        if cause is None:
            return
        own = self._at("/verdicts/0", f"{cause.code} {cause.title}")
        refs = (own, self._sources.catalogue(cause.code, cause.title))
        for other, how in cause.mistaken_for:
            title = BY_CODE[other].title if other in BY_CODE else CLAIMS.get(other, "")
            because = (Said(text=sentence(how), refs=refs),)
            yield Dismissed(name=f"{other} {title}".strip(), how="easily mistaken", because=because)

    def _other(self, finding: PublishedFinding) -> Dismissed:
        own = self._finding(finding)
        name = f"{finding.code} {_title(finding)}".rstrip()
        if finding.confidence == "contradicted":
            because = tuple(self._grounds([finding], against=True))
            return Dismissed(name=name, how="ruled out", because=because or (Said(text="Contradicted.", refs=(own,)),))
        if finding.hushed_by is not None:
            says = f"It is seen as well, and comes from {finding.hushed_by}."
            return Dismissed(name=name, how="a symptom", because=(Said(text=says, refs=(own,)),))
        asked = [f"what would tell: {foreign(each.what)}" for each in finding.missing[:1]]
        says = sentence("; ".join(["the same evidence allows it", *asked]))
        against = [
            Said(text=f"Against it: {each.text}", refs=each.refs) for each in self._grounds([finding], against=True)
        ]
        return Dismissed(name=name, how="not ruled out", because=(Said(text=says, refs=(own,)), *against))

    def _grounds(self, findings: Iterable[PublishedFinding], *, against: bool) -> Iterator[Said]:
        told: set[str] = set()
        for finding in findings:
            for ground in finding.grounds:
                if (ground.weight in _AGAINST) is against and ground.says not in told and ground.refs:
                    told.add(ground.says)
                    refs = self._refs(ground.refs) or (self._finding(finding),)
                    yield Said(text=sentence(_open(ground.says)), refs=refs)
            if not finding.grounds:  # as an older gateway wrote it
                yield from self._bare_evidence(finding.contradicts if against else finding.supports)

    def _finding(self, finding: PublishedFinding) -> str:
        number = self._diagnosis.findings.index(finding)
        return self._at(f"/findings/{number}", f"{finding.code}: {finding.confidence}")

    def _bare_evidence(self, refs: Iterable[str]) -> Iterator[Said]:
        for ref in refs:
            if ref in self._evidence:
                yield Said(text=sentence(foreign(self._evidence[ref].text)), refs=self._refs([ref]))

    def _missing(self, findings: list[PublishedFinding], ref: str) -> Iterator[Lacking]:
        asked = {each.command: each for finding in findings for each in finding.missing}
        for each in asked.values():
            yield Lacking(
                what=foreign(each.what),
                command=one_line(each.command),
                would_decide=_open(each.would_decide),
                refs=(ref,),
            )

    def _refs(self, refs: Iterable[str]) -> tuple[str, ...]:
        known = [self._evidence[ref] for ref in dict.fromkeys(refs) if ref in self._evidence][:MOST_REFS]
        return tuple(self._sources.evidence(self._course, self._examined, each) for each in known)

    def _at(self, pointer: str, text: str) -> str:
        return self._sources.diagnosis(self._course, self._examined, pointer, text)


def _given_up(course: Course, sources: Sources) -> Iterator[Dismissed]:
    last = course.verdicts[-1:]
    for number, verdict in enumerate(course.verdicts[:-1]):
        if verdict.code is None or verdict.key == last[0].key or verdict.code in last[0].candidates:
            continue
        then = course.verdicts[number + 1]
        refs = tuple(
            sources.record(course, f"/verdicts/{at}", f"{name(each)} at {clock(moment(each.at_s))}")
            for at, each in ((number, verdict), (number + 1, then))
        )
        since, until = clock(moment(verdict.at_s)), clock(moment(then.at_s))
        says = f"It was concluded at {since}; from {until} on the evidence said {name(then)}."
        yield Dismissed(
            name=f"{verdict.code} {foreign(verdict.title)}", how="given up", because=(Said(text=says, refs=refs),)
        )


def name(verdict: Concluded | Root) -> str:
    """What was concluded, in one line."""
    if verdict.code is not None:
        return f"{verdict.code} {foreign(verdict.title)} ({verdict.confidence})"
    return f"undecided between {listed(verdict.candidates)}" if verdict.candidates else "undecided"


def _bare(course: Course, verdict: Concluded, sources: Sources) -> Root:
    """A verdict of which only the record is left."""
    ref = sources.record(course, f"/verdicts/{len(course.verdicts) - 1}", name(verdict))
    cause = BY_CODE.get(verdict.code or "")
    return Root(
        incident=course.id,
        code=verdict.code,
        title=foreign(verdict.title),
        confidence=verdict.confidence,
        hop=None if cause is None else cause.hop.value,
        router=foreign(verdict.router),
        target=foreign(verdict.target),
        candidates=verdict.candidates,
        meaning=_meaning(verdict.code, verdict.candidates, ref, sources),
        supports=(),
        contradicts=(),
        missing=(),
        refs=(ref,),
    )


def _meaning(code: str | None, candidates: tuple[str, ...], ref: str, sources: Sources) -> Said:
    cause = BY_CODE.get(code or "")
    if cause is not None:
        page = sources.catalogue(cause.code, cause.title)
        return Said(text=cause.summary, refs=(ref, page))
    titles = [f"{each} ({BY_CODE[each].title})" for each in candidates if each in BY_CODE]
    says = (
        f"The evidence fits each of {listed(titles)}." if titles else "No cause that is known explains what is broken."
    )
    return Said(text=says, refs=(ref,))


def _title(finding: PublishedFinding) -> str:
    cause = BY_CODE.get(finding.code)
    return foreign(finding.title) or ("" if cause is None else cause.title)


def _open(text: str) -> str:
    """A sentence of the catalogue: what stands between backticks stays code, where they come in pairs."""
    return text if text.count("`") % 2 == 0 and text.isprintable() else foreign(text)


def _key(diagnosis: Published) -> tuple[str, str]:
    verdict = diagnosis.verdicts[0]
    subject = verdict.subject
    return verdict.code or "/".join(sorted(verdict.candidates)), subject.router or subject.target or ""


def _grounds(examined: Examined) -> int:
    findings = argued(examined.diagnosis, examined.diagnosis.verdicts[0])
    return len({ground.says.translate(_NO_DIGITS) for finding in findings for ground in finding.grounds})


def _sureness(examined: Examined) -> int:
    confidence = examined.diagnosis.verdicts[0].confidence
    return _SURER.index(confidence) if confidence in _SURER else 0
