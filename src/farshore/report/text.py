"""A diagnosis for an 80-column terminal, as a good engineer's note.

Verdict first, three reasons, what speaks against it, the next command.
"""

from collections.abc import Iterable, Iterator
from textwrap import fill

from farshore.core.visible import visible
from farshore.diagnosis.cause import Ground
from farshore.diagnosis.contradictions import Contradiction
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.verdict import Asked, Confidence, Diagnosis, Finding, Misread, Subject, Verdict
from farshore.report.selection import (
    GATHER,
    assumptions,
    capital,
    coinciding,
    is_typed,
    listed,
    opening,
    other_causes,
    reasons,
    telling,
)

WIDTH = 80
REASONS = 3
POINTERS = 3
GROUPS = 4
MAX_UNREAD = 10


def render_text(diagnosis: Diagnosis, *, why: bool = False) -> str:
    """The note; with `why` every finding with every ground, the rivals and the hushed among them."""
    blocks = [_opening(diagnosis)]
    for number, verdict in enumerate(diagnosis.verdicts, 1):
        blocks.append("\n".join(_verdict(verdict, f"{number}. " if len(diagnosis.verdicts) > 1 else "")))
    if diagnosis.misreadings:
        blocks.append("\n".join(_misreadings(diagnosis.misreadings, why=why)))
    if diagnosis.contradictions:
        blocks.append("\n".join(_contradictions(diagnosis.contradictions)))
    if why:
        blocks.append("\n".join(_argument(diagnosis.findings)))
    blocks += ["\n".join(lines) for lines in (list(_input(diagnosis)),) if lines]
    return visible("\n\n".join(block for block in blocks if block)) + "\n"


def _opening(diagnosis: Diagnosis) -> str:
    said = opening(diagnosis)
    if diagnosis.verdicts or diagnosis.readable:
        return said
    what, command = GATHER
    return "\n".join((said, "", _paragraph(f"{what}:"), _doing(command)))


def _verdict(verdict: Verdict, number: str) -> Iterator[str]:
    if verdict.finding is None:
        yield from _undecided(verdict, number)
        return
    finding = verdict.finding
    title = f"{number}{finding.cause.code} {finding.cause.title} - {verdict.confidence}"
    yield _paragraph(title, indent="   " if number else "")
    yield from _about(finding.subject, verdict)
    yield ""
    yield from _grounds(telling(finding.supports)[:REASONS])
    if finding.contradicts:
        yield "  Against it:"
        yield from _grounds(finding.contradicts)
    yield from _rivals(verdict)
    if verdict.perhaps_under:
        roots = listed(verdict.perhaps_under)
        yield _paragraph(f"  It may be a symptom of {roots}, which is still possible: decide that first.", indent="  ")
    if verdict.next_step is not None:
        yield from _next(verdict.next_step)
    yield from _remedies(finding)


def _undecided(verdict: Verdict, number: str) -> Iterator[str]:
    codes = list(dict.fromkeys(each.cause.code for each in verdict.candidates))
    without = "every explanation is contradicted" if verdict.rivals else "no known cause explains what is broken"
    between = f" between {listed(codes)}" if codes else f": {without}"
    yield f"{number}Undecided{between}"
    yield from _about(_common([each.subject for each in verdict.candidates]), verdict)
    yield ""
    yield from _grounds(reasons(verdict)[:REASONS])
    if codes:
        yield ""
    for finding in {each.cause.code: each for each in verdict.candidates}.values():
        yield _paragraph(f"  {finding.cause.code} {finding.cause.title}", indent="      ")
    yield from _rivals(verdict)
    if verdict.next_step is not None:
        yield from _next(verdict.next_step)


def _about(subject: Subject, verdict: Verdict) -> Iterator[str]:
    parts = []
    if subject.target is not None:
        parts.append(f"target {subject.target}")
    if subject.router:
        known = subject.router_address not in {"", subject.router}
        parts.append(f"router {subject.router}" + (f" ({subject.router_address})" if known else ""))
    if verdict.since is not None and verdict.until is not None:
        first, last = verdict.since.isoformat(" ", "seconds")[:19], verdict.until.isoformat(" ", "seconds")[:19]
        parts.append(first if first == last else f"{first} to {last[11:] if last[:10] == first[:10] else last}")
    if parts:
        yield _paragraph("  " + ", ".join(parts), indent="  ")


def _grounds(grounds: Iterable[Ground]) -> Iterator[str]:
    for ground in grounds:
        yield _paragraph(f"  - {capital(ground.says)}.", indent="    ")
        yield from _pointers(ground.facts)


def _pointers(facts: tuple[Fact, ...]) -> Iterator[str]:
    unique = {fact.ref: fact for fact in facts}
    for ref, fact in list(unique.items())[:POINTERS]:
        yield _cut(f"      {ref}  {fact.evidence.text}")
    if len(unique) > POINTERS:
        yield f"      and {len(unique) - POINTERS:,} more"


def _rivals(verdict: Verdict) -> Iterator[str]:
    for rival in other_causes(verdict):
        if rival.confidence is Confidence.CONTRADICTED:
            because = rival.contradicts[0].says
            yield _paragraph(f"  Not {rival.cause.code} {rival.cause.title}: {because}.", indent="      ")
            yield from _pointers(rival.contradicts[0].facts[:1])
        elif rival.hushed_by is not None:
            root = rival.hushed_by
            yield _paragraph(f"  {rival.cause.code} {rival.cause.title}: a symptom of {root}.", indent="      ")


def _next(asked: Asked) -> Iterator[str]:
    yield ""
    yield _paragraph(f"  What would decide: {asked.what}", indent="  ")
    yield _doing(asked.command)
    yield _paragraph(f"    {asked.would_decide}.", indent="    ")


def _remedies(finding: Finding) -> Iterator[str]:
    if finding.confidence not in {Confidence.PROVEN, Confidence.LIKELY}:
        return
    yield ""
    for remedy in finding.cause.remedies:
        yield _paragraph(f"  Mend ({remedy.owner}, risk {remedy.risk}):", indent="  ")
        yield _doing(finding.subject.fill(remedy.command))
        yield _paragraph(f"    then: {finding.subject.fill(remedy.verify)}", indent="    ")


def _misreadings(misreadings: tuple[Misread, ...], *, why: bool) -> Iterator[str]:
    yield "Claims in the input that its own evidence refutes (--why says more):"
    for misread in misreadings:
        yield _paragraph(f"  {misread.id:<4}{misread.claim}. ({misread.made[0].ref})", indent="      ")
        for ground in misread.because[: None if why else 1]:
            yield _paragraph(f"      No: {ground.says}. ({ground.facts[0].ref})", indent="      ")
        if why:
            yield _paragraph(f"      {misread.truth}", indent="      ")


def _contradictions(contradictions: tuple[Contradiction, ...]) -> Iterator[str]:
    yield "Observers who contradict each other:"
    for each in contradictions:
        yield _paragraph(f"  - {each.about}: {each.says}.", indent="    ")
        yield from _pointers((each.one, each.other))


def _argument(findings: tuple[Finding, ...]) -> Iterator[str]:
    yield "The whole argument:"
    for finding in findings:
        hushed = f", hushed under {finding.hushed_by}" if finding.hushed_by else ""
        subject = ", ".join(filter(None, (str(finding.subject.target or ""), finding.subject.router)))
        yield ""
        title = f"{finding.cause.code} {finding.cause.title} [{subject or 'gateway'}]"
        yield _paragraph(f"{title}: {finding.confidence}{hushed}")
        for label, grounds in (
            ("decides", finding.decides),
            ("points to it", finding.points),
            ("allows it", finding.allows),
            ("rules it out", finding.rules_out),
            ("speaks against", finding.speaks_against),
        ):
            for ground in grounds:
                yield _paragraph(f"  {label}: {ground.says}.", indent="    ")
                yield from _pointers(ground.facts)
        for asked in finding.missing:
            yield _paragraph(f"  missing: {asked.what} ({asked.would_decide})", indent="    ")


def _input(diagnosis: Diagnosis) -> Iterator[str]:
    for assumption in assumptions(diagnosis):
        yield _paragraph(assumption, indent="  ")
    groups = coinciding(diagnosis)
    if groups:
        total = sum(group.count for group in groups)
        yield f"{total:,} log line{'s' * (total > 1)} of that time that no rule knows; the most frequent:"
        for group in groups[:GROUPS]:
            yield _cut(f"  {group.count:>6,} x {group.template}")
    if diagnosis.unread:
        yield f"Not read ({len(diagnosis.unread)}):"
        for unread in diagnosis.unread[:MAX_UNREAD]:
            position = f", {unread.position}" if unread.position else ""
            yield _paragraph(f"  {unread.source}{position}: {unread.reason}", indent="    ")
        if len(diagnosis.unread) > MAX_UNREAD:
            yield f"  and {len(diagnosis.unread) - MAX_UNREAD} more; --format json lists all"


def _common(subjects: list[Subject]) -> Subject:
    """What all of them agree on."""
    first, *rest = subjects or [Subject()]
    return Subject(
        router=first.router if all(each.router == first.router for each in rest) else "",
        router_address=first.router_address if all(each.router == first.router for each in rest) else "",
        target=first.target if all(each.target == first.target for each in rest) else None,
    )


def _paragraph(text: str, indent: str = "") -> str:
    lead = text[: len(text) - len(text.lstrip())]
    return fill(text.strip(), WIDTH, initial_indent=lead, subsequent_indent=indent, break_on_hyphens=False)


def _doing(text: str) -> str:
    """What is to be done: a command as it is typed, in one line; what is told in words within the width."""
    line = f"    {text}"
    return line if is_typed(text) else _paragraph(line, indent="    ")


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
