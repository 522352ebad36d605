import asyncio

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.wires import until

from farshore.gateway.sweep import Sweep

pytestmark = pytest.mark.anyio


class Looked:
    """Notes when it was looked at, and may do something then."""

    def __init__(self) -> None:
        self.at_s: list[float] = []

    def check_deadline(self, now_s: float) -> None:
        self.at_s.append(now_s)


def sweep() -> tuple[Sweep, HeldClock]:
    clock = HeldClock()
    return Sweep(clock, asyncio.get_running_loop()), clock


async def test_everything_on_it_is_looked_at_again_and_again_with_the_clocks_time() -> None:
    swept, clock = sweep()
    first, second = Looked(), Looked()
    swept.add(first)
    swept.add(second)

    await until(lambda: len(first.at_s) >= 2)
    clock.advance(60)
    seen = len(first.at_s)
    await until(lambda: len(first.at_s) > seen)
    swept.close()

    assert first.at_s == second.at_s
    assert first.at_s[0] == 1000.0
    assert first.at_s[-1] == 1060.0


async def test_what_is_discarded_is_looked_at_no_more() -> None:
    swept, _ = sweep()
    stays, goes = Looked(), Looked()
    swept.add(stays)
    swept.add(goes)
    swept.discard(goes)
    swept.discard(goes)

    await until(lambda: len(stays.at_s) >= 2)
    swept.close()

    assert not goes.at_s


async def test_what_is_added_after_the_end_is_not_looked_at() -> None:
    swept, _ = sweep()
    late, witness = Looked(), Looked()
    swept.close()
    swept.add(late)
    other, _ = sweep()
    other.add(witness)

    await until(lambda: len(witness.at_s) >= 2)
    other.close()

    assert not late.at_s


async def test_it_sleeps_when_there_is_nothing_and_wakes_again() -> None:
    swept, _ = sweep()
    once = Looked()
    once.check_deadline = lambda now_s: (once.at_s.append(now_s), swept.discard(once))  # type: ignore[method-assign,assignment,func-returns-value]
    swept.add(once)
    await until(lambda: len(once.at_s) == 1)

    again = Looked()
    swept.add(again)
    await until(lambda: len(again.at_s) >= 1)
    swept.close()

    assert len(once.at_s) == 1


async def test_adding_twice_is_looking_once() -> None:
    swept, _ = sweep()
    twice, other = Looked(), Looked()
    swept.add(twice)
    swept.add(twice)
    swept.add(other)

    await until(lambda: len(other.at_s) >= 2)
    swept.close()

    assert twice.at_s == other.at_s


async def test_after_the_end_nothing_is_looked_at() -> None:
    swept, _ = sweep()
    looked, other = Looked(), Looked()
    swept.add(looked)
    swept.close()
    swept.close()

    another, _ = sweep()
    another.add(other)
    await until(lambda: len(other.at_s) >= 3)
    another.close()

    assert not looked.at_s
