"""How much is dialled again: so many dials at once, and so long between them. Decides; no I/O, no clock.

The first dial of a client on each path is free. What comes on top of that (another look over the paths for held
clients, a second dial beside a silent one) is bounded by what the route carries anyway, so that a network in trouble is
not given more.
"""

from collections.abc import Callable
from random import Random

SHARE = 0.2
AT_LEAST = 3


class RetryBudget:
    """How many retries of a route may be under way: a fifth of its open connections, at least 3."""

    def __init__(self, active: Callable[[], int]) -> None:
        self._active = active
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many are under way."""
        return self._taken

    @property
    def limit(self) -> int:
        """How many there may be now."""
        return max(AT_LEAST, int(self._active() * SHARE))

    def take(self) -> bool:
        """Take one; False if none is left."""
        if self._taken >= self.limit:
            return False
        self._taken += 1
        return True

    def give_back(self) -> None:
        """One is over."""
        self._taken -= 1


class Backoff:
    """How long to wait before the next time: anything up to a bound that doubles each time (full jitter)."""

    def __init__(self, random: Random, *, first_s: float, max_s: float) -> None:
        self._random = random
        self._first_s = first_s
        self._max_s = max_s
        self._bound_s = first_s

    def next_s(self) -> float:
        """Seconds to wait."""
        bound_s = self._bound_s
        self._bound_s = min(bound_s * 2, self._max_s)
        return self._random.uniform(0.0, bound_s)

    def reset(self) -> None:
        """Begin anew."""
        self._bound_s = self._first_s
