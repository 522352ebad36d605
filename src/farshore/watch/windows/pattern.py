"""What kind of outage a burst was. Pure.

The kinds, the first that fits:

- cold start: all that failed did so within `COLD_S` of the start of the gateway, or of the first client after
  `IDLE_S` without any, and what came after went well (M12, M25 of the catalogue).
- total: nothing went well between the first failure and the last.
- flapping: it turned between failing and going well at least `TURNS` times, and much more rarely than chance would
  (Wald and Wolfowitz' runs test, `RARELY` standard deviations below the mean): each state lasted.
- partial: some failed and some went well throughout.

And without a failure: slow, where the 95th percentile of the time to a connection is `SLOW_FACTOR` times what it
usually is, and at least `SLOW_S`.
"""

from enum import StrEnum
from math import sqrt

from farshore.watch.windows.bursts import Burst
from farshore.watch.windows.rolling import Tally

COLD_S = 10.0
IDLE_S = 45.0
TURNS = 3
RARELY = 3.0
SLOW_FACTOR = 5.0
SLOW_S = 0.5
SLOW_QUANTILE = 0.95
ENOUGH = 20


class Pattern(StrEnum):
    """The kinds of outages."""

    COLD_START = "cold start"
    TOTAL = "total"
    FLAPPING = "flapping"
    PARTIAL = "partial"


def pattern(burst: Burst, *, woken_s: float | None = None) -> Pattern:
    """What kind of outage a burst was.

    `woken_s` is when the gateway started, or the first client came after `IDLE_S` without any; None if neither was
    shortly before the burst.
    """
    if woken_s is not None and 0 <= burst.until_s - woken_s <= COLD_S:
        return Pattern.COLD_START
    if not burst.good:
        return Pattern.TOTAL
    return Pattern.FLAPPING if burst.turns >= TURNS and _is_clustered(burst) else Pattern.PARTIAL


def is_slow(now: Tally, usual: Tally) -> bool:
    """Whether connections take much longer than usual; False where too few were counted to say."""
    if min(now.total, usual.total) < ENOUGH:
        return False
    late, normal = now.latency_s(SLOW_QUANTILE), usual.latency_s(SLOW_QUANTILE)
    return late is not None and normal is not None and late >= max(SLOW_S, SLOW_FACTOR * normal)


def _is_clustered(burst: Burst) -> bool:
    """Whether what failed stands together, and what went well too, more than chance would have it."""
    good, bad = burst.good, burst.failed
    usual = 2 * good * bad / (good + bad)
    deviation = sqrt(usual * (usual - 1) / (good + bad - 1)) if usual > 1 else 0.0
    return burst.turns < usual - RARELY * deviation
