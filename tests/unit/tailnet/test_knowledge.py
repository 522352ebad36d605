import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from farshore.tailnet.knowledge import Knowledge
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure
from farshore.tailnet.status import Status, parse_status

pytestmark = pytest.mark.anyio


class HandClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return self.now_s


class Asked(LocalApi):
    """Counts the requests that were sent and answers each when told to; its n-th answer has version n."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent"))
        self.sent = 0
        self.replies: asyncio.Queue[LocalApiError | Exception | None] = asyncio.Queue()

    async def status(self, *, timeout_s: float = 2.0) -> Status:  # noqa: ARG002 - the signature is LocalApi's
        self.sent += 1
        version = str(self.sent)
        failure = await self.replies.get()
        if failure is not None:
            raise failure
        return parse_status({"Version": version})


@asynccontextmanager
async def knowledge() -> AsyncGenerator[tuple[Knowledge, Asked, HandClock], None]:
    api, clock = Asked(), HandClock()
    known = Knowledge(api, clock)
    try:
        yield known, api, clock
    finally:
        await known.aclose()
        await api.aclose()


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_asks_together_shares_one_request() -> None:
    async with knowledge() as (known, api, _):
        asking = [asyncio.ensure_future(known.fresh()) for _ in range(100)]
        await settle()
        assert api.sent == 1
        api.replies.put_nowait(None)

        answers = await asyncio.gather(*asking)

        assert {answer.version for answer in answers} == {"1"}
        assert known.last is answers[0]


async def test_who_comes_while_a_request_is_under_way_gets_the_next_answer() -> None:
    async with knowledge() as (known, api, _):
        first = asyncio.ensure_future(known.fresh())
        await settle()
        late = [asyncio.ensure_future(known.fresh()) for _ in range(10)]
        await settle()
        assert api.sent == 1

        api.replies.put_nowait(None)
        assert (await first).version == "1"
        await settle()
        assert not any(task.done() for task in late)
        assert api.sent == 2

        api.replies.put_nowait(None)
        assert {answer.version for answer in await asyncio.gather(*late)} == {"2"}


async def test_who_comes_in_the_moment_of_an_answer_gets_the_next_one() -> None:
    async with knowledge() as (known, api, _):
        first = asyncio.ensure_future(known.fresh())
        await settle()
        api.replies.put_nowait(None)
        seen: list[str] = []
        while not first.done():
            sent_before = api.sent
            asking = asyncio.ensure_future(known.fresh())
            api.replies.put_nowait(None)
            asking.add_done_callback(lambda task, before=sent_before: seen.append(f"{before} {task.result().version}"))  # type: ignore[misc]
            await asyncio.sleep(0)
        for _ in range(20):
            api.replies.put_nowait(None)
            await settle()

        assert seen
        assert all(int(line.split()[0]) < int(line.split()[1]) for line in seen)


async def test_every_answer_was_asked_for_after_the_question() -> None:
    async with knowledge() as (known, api, _):

        async def ask() -> tuple[int, int]:
            before = api.sent
            return before, int((await known.fresh()).version)

        asking: list[asyncio.Future[tuple[int, int]]] = []
        for turn in range(300):
            asking.append(asyncio.ensure_future(ask()))
            if turn % 3 == 0:
                api.replies.put_nowait(None)
            await asyncio.sleep(0)
        for _ in range(10):
            api.replies.put_nowait(None)
            await settle()

        pairs = await asyncio.gather(*asking)

        assert all(before < answered for before, answered in pairs)
        assert api.sent < len(pairs)


async def test_recent_takes_what_is_young_enough() -> None:
    async with knowledge() as (known, api, clock):
        api.replies.put_nowait(None)
        assert (await known.recent(5.0)).version == "1"
        clock.now_s += 5.0
        assert (await known.recent(5.0)).version == "1"
        clock.now_s += 0.1
        api.replies.put_nowait(None)

        assert (await known.recent(5.0)).version == "2"
        assert api.sent == 2


async def test_age_counts_from_the_question_not_from_the_answer() -> None:
    async with knowledge() as (known, api, clock):
        asking = asyncio.ensure_future(known.fresh())
        await settle()
        clock.now_s += 10.0
        api.replies.put_nowait(None)
        await asking
        api.replies.put_nowait(None)

        assert (await known.recent(5.0)).version == "2"


async def test_a_failure_reaches_everybody_and_forgets_what_was_known() -> None:
    async with knowledge() as (known, api, _):
        api.replies.put_nowait(None)
        await known.fresh()
        api.replies.put_nowait(LocalApiError(LocalApiFailure.TIMEOUT, "no answer within 2 s"))

        answers = await asyncio.gather(known.fresh(), known.fresh(), return_exceptions=True)

        for error in answers:
            assert isinstance(error, LocalApiError)
            assert (error.reason, error.detail) == (LocalApiFailure.TIMEOUT, "no answer within 2 s")
        assert known.last is None
        api.replies.put_nowait(None)
        assert (await known.recent(60.0)).version == "3"


async def test_who_gives_up_takes_the_answer_from_nobody() -> None:
    async with knowledge() as (known, api, _):
        patient, impatient = asyncio.ensure_future(known.fresh()), asyncio.ensure_future(known.fresh())
        await settle()
        impatient.cancel()
        await settle()
        api.replies.put_nowait(None)

        assert (await patient).version == "1"
        assert impatient.cancelled()


async def test_closing_ends_every_wait_with_an_error() -> None:
    async with knowledge() as (known, _, __):
        under_way = asyncio.ensure_future(known.fresh())
        await settle()
        waiting = asyncio.ensure_future(known.fresh())
        await settle()

        await known.aclose()

        for asking in (under_way, waiting):
            with pytest.raises(LocalApiError):
                await asking


async def test_closing_right_after_a_question_ends_it_too() -> None:
    async with knowledge() as (known, _, __):
        asking = asyncio.ensure_future(known.fresh())
        await asyncio.sleep(0)
        await known.aclose()

        with pytest.raises(LocalApiError):
            await asking


async def test_closing_never_hands_out_an_older_answer() -> None:
    async with knowledge() as (known, api, _):
        api.replies.put_nowait(None)
        first = asyncio.ensure_future(known.fresh())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        second = asyncio.ensure_future(known.fresh())
        assert (await first).version == "1"
        await settle()
        assert api.sent == 2

        await known.aclose()

        with pytest.raises(LocalApiError):
            await second


async def test_a_bug_in_asking_leaves_nobody_waiting() -> None:
    async with knowledge() as (known, api, _):
        problems: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context["exception"]))
        asking = asyncio.ensure_future(known.fresh())
        await settle()
        api.replies.put_nowait(ZeroDivisionError("bug"))

        with pytest.raises(LocalApiError):
            await asking
        api.replies.put_nowait(None)
        assert (await known.fresh()).version == "2"
