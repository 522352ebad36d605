"""A diagnosis as Markdown, for a ticket or a pull request."""

from collections.abc import Iterable, Iterator

from farshore.core.visible import visible
from farshore.diagnosis.cause import Ground
from farshore.diagnosis.verdict import Asked, Confidence, Diagnosis, Finding, Misread, Verdict
from farshore.report.selection import (
    GATHER,
    assumptions,
    coinciding,
    listed,
    opening,
    other_causes,
    reasons,
)

POINTERS = 3
GROUPS = 10
# What begins something in Markdown or HTML.
_MARKS = "\\<|*_["


def render_markdown(diagnosis: Diagnosis, *, why: bool = False) -> str:
    """The note; with `why` every finding with every ground."""
    lines = ["# Diagnosis", ""]
    said = opening(diagnosis)
    lines += [said, ""] if said else []
    if not diagnosis.verdicts and not diagnosis.readable:
        lines += [f"{GATHER[0]}:", "", "```console", GATHER[1], "```", ""]
    for number, verdict in enumerate(diagnosis.verdicts, 1):
        lines += [*_verdict(verdict, number), ""]
    if diagnosis.misreadings:
        lines += ["## Claims that the evidence does not bear out", "", *_misreadings(diagnosis.misreadings), ""]
    if diagnosis.contradictions:
        lines += ["## Observers who contradict each other", ""]
        lines += [
            f"- {_plain(each.about)}: {_plain(each.says)} ({_code(each.one.ref)}, {_code(each.other.ref)})"
            for each in diagnosis.contradictions
        ]
        lines.append("")
    assumed = assumptions(diagnosis)
    if assumed:
        lines += ["## Assumed", "", *(f"- {_plain(each)}" for each in assumed), ""]
    groups = coinciding(diagnosis)
    if groups:
        lines += ["## Log lines of that time that no rule knows", ""]
        lines += [f"- {group.count:,} x {_code(group.template)} ({_code(group.ref)})" for group in groups[:GROUPS]]
        lines.append("")
    if why:
        lines += ["## The whole argument", "", *_argument(diagnosis.findings)]
    if diagnosis.unread:
        lines += ["## Not read", ""]
        lines += [f"- {_code(each.source)} {each.position}: {_plain(each.reason)}" for each in diagnosis.unread]
        lines.append("")
    return visible("\n".join(lines))


def _verdict(verdict: Verdict, number: int) -> Iterator[str]:
    finding = verdict.finding
    if finding is None:
        codes = ", ".join(dict.fromkeys(each.cause.code for each in verdict.candidates))
        yield f"## {number}. Undecided between {codes}" if codes else f"## {number}. Undecided"
    else:
        yield f"## {number}. {finding.cause.code} {finding.cause.title}: {verdict.confidence}"
    yield ""
    yield from _about(verdict)
    yield from _grounds(reasons(verdict))
    against = [] if finding is None else list(finding.contradicts)
    if against:
        yield from ("", "Against it:", "")
        yield from _grounds(against)
    for rival in other_causes(verdict):
        if rival.confidence is Confidence.CONTRADICTED:
            yield from ("", f"Not {rival.cause.code} {rival.cause.title}: {_plain(rival.contradicts[0].says)}.")
        elif rival.hushed_by is not None:
            yield from ("", f"{rival.cause.code} {rival.cause.title} is a symptom of {rival.hushed_by}.")
    if verdict.perhaps_under:
        yield from ("", f"It may be a symptom of {listed(verdict.perhaps_under)}, which is still possible.")
    if verdict.next_step is not None:
        yield from _next(verdict.next_step)
    if finding is not None and finding.confidence in {Confidence.PROVEN, Confidence.LIKELY}:
        yield from _remedies(finding)


def _about(verdict: Verdict) -> Iterator[str]:
    subjects = [each.subject for each in verdict.candidates]
    targets = {str(subject.target) for subject in subjects if subject.target is not None}
    routers = {subject.router for subject in subjects if subject.router}
    parts = [f"target {_code(target)}" for target in targets] + [f"router {_code(router)}" for router in routers]
    if verdict.since is not None and verdict.until is not None:
        parts.append(f"{verdict.since:%Y-%m-%d %H:%M:%S} to {verdict.until:%Y-%m-%d %H:%M:%S}")
    if parts:
        yield ", ".join(parts)
        yield ""


def _grounds(grounds: Iterable[Ground]) -> Iterator[str]:
    for ground in grounds:
        refs = list(dict.fromkeys(fact.ref for fact in ground.facts))
        more = f" and {len(refs) - POINTERS:,} more" if len(refs) > POINTERS else ""
        yield f"- {_plain(ground.says)} ({', '.join(_code(ref) for ref in refs[:POINTERS])}{more})"


def _next(asked: Asked) -> Iterator[str]:
    yield from ("", f"What would decide: {_plain(asked.what)}", "", "```console", asked.command, "```", "")
    yield _plain(asked.would_decide)


def _remedies(finding: Finding) -> Iterator[str]:
    yield from ("", "| who | how | risk | then check |", "| --- | --- | --- | --- |")
    for remedy in finding.cause.remedies:
        how, check = finding.subject.fill(remedy.command), finding.subject.fill(remedy.verify)
        yield f"| {remedy.owner} | {_plain(how)} | {remedy.risk} | {_plain(check)} |"


def _misreadings(misreadings: tuple[Misread, ...]) -> Iterator[str]:
    for misread in misreadings:
        yield f"- **{misread.id}** {_plain(misread.claim)} ({_code(misread.made[0].ref)})"
        for ground in misread.because:
            yield f"  - {_plain(ground.says)} ({_code(ground.facts[0].ref)})"
        yield f"  - {_plain(misread.truth)}"


def _argument(findings: tuple[Finding, ...]) -> Iterator[str]:
    for finding in findings:
        hushed = f", hushed under {finding.hushed_by}" if finding.hushed_by else ""
        subject = str(finding.subject.target or "") or finding.subject.router or "gateway"
        yield f"### {finding.cause.code} {finding.cause.title} ({_plain(subject)}): {finding.confidence}{hushed}"
        yield ""
        for label, grounds in (
            ("Decides", finding.decides),
            ("Points to it", finding.points),
            ("Allows it", finding.allows),
            ("Rules it out", finding.rules_out),
            ("Speaks against it", finding.speaks_against),
        ):
            if grounds:
                yield f"{label}:"
                yield ""
                yield from _grounds(grounds)
                yield ""
        for asked in finding.missing:
            yield f"Missing: {_plain(asked.what)} ({_plain(asked.would_decide)})"
            yield ""


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


def _plain(text: str) -> str:
    """Text from the input can't become Markdown or HTML of its own; what stands between two backticks stays code."""
    parts = text.split("`")
    if len(parts) % 2 == 0 or "" in parts[1:-1]:
        return _escaped(text, "`" + _MARKS)
    return "`".join(_escaped(part, "|" if at % 2 else _MARKS) for at, part in enumerate(parts))


def _escaped(text: str, marks: str) -> str:
    return "".join(f"\\{each}" if each in marks else each for each in text)
