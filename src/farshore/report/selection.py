"""What of an argument is worth a reader's time; the whole of it is behind `--why`."""

from collections.abc import Iterable

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.verdict import Finding, Verdict


def shared(findings: Iterable[Finding]) -> list[Ground]:
    """Every ground for any of them, each once, the strongest first."""
    return list({ground.says: ground for finding in findings for ground in finding.supports}.values())


def telling(grounds: Iterable[Ground]) -> list[Ground]:
    """The grounds without those that only say less about what a stronger one rests on."""
    told: set[str] = set()
    kept = []
    for ground in grounds:
        refs = {fact.ref for fact in ground.facts}
        if not refs <= told:
            kept.append(ground)
            told |= refs
    return kept


def other_causes(verdict: Verdict) -> list[Finding]:
    """One rival for each cause that is not a candidate itself, about another subject."""
    candidates = {finding.cause.code for finding in verdict.candidates}
    rivals = {rival.cause.code: rival for rival in reversed(verdict.rivals) if rival.cause.code not in candidates}
    return sorted(rivals.values(), key=lambda rival: rival.cause.code)
