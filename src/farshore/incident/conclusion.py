"""What a diagnosis says to an incident: which cause, whose, how surely. Pure."""

import msgspec

from farshore.diagnosis.published import Published, PublishedRemedy, argued


class Conclusion(msgspec.Struct, frozen=True, kw_only=True):
    """The gravest verdict of one examination.

    `code` is None where it is undecided between `candidates`, and `hop` says where on the way `code` lies. `command` is
    what to run next: the first remedy, or what would decide.
    """

    code: str | None
    title: str
    confidence: str
    candidates: tuple[str, ...] = ()
    router: str = ""
    target: str = ""
    command: str = ""
    remedies: tuple[PublishedRemedy, ...] = ()
    hop: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Two conclusions with the same key have the same root: the cause, or what it lies between, and its subject."""
        return self.code or "/".join(sorted(self.candidates)), self.router or self.target

    def __str__(self) -> str:
        """One line for a log."""
        between = f"undecided between {', '.join(self.candidates)}" if self.candidates else "undecided"
        return between if self.code is None else f"{self.code} {self.title} ({self.confidence})"


def conclude(diagnosis: Published) -> Conclusion | None:
    """What the first verdict says; None where nothing is wrong with what was seen."""
    if not diagnosis.verdicts:
        return None
    verdict = diagnosis.verdicts[0]
    findings = argued(diagnosis, verdict)
    remedies = tuple(findings[0].remedies) if findings and verdict.code is not None else ()
    asked = [missing.command for finding in findings for missing in finding.missing]
    commands = [remedy.command for remedy in remedies] or asked
    return Conclusion(
        code=verdict.code,
        title=verdict.title,
        confidence=verdict.confidence,
        candidates=tuple(verdict.candidates) if verdict.code is None else (),
        router=verdict.subject.router or "",
        target=verdict.subject.target or "",
        command=commands[0] if commands else "",
        remedies=remedies,
        hop=verdict.hop or "",
    )
