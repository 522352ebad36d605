"""When a path is taken out of the order of preference, and when it is tried again. Decides; no I/O, no clock.

Closed: it takes its place. Open: it stands behind all others for a while. Half-open: one connection tries it, and two
in a row that succeed close it. Opened again before it has been closed for `calm_s`, it waits twice as long as the last
time: a path that flaps stays out of the way although each try succeeds. Nothing is ever ejected for good, and the last
path is always tried: a route has few.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class BreakerState(StrEnum):
    """Where a path stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerRules:
    """When to open and for how long; defaults as in HAProxy's, Envoy's and linkerd's practice. Times in seconds."""

    consecutive: int = 5
    share: float = 0.5
    share_of_at_least: int = 20
    window_s: float = 30.0
    open_s: float = 5.0
    max_open_s: float = 60.0
    successes_to_close: int = 2
    calm_s: float = 30.0


Changed = Callable[[BreakerState, BreakerState, str], None]


def _tell_nobody(_: BreakerState, __: BreakerState, ___: str) -> None:
    """Nobody wants to know."""


class Breaker:
    """One path's breaker. Feed it only with what is the path's own doing: neither the target's refusal nor a leak.

    `begin` numbers a dial, and how it ended is told with that number: a dial from better times that ends while the
    path is being tried again is neither taken for the probe nor held against it. `changed` is told every transition:
    what it is now, what it was, and why.
    """

    def __init__(self, random: Random, rules: BreakerRules | None = None, changed: Changed = _tell_nobody) -> None:
        self._changed = changed
        self._random = random
        self._rules = rules or BreakerRules()
        self._state = BreakerState.CLOSED
        self._recent: deque[tuple[float, bool]] = deque()
        self._recent_failures = 0
        self._consecutive = 0
        self._consecutive_before_success = 0
        self._successes = 0
        self._open_s = self._rules.open_s
        self._retry_at_s = 0.0
        self._closed_at_s = -math.inf
        self._dials = 0
        self._probe: int | None = None

    @property
    def state(self) -> BreakerState:
        """Where the path stands."""
        return self._state

    def admits(self, now_s: float) -> bool:
        """Whether the path may take its place in the order."""
        match self._state:
            case BreakerState.CLOSED:
                return True
            case BreakerState.OPEN:
                return now_s >= self._retry_at_s
            case BreakerState.HALF_OPEN:
                return self._probe is None

    def begin(self, now_s: float) -> int:
        """A dial has begun on the path; its number, to tell with how it ended."""
        self._dials += 1
        if self._state is BreakerState.OPEN and now_s >= self._retry_at_s:
            self._successes = 0
            self._become(BreakerState.HALF_OPEN, "it has waited its time: one client tries it")
        if self._state is BreakerState.HALF_OPEN and self._probe is None:
            self._probe = self._dials
        return self._dials

    def succeed(self, dial: int, now_s: float) -> None:
        """The dial found the target."""
        self._consecutive_before_success, self._consecutive = self._consecutive, 0
        self.abandon(dial)
        if self._state is BreakerState.CLOSED:
            self._note(now_s, succeeded=True)
            return
        self._become(BreakerState.HALF_OPEN, "a dial on it succeeded")
        self._successes += 1
        if self._successes >= self._rules.successes_to_close:
            self._become(BreakerState.CLOSED, f"{self._successes} dials in a row succeeded")
            self._probe = None
            self._closed_at_s = now_s
            self._recent.clear()
            self._recent_failures = 0

    def fail(self, dial: int, now_s: float, why: str = "it failed") -> None:
        """The dial failed, and it was the path's doing."""
        self._consecutive += 1
        if self._state is not BreakerState.CLOSED:
            self.trip(dial, now_s, why)
            return
        self._note(now_s, succeeded=False)
        self._judge(dial, now_s, why)

    def lose(self, now_s: float, why: str) -> None:
        """A dial that found the target came to nothing before the target spoke: one failure, and no success.

        Counted as both, a path on which every connection dies so would be half a good one, and better than that with
        the first that lives.
        """
        dial = self.begin(now_s)
        if self._state is not BreakerState.CLOSED:
            self.fail(dial, now_s, why)
            return
        self._take_back_success()
        self._consecutive = max(self._consecutive, self._consecutive_before_success) + 1
        self._note(now_s, succeeded=False)
        self._judge(dial, now_s, why)

    def abandon(self, dial: int) -> None:
        """The dial was given up for reasons that say nothing about the path."""
        if self._probe == dial:
            self._probe = None

    def trip(self, dial: int, now_s: float, why: str = "it was overtaken") -> None:
        """Open at once: another path overtook the dial, or it failed as the probe. An open breaker stays as it is."""
        is_probe = self._probe == dial
        self.abandon(dial)
        if self._state is not BreakerState.CLOSED and not is_probe:
            return
        if is_probe or now_s - self._closed_at_s < self._rules.calm_s:
            self._open_s = min(self._open_s * 2, self._rules.max_open_s)
        else:
            self._open_s = self._rules.open_s
        self._successes = 0
        self._retry_at_s = now_s + self._open_s * self._random.uniform(1.0, 1.25)
        self._become(BreakerState.OPEN, why)

    def _judge(self, dial: int, now_s: float, why: str) -> None:
        failures, dials = self._recent_failures, len(self._recent)
        if self._consecutive >= self._rules.consecutive:
            self.trip(dial, now_s, f"{self._consecutive} failures in a row, the last: {why}")
        elif dials >= self._rules.share_of_at_least and failures / dials >= self._rules.share:
            self.trip(dial, now_s, f"{failures} of {dials} dials failed, the last: {why}")

    def _become(self, state: BreakerState, why: str) -> None:
        was, self._state = self._state, state
        if was is not state:
            self._changed(state, was, why)

    def _take_back_success(self) -> None:
        for place in range(len(self._recent) - 1, -1, -1):
            if self._recent[place][1]:
                del self._recent[place]
                return

    def _note(self, now_s: float, *, succeeded: bool) -> None:
        self._recent.append((now_s, succeeded))
        self._recent_failures += not succeeded
        while self._recent and self._recent[0][0] < now_s - self._rules.window_s:
            _, was_success = self._recent.popleft()
            self._recent_failures -= not was_success
