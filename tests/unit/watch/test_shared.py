"""One answer for all who ask at the same time."""

import asyncio

import pytest
from tests.unit.gateway.clocks import HeldClock

from farshore.watch.shared import Shared

pytestmark = pytest.mark.anyio


class Oracle:
    """Answers with the number of the question, when it is let."""

    def __init__(self) -> None:
        self.questions = 0
        self.let = asyncio.Event()

    async def __call__(self) -> int:
        self.questions += 1
        number = self.questions
        await self.let.wait()
        return number


async def test_who_asks_while_it_is_asked_shares_the_answer() -> None:
    oracle = Oracle()
    shared = Shared(oracle, HeldClock())
    asking = [asyncio.get_running_loop().create_task(shared.get(0.0)) for _ in range(3)]
    await asyncio.sleep(0)
    oracle.let.set()
    assert await asyncio.gather(*asking) == [1, 1, 1]


async def test_an_answer_is_given_again_until_it_is_too_old() -> None:
    oracle, clock = Oracle(), HeldClock()
    oracle.let.set()
    shared = Shared(oracle, clock)
    assert await shared.get(1.0) == 1
    clock.advance(1.0)
    assert await shared.get(1.0) == 1
    clock.advance(0.1)
    assert await shared.get(1.0) == 2


async def test_an_old_answer_is_not_given_while_a_new_one_is_asked_for() -> None:
    oracle, clock = Oracle(), HeldClock()
    oracle.let.set()
    shared = Shared(oracle, clock)
    assert await shared.get(1.0) == 1
    clock.advance(2.0)
    oracle.let.clear()
    asking = [asyncio.get_running_loop().create_task(shared.get(1.0)) for _ in range(2)]
    await asyncio.sleep(0)
    asking.append(asyncio.get_running_loop().create_task(shared.get(1.0)))
    await asyncio.sleep(0)
    oracle.let.set()
    assert await asyncio.gather(*asking) == [2, 2, 2]


async def test_who_leaves_takes_no_answer_from_the_others() -> None:
    oracle = Oracle()
    shared = Shared(oracle, HeldClock())
    first = asyncio.get_running_loop().create_task(shared.get(0.0))
    second = asyncio.get_running_loop().create_task(shared.get(0.0))
    await asyncio.sleep(0)
    first.cancel()
    oracle.let.set()
    assert await second == 1


async def test_a_failed_question_is_not_remembered() -> None:
    async def fail() -> int:
        msg = "no"
        raise OSError(msg)

    shared = Shared(fail, HeldClock())
    for _ in range(2):
        with pytest.raises(OSError, match="no"):
            await shared.get(9.0)


async def test_the_end_ends_the_question() -> None:
    shared = Shared(Oracle(), HeldClock())
    asking = asyncio.get_running_loop().create_task(shared.get(0.0))
    await asyncio.sleep(0)
    await shared.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
