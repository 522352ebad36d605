"""What kind of outage it was, by how failures and successes lay in time. Pure; the first that fits.

A turn is a success after a failure, or a failure after a success, between the first failure and the last.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

COLD_S = 10.0
IDLE_S = 45.0
TURNS = 3
RARELY = 3.0
SLOW_FACTOR = 5.0
SLOW_S = 0.5
SLOW_PERCENT = 95
ENOUGH = 20


class Pattern(StrEnum):
    """The kinds of outages."""

    COLD_START = "cold start"
    TOTAL = "total"
    FLAPPING = "flapping"
    PARTIAL = "partial"


SLOW = "slow"
DEFINITIONS = {
    Pattern.COLD_START: f"all that failed did so within {COLD_S:g} s of a start, or of the first connection after "
    f"{IDLE_S:g} s without any, and what came after went well",
    Pattern.TOTAL: "nothing went well between the first failure and the last",
    Pattern.FLAPPING: f"it turned between failing and going well {TURNS} times or more, and much more rarely than by "
    f"chance ({RARELY:g} standard deviations of the runs test): each state lasted",
    Pattern.PARTIAL: "some failed and some went well throughout",
    SLOW: f"connections were up, and took long: the time that {SLOW_PERCENT} % of them stayed below was at least "
    f"{SLOW_FACTOR:g} times the usual one, and {SLOW_S:g} s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Between the first failure and the last: how many failed, one at least, how many went well, how often it turned.

    `woken_for_s` is how long before the last failure the gateway had started, or the first had come after a quiet
    spell, None where neither is known; `mended`, whether anything went well afterwards.
    """

    failed: int
    good: int
    turns: int
    woken_for_s: float | None = None
    mended: bool = False


def pattern_of(shape: Shape) -> Pattern:
    """Its kind, by what failed. Whether it was slow beside that is `is_slow`'s to say."""
    if shape.mended and shape.woken_for_s is not None and 0 <= shape.woken_for_s <= COLD_S:
        return Pattern.COLD_START
    if not shape.good:
        return Pattern.TOTAL
    return Pattern.FLAPPING if shape.turns >= TURNS and _is_clustered(shape) else Pattern.PARTIAL


def is_slow(now_s: float, usual_s: float) -> bool:
    """Whether it takes much longer than usual: two times that `SLOW_PERCENT` stay below, each of `ENOUGH` at least."""
    return now_s >= max(SLOW_S, SLOW_FACTOR * usual_s)


def _is_clustered(shape: Shape) -> bool:
    """Whether what failed stands together, and what went well too, more than chance has it (Wald and Wolfowitz)."""
    good, bad = shape.good, shape.failed
    usual = 2 * good * bad / (good + bad)
    deviation = sqrt(usual * (usual - 1) / (good + bad - 1)) if usual > 1 else 0.0
    return shape.turns < usual - RARELY * deviation
