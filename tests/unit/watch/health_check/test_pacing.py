"""Probes start at their times, whatever becomes of those before."""

import asyncio
from collections.abc import Sequence

import pytest

from farshore.core.clock import SystemClock
from farshore.core.health_check import NOT_STARTED, ProbeDone
from farshore.watch.health_check.pacing import Pace, Pacer
from farshore.watch.probes.result import ProbeResult

pytestmark = pytest.mark.anyio

GOOD = ProbeResult(kind="tcp", path="a", layers=(), ok=True, code=None, detail="", server="")


class Stepped:
    """A clock that stands still unless it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return 1_700_000_000.0 + self.now_s


def pace(planned: int, *, concurrency: int = 2, every_s: float = 0.001, first: int = 0) -> Pace:
    return Pace(every_s=every_s, first=first, planned=planned, concurrency=concurrency)


async def test_a_target_that_is_silent_delays_no_probe_and_what_is_too_many_fails() -> None:
    answer = asyncio.Event()
    told: list[ProbeDone] = []

    async def silent() -> Sequence[ProbeResult]:
        await answer.wait()
        return (GOOD,)

    def note(done: ProbeDone) -> None:
        told.append(done)
        if done.number == 5:
            answer.set()

    await Pacer(pace(6), silent, note, SystemClock()).run()

    assert [(done.number, done.code) for done in told[:4]] == [(number, NOT_STARTED) for number in (2, 3, 4, 5)]
    assert sorted((done.number, done.code) for done in told[4:]) == [(0, None), (1, None)]


async def test_what_this_host_starts_late_counts_from_its_due_time() -> None:
    clock = Stepped()
    told: list[ProbeDone] = []

    async def at_once() -> Sequence[ProbeResult]:
        clock.now_s += 10.0  # the whole process stood still, with the next two due meanwhile
        return (GOOD,)

    await Pacer(pace(3, every_s=1.0, concurrency=1), at_once, told.append, clock).run()

    begun_us = 1_700_001_000_000_000
    assert [(done.due_us, done.late_us, done.took_us) for done in told] == [
        (begun_us, 0, 10_000_000),
        (begun_us + 1_000_000, 9_000_000, 10_000_000),
        (begun_us + 2_000_000, 18_000_000, 10_000_000),
    ]


async def test_a_check_that_goes_on_keeps_its_numbers() -> None:
    told: list[ProbeDone] = []

    async def good() -> Sequence[ProbeResult]:
        return (GOOD, GOOD)

    await Pacer(pace(5, first=3), good, told.append, SystemClock()).run()

    assert [done.number for done in told] == [3, 3, 4, 4]


async def test_stopped_it_starts_no_more_and_counts_nothing_that_has_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("farshore.watch.health_check.pacing.PATIENCE_S", 0.01)
    told: list[ProbeDone] = []
    started = 0

    async def never() -> Sequence[ProbeResult]:
        nonlocal started
        started += 1
        pacer.stop()
        await asyncio.Event().wait()
        return (GOOD,)

    pacer = Pacer(pace(1000), never, told.append, SystemClock())
    await pacer.run()

    assert (started, told, pacer.under_way) == (1, [], 0)
