"""Time as a parameter, so that whatever waits can be tested without waiting."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where a decision gets its time from."""

    def monotonic_s(self) -> float:
        """Seconds on a clock that never goes back; its zero means nothing."""
        ...

    def wall_s(self) -> float:
        """Seconds since the Unix epoch, for people and logs."""
        ...


class SystemClock:
    """The machine's own clock; the only place that reads it."""

    monotonic_s = staticmethod(time.monotonic)
    wall_s = staticmethod(time.time)
