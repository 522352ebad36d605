"""One question that many have: who comes while it is under way, or soon after, gets the same answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from farshore.core.clock import Clock

T = TypeVar("T")


class Shared(Generic[T]):
    """Asks at most once at a time. Belongs to one event loop; end it with `close`."""

    def __init__(self, ask: Callable[[], Awaitable[T]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._asking: asyncio.Task[T] | None = None
        self._last: T | None = None
        self._asked_s = 0.0

    async def get(self, max_age_s: float) -> T:
        """An answer to a question that was asked at most so long ago, or is under way."""
        if self._last is not None and self._clock.monotonic_s() - self._asked_s <= max_age_s:
            return self._last
        if self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._ask_once())
        return await asyncio.shield(self._asking)

    async def close(self) -> None:
        """Give up what is asked, and wait until it is over; who waits for an answer is cancelled."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _ask_once(self) -> T:
        self._asked_s = self._clock.monotonic_s()
        self._last = None
        try:
            self._last = await self._ask()
        finally:
            self._asking = None
        return self._last
