"""One timer for everything that has a deadline: cheaper than a timer for each of ten thousand connections."""

from asyncio import AbstractEventLoop, TimerHandle
from typing import Protocol

from farshore.core.clock import Clock

TICK_S = 0.05


class Timed(Protocol):
    """Something that has to be looked at from time to time."""

    def check_deadline(self, now_s: float) -> None:
        """End what has taken too long; may take itself off the sweep."""


class Sweep:
    """Looks at everything on it every 50 ms, and sleeps when there is nothing."""

    def __init__(self, clock: Clock, loop: AbstractEventLoop) -> None:
        self._clock = clock
        self._loop = loop
        self._timed: dict[Timed, float] = {}
        self._timer: TimerHandle | None = None
        self._is_closed = False

    def add(self, timed: Timed, not_before_s: float = 0.0) -> None:
        """Look at it until it is discarded, but not before that monotonic time."""
        if self._is_closed:
            return
        self._timed[timed] = not_before_s
        if self._timer is None:
            self._timer = self._loop.call_later(TICK_S, self._tick)

    def discard(self, timed: Timed) -> None:
        """Look at it no more. Idempotent."""
        self._timed.pop(timed, None)

    def close(self) -> None:
        """Stop; what is added later is not looked at."""
        self._is_closed = True
        self._timed.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        now_s = self._clock.monotonic_s()
        for timed in [timed for timed, not_before_s in self._timed.items() if not_before_s <= now_s]:
            timed.check_deadline(now_s)
        self._timer = self._loop.call_later(TICK_S, self._tick) if self._timed else None
