"""Starts probes at fixed times, whatever the answers do (open loop), with a bound on how many are under way.

A probe whose time comes while `concurrency` are under way is not started: it is one that failed, with a code of its
own. To start it later would let the backlog of an outage run into the time after it, and would hide the outage behind
a few slow probes. A probe that this host itself starts late counts from when it was due.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from farshore.core.clock import Clock
from farshore.core.health_check import NOT_STARTED, ProbeDone
from farshore.watch.probes.result import ProbeResult

# How long those under way have to end once a check is interrupted.
PATIENCE_S = 1.0

Probing = Callable[[], Awaitable[Sequence[ProbeResult]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Due times `first` to `planned` - 1, one each `every_s` seconds."""

    every_s: float
    first: int
    planned: int
    concurrency: int


class Pacer:
    """Runs one stretch of a check; `told` hears of every probe that has ended, in the order of their ends."""

    def __init__(self, pace: Pace, probing: Probing, told: Callable[[ProbeDone], None], clock: Clock) -> None:
        self._pace = pace
        self._probing = probing
        self._told = told
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()

    @property
    def under_way(self) -> int:
        """How many have started and not ended."""
        return len(self._under_way)

    def stop(self) -> None:
        """Start no more; those under way have a second, and what has not ended by then is not counted."""
        self._stopped.set()

    async def run(self) -> None:
        """Until the last one has ended, or it is stopped."""
        begun_s = self._clock.monotonic_s()
        pace = self._pace
        try:
            for number in range(pace.first, pace.planned):
                due_s = begun_s + (number - pace.first) * pace.every_s
                if await self._stopped_before(due_s):
                    break
                self._start(number, due_s)
            await self._end()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _stopped_before(self, due_s: float) -> bool:
        """Wait for the due time; one that has passed is waited for, too, so that others get their turn."""
        try:
            async with asyncio.timeout(max(due_s - self._clock.monotonic_s(), 0)):
                await self._stopped.wait()
        except TimeoutError:
            pass
        return self._stopped.is_set()

    def _start(self, number: int, due_s: float) -> None:
        if len(self._under_way) >= self._pace.concurrency:
            detail = f"{self._pace.concurrency} probes were under way"
            result = ProbeResult(kind="", path="", layers=(), ok=False, code=NOT_STARTED, detail=detail, server="")
            now_s = self._clock.monotonic_s()
            self._told(self._done(number, result, due_s, now_s, now_s))
            return
        task = asyncio.get_running_loop().create_task(self._probe(number, due_s))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _probe(self, number: int, due_s: float) -> None:
        started_s = self._clock.monotonic_s()
        for result in await self._probing():
            self._told(self._done(number, result, due_s, started_s, self._clock.monotonic_s()))

    def _done(self, number: int, result: ProbeResult, due_s: float, started_s: float, ended_s: float) -> ProbeDone:
        ago_s = self._clock.monotonic_s() - due_s
        return ProbeDone(
            number=number,
            path=result.path,
            due_us=round((self._clock.wall_s() - ago_s) * 1e6),
            late_us=max(round((started_s - due_s) * 1e6), 0),
            took_us=round((ended_s - started_s) * 1e6),
            code=result.code,
            detail=result.detail,
            layers={layer.layer.value: layer.took_ms for layer in result.layers},
        )

    async def _end(self) -> None:
        """Wait for those under way: for all of them, or as long as a check that was stopped can wait."""
        stopped = asyncio.get_running_loop().create_task(self._stopped.wait())
        try:
            while self._under_way and not self._stopped.is_set():
                await asyncio.wait({*self._under_way, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if self._under_way:
                await asyncio.wait(set(self._under_way), timeout=PATIENCE_S)
        finally:
            stopped.cancel()
