"""An outage as remedies see it: whether it is over, whether a path has proven that, and what pings have said."""

import asyncio
import math
from dataclasses import dataclass

from farshore.tailnet.remedy import Sighting


@dataclass(frozen=True, slots=True)
class Pinged:
    """What pings have said of the routers of a route, and when, on the monotonic clock."""

    at_s: float = -math.inf
    routers: tuple[Sighting, ...] = ()


class Outage:
    """One route's outage."""

    def __init__(self) -> None:
        self.pinged = Pinged()
        self._over = asyncio.Event()
        self._proven = False

    @property
    def is_proven_over(self) -> bool:
        """Whether it has ended because a path answers."""
        return self._over.is_set() and self._proven

    def end(self, *, proven: bool) -> None:
        """It is over; `proven` where a path has answered."""
        self._proven = proven
        self._over.set()

    async def ends_within(self, seconds: float) -> None:
        """Wait for its end, but not longer."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass
