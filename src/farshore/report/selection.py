"""What of an argument is worth a reader's time; the whole of it is behind `--why`."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.evidence import Sureness
from farshore.diagnosis.facts.base import dated
from farshore.diagnosis.facts.statements import LinesGrouped
from farshore.diagnosis.verdict import Diagnosis, Finding, Verdict

NEAR = timedelta(minutes=2)
NOTHING_WRONG = "Nothing wrong in what was given."
NOTHING_SAID = "Nothing in what was given says anything about the way to a target."
# What helps then: what it is, and the one command that gathers it.
GATHER = (
    "On the gateway's host this gathers what there is, for `farshore diagnose` to read",
    "farshore doctor HOST:PORT --bundle seen.tar.gz",
)
# What begins with one of these is for copying.
_PROGRAMS = frozenset(
    {"curl", "farshore", "getent", "grep", "hubble", "kubectl", "nstat", "openssl", "ps", "ss", "tailscale", "timeout"}
)
MAX_SOURCES = 4
_WORD = re.compile(r"[A-Za-z0-9]{2}")


def opening(diagnosis: Diagnosis) -> str:
    """The first sentence: how many things are wrong, and how many only worth knowing; empty where one fault says it."""
    if not diagnosis.readable:
        return NOTHING_SAID
    notes = sum(verdict.is_note for verdict in diagnosis.verdicts)
    faults = len(diagnosis.verdicts) - notes
    known = f"{notes} thing{'s' * (notes > 1)} worth knowing"
    match faults:
        case 0:
            return NOTHING_WRONG.removesuffix(".") + (f"; {known}." if notes else ".")
        case 1:
            return f"1 problem, and {known}." if notes else ""
        case _:
            return f"{faults} independent problems, the gravest first" + (f", and {known}." if notes else ".")


def shared(findings: Iterable[Finding]) -> list[Ground]:
    """Every ground for any of them, each once, the strongest first."""
    return list({ground.says: ground for finding in findings for ground in finding.supports}.values())


def reasons(verdict: Verdict) -> list[Ground]:
    """What a verdict without a finding rests on: its grounds, or the bare symptoms that no cause explains."""
    says = f"something failed and no cause explains it ({len(verdict.symptoms):,} seen)"
    return telling(shared(verdict.candidates or verdict.rivals)) or [Ground(says=says, facts=verdict.symptoms)]


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


def coinciding(diagnosis: Diagnosis) -> list[LinesGrouped]:
    """Groups of unknown log lines that were written while somebody suffered, the most frequent first.

    Those without a time are among them, and those without a word are not; without a verdict there is nothing to
    coincide with.
    """
    windows = [(v.since - NEAR, v.until + NEAR) for v in diagnosis.verdicts if v.since and v.until]
    if not diagnosis.verdicts:
        return []
    groups = [fact for fact in diagnosis.facts if isinstance(fact, LinesGrouped)]
    then = [group for group in groups if _WORD.search(group.template) and (not windows or _within(group, windows))]
    return sorted(then, key=lambda group: -group.count)


def assumptions(diagnosis: Diagnosis) -> list[str]:
    """What was assumed about times, and where: one sentence each."""
    told = {
        Sureness.ZONE_ASSUMED: "Times without a zone were read as UTC in",
        Sureness.DATE_ASSUMED: "Times without a known date only order and measure in",
    }
    sources: dict[Sureness, dict[str, None]] = {}
    for fact in diagnosis.facts:
        if fact.evidence.time is not None:
            sources.setdefault(fact.evidence.time.sure, {})[fact.evidence.source] = None
    return [f"{words} {_some(list(sources[sure]))}." for sure, words in told.items() if sure in sources]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MAX_SOURCES} more" if len(names) > MAX_SOURCES else ""
    return ", ".join(names[:MAX_SOURCES]) + more


def _within(group: LinesGrouped, windows: list[tuple[datetime, datetime]]) -> bool:
    first = dated(group)
    last = group.last or first
    return first is None or last is None or any(first <= until and since <= last for since, until in windows)


def listed(words: Sequence[str]) -> str:
    """Words as a person lists them."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def other_causes(verdict: Verdict) -> list[Finding]:
    """One rival for each cause that is not a candidate itself, about another subject."""
    candidates = {finding.cause.code for finding in verdict.candidates}
    rivals = {rival.cause.code: rival for rival in reversed(verdict.rivals) if rival.cause.code not in candidates}
    return sorted(rivals.values(), key=lambda rival: rival.cause.code)


def is_typed(command: str) -> bool:
    """Whether it is typed as it stands, and not told in words."""
    return command.partition(" ")[0] in _PROGRAMS


def capital(text: str) -> str:
    """A sentence with its first letter large."""
    return text[:1].upper() + text[1:]
