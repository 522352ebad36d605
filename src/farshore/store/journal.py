"""The gateway's memory, as the event loop sees it: told of events as the log is, and never waited for."""

import asyncio
from contextlib import suppress
from pathlib import Path

from farshore.core.alerts import Silenced
from farshore.core.clock import Clock
from farshore.core.events import Announce, Event, JournalFailed, JournalRecovered
from farshore.core.sampled import TailscaledSampled
from farshore.store.retention import Keep
from farshore.store.rows import Insert, Statement
from farshore.store.sampling import Sampling
from farshore.store.writer import JournalState, Listeners, Writer


class Journal:
    """Made within a running loop, where `announce` is told of the journal's own troubles. `close()` ends it.

    `announce`, its own, keeps an event: it never blocks and never raises.
    """

    def __init__(self, path: Path, keep: Keep, clock: Clock, announce: Announce) -> None:
        self._loop = asyncio.get_running_loop()
        self._told = announce
        self._writer = Writer(path, keep, clock, Listeners(announce=self._tell, mistaken=self._mistaken))
        self._sampling = Sampling()
        self._clock = clock

    def announce(self, event: Event) -> None:
        """Keep what happened; of samples those that tell something new."""
        if not isinstance(event, TailscaledSampled) or self._sampling.wants(event, self._clock.monotonic_s()):
            self._writer.put(event)

    @property
    def state(self) -> JournalState:
        """As of now."""
        return self._writer.state

    @property
    def silences(self) -> tuple[Silenced, ...] | None:
        """Those that hold, as of the last second; None before the file was read for the first time."""
        return self._writer.silences

    def write(self, entry: Insert | Statement) -> None:
        """Keep a row of one's own, or change one; in the order in which it was handed in."""
        self._writer.put(entry)

    def close(self) -> None:
        """Write what waits; blocks for as long as that takes, and for a few seconds at most."""
        self._writer.close()

    def _tell(self, event: JournalFailed | JournalRecovered) -> None:
        with suppress(RuntimeError):  # the loop is closed, and nobody listens any more
            self._loop.call_soon_threadsafe(self._told, event)

    def _mistaken(self, error: Exception) -> None:
        context = {"message": "an entry of the journal", "exception": error}
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.call_exception_handler, context)
