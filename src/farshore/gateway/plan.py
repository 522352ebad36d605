"""Which path next, and when. Decides; no I/O, no clock.

The preferred path is dialled at once; if it has not answered within a delay learned from its own recent dials, the
next one is dialled beside it, and the first answer wins. A failure starts the next one at once. Each path is dialled
at most once, so a target that refuses is not asked twice. Paths out of the order are a last resort: when nothing else
runs, or when what runs has been silent for a whole second. Where every path is out of the order, none of them is.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from farshore.core.outcome import Code

COLD_DELAY_S = 0.25
MIN_DELAY_S = 0.02
MAX_DELAY_S = 1.0
PROBE_DELAY_S = 0.04
DIALS_REMEMBERED = 64

# Failures that say nothing about the path: a missing route, a name, this process.
NOBODYS_DOING = frozenset({Code.LEAK, Code.NAME_UNKNOWN, Code.NO_DESCRIPTORS})

# Of several failures, the one that tells a person most; those that are not here stand behind. A target that refuses has
# been reached, whatever is wrong with other paths to it; so has one that ends what it has accepted.
_TELLING = (
    Code.TARGET_REFUSED,
    Code.LEAK,
    Code.UPSTREAM_CLOSED_SILENT,
    Code.UPSTREAM_RESET_SILENT,
    Code.TARGET_UNREACHABLE,
    Code.EGRESS_STARTING,
    Code.OWNER_UNCONFIRMED,
    Code.NO_ANSWER,
    Code.TARGET_SILENT,
    Code.DIAL_FAILED,
)


class DialTimes:
    """How long the last dials of a path took.

    `patience_s` is how long a dial may take before another path is tried beside it: twice the 95th percentile, so that
    one dial in twenty is not hedged for nothing, within bounds; 250 ms as long as nothing is known.
    """

    def __init__(self) -> None:
        self.patience_s = COLD_DELAY_S
        self._recent: deque[float] = deque(maxlen=DIALS_REMEMBERED)

    @property
    def probe_patience_s(self) -> float:
        """The same for a path that is only tried again: its client hardly waits for it."""
        return min(self.patience_s, PROBE_DELAY_S)

    def note(self, elapsed_s: float) -> None:
        """A dial found the target."""
        self._recent.append(elapsed_s)
        p95_s = sorted(self._recent)[math.ceil(len(self._recent) * 0.95) - 1]
        self.patience_s = min(max(p95_s * 2, MIN_DELAY_S), MAX_DELAY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A path as the plan sees it; `index` is its place in the route's order of preference."""

    index: int
    is_admitted: bool
    patience_s: float


class Plan:
    """The order of dials of one connection."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        admitted = [candidate for candidate in candidates if candidate.is_admitted]
        self._waiting = admitted or list(candidates)
        self._last_resorts = [candidate for candidate in candidates if not candidate.is_admitted] if admitted else []
        self._running: set[int] = set()
        self._hedge_at_s = self._last_resort_at_s = math.inf

    @property
    def hedge_at_s(self) -> float:
        """When the next path is dialled beside those that run; infinity if none is left for it."""
        if self._waiting:
            return self._hedge_at_s
        return self._last_resort_at_s if self._last_resorts else math.inf

    @property
    def has_another(self) -> bool:
        """Whether a path in its place has not been dialled yet; last resorts are none."""
        return bool(self._waiting)

    @property
    def is_exhausted(self) -> bool:
        """Whether every path has been dialled and none is under way."""
        return not (self._running or self._waiting or self._last_resorts)

    def next(self, now_s: float) -> int | None:
        """The path to dial now, or None while there is reason to wait. Ask again after each dial and each failure."""
        if self._running and now_s < self.hedge_at_s:
            return None
        queue = self._waiting or self._last_resorts
        if not queue:
            return None
        chosen = queue.pop(0)
        self._running.add(chosen.index)
        self._hedge_at_s = now_s + chosen.patience_s
        self._last_resort_at_s = now_s + max(chosen.patience_s, MAX_DELAY_S)
        return chosen.index

    def failed(self, index: int) -> None:
        """That dial has failed: the next one need not wait."""
        self._running.discard(index)
        self._hedge_at_s = 0.0


def most_telling(codes: Sequence[Code]) -> Code:
    """Of the failures of all paths, the one to end with."""
    for code in _TELLING:
        if code in codes:
            return code
    return codes[0]
