"""Grounds that several causes find, so that the same facts are told in the same words."""

from collections.abc import Iterable, Sequence

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.facts.dials import DialFailed, RouterReached, Wording
from farshore.diagnosis.facts.timing import Timing, answered, timing_of
from farshore.diagnosis.index import Scope

# More than this is counted in the sentence and not pointed to one by one.


def ground(says: str, facts: Iterable[Fact]) -> Ground | None:
    """A ground, or None without a fact; `{n}` becomes their number."""
    held = tuple(facts)
    return Ground(says=says.replace("{n}", f"{len(held):,}"), facts=held) if held else None


def worded(scope: Scope, wordings: Sequence[Wording]) -> tuple[DialFailed, ...]:
    """Failures of a scope with one of some wordings."""
    return tuple(dial for dial in scope.failures if dial.wording in wordings)


def reached_from_router(scope: Scope) -> Ground | None:
    """The router's own machine reached the target at the time: it listens, and the way to it is up."""
    reached = [each for each in scope.index.of(RouterReached) if scope.concerns(each.target)]
    return ground("the router's own machine reached the target at the time", scope.near(reached))


def silent_cause(scope: Scope) -> Ground | None:
    """A dial failed with SOCKS reply 1, which carries no cause."""
    return ground(
        "dials failed with SOCKS reply 1, which tailscaled sends for every cause ({n} seen)",
        worded(scope, [Wording.SOCKS_GENERAL]),
    )


def reset_before_reply(scope: Scope) -> Ground | None:
    """A driver saw a reset before the first reply, as a relay gives it whose dial failed."""
    if scope.index.of(DialFailed) and not scope.failures:
        return None
    resets = [each for each in scope.index.of(DriverFailed) if each.symptom is Symptom.RESET_BEFORE_REPLY]
    return ground(
        "drivers saw a reset before the first reply, as a relay gives it whose dial failed ({n} seen)", resets
    )


def failed_fast(scope: Scope) -> Ground | None:
    """The failure came within about one round trip (under 0.9 s): something answered, or nothing left this host."""
    return _timed(scope, {Timing.T0, Timing.T1}, "the failure came after {t}: something answered; silence takes 5.0 s")


def failed_at_deadline(scope: Scope) -> Ground | None:
    """The dial failed at tailscaled's own deadline of 5 s: nobody answered."""
    return _timed(scope, {Timing.T5}, "the dial failed after {t}, tailscaled's own deadline: nobody answered")


def answered_at_all(scope: Scope) -> Ground | None:
    """The failure came faster than silence can (under 3.5 s)."""
    facts = [(seconds, fact) for seconds, fact in scope.times_to_failure if answered(seconds)]
    return ground(f"the failure came after {_range(facts)}: silence takes 5.0 s", [fact for _, fact in facts])


def _timed(scope: Scope, classes: set[Timing], says: str) -> Ground | None:
    facts = [(seconds, fact) for seconds, fact in scope.times_to_failure if timing_of(seconds) in classes]
    return ground(says.replace("{t}", _range(facts)), [fact for _, fact in facts])


def _range(facts: Sequence[tuple[float, Fact]]) -> str:
    if not facts:
        return ""
    low, high = min(facts, key=lambda each: each[0])[0], max(facts, key=lambda each: each[0])[0]
    return duration(low) if duration(low) == duration(high) else f"{duration(low)} to {duration(high)}"


def duration(seconds: float) -> str:
    """A time as an engineer writes it: 20 ms, 5.0 s, 17 min."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.001 else f"{seconds * 1000:.1f} ms"  # noqa: PLR2004
    if seconds < 120:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004
