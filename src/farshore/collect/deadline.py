"""How long a checkup may take altogether. What there is no time for is not begun, and said to be untested."""

import math
from dataclasses import dataclass

from farshore.core.clock import Clock

OUT_OF_TIME = "out of time"
# Shorter silence proves nothing: a router takes 3.1 s to find that a host is not there (net/ipv4/neigh.c), and a cold
# path over a relay 3 s to answer a ping.
SILENCE_S = 3.6
# After whatever was waited for: the second status, and the files.
AFTERWARDS_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A moment of the clock's monotonic time; the default never comes."""

    clock: Clock
    at_s: float = math.inf

    def left_s(self) -> float:
        """Seconds until then; never negative."""
        return max(0.0, self.at_s - self.clock.monotonic_s())

    def patience_s(self, wanted_s: float) -> float | None:
        """How long to wait for who may be silent: `wanted_s`, or what is left; None where that proves nothing."""
        left_s = self.left_s() - AFTERWARDS_S
        return min(wanted_s, left_s) if left_s >= min(wanted_s, SILENCE_S) else None
