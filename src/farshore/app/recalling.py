"""Gives the page back the hour before this process, where a journal remembers it."""

import asyncio
from collections.abc import Callable, Sequence

from farshore.config.model import Config
from farshore.core.clock import Clock
from farshore.gateway.state import RouteState
from farshore.store.database import NotOpened
from farshore.store.lately import lately
from farshore.surface.page.pulse import Pulse
from farshore.surface.page.recall import recall

WITHIN_S = 2.0


class Recalling:
    """Reads once, in a thread; what happens meanwhile is kept beside it."""

    def __init__(self, config: Config, pulse: Pulse, routes: Callable[[], Sequence[RouteState]], clock: Clock) -> None:
        self._journal = None if config.journal is None or config.admin is None else config.journal.path
        self._pulse = pulse
        self._routes = routes
        self._clock = clock
        self._began_s = clock.wall_s()

    async def run(self) -> None:
        """Read, and hand over; a journal that cannot be read has its own problem, and is told of there."""
        if self._journal is None:
            return
        then = await asyncio.to_thread(lately, self._journal, self._began_s, self._clock, within_s=WITHIN_S)
        if not isinstance(then, NotOpened):
            recall(self._pulse, then, frozenset(route.name for route in self._routes()))
