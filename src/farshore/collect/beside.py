"""Parties that are asked while the way is walked: all at once, each with its bound, and none of them ends the checkup.

What one of them does not answer is noted with its reason, in the archive as well as for who reads the list of checks.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TypeVar

from farshore.collect.deadline import OUT_OF_TIME, Deadline
from farshore.collect.documents import Notebook

DEADLINE_S = 20.0
LISTEN_S = 15.0
# A listener that has heard nothing yet when the walk is over waits so long for its first word.
FIRST_WORD_S = 1.0
MAX_HEARD = 2000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One party. `ask` notes what it hears, and hands back why there is nothing, None where there is.

    It is given an event that is set when the walk is over, for whoever listens as long as that.
    """

    what: str
    ask: Callable[[Notebook, asyncio.Event], Awaitable[str | None]]
    deadline_s: float = DEADLINE_S


async def ask_all(
    sources: Sequence[Source], notebook: Notebook, over: asyncio.Event, deadline: Deadline | None = None
) -> None:
    """Ask all of them, and write what they say into the notebook in their order, whoever answers first."""
    until = deadline or Deadline(clock=notebook.clock)
    pages = [notebook.page() for _ in sources]
    async with asyncio.TaskGroup() as tasks:
        for source, page in zip(sources, pages, strict=True):
            tasks.create_task(_ask(source, page, over, until))
    for page in pages:
        notebook.add(page)


async def listen(messages: AsyncGenerator[T, None], over: asyncio.Event, heard: list[T]) -> None:
    """Hear what comes until the walk is over, a first word in any case, for at most 15 s; it is added to `heard`."""
    first = asyncio.Event()

    async def hear() -> None:
        async with aclosing(messages):
            async for message in messages:
                heard.append(message)
                first.set()
                if len(heard) >= MAX_HEARD:
                    return

    async def until_over() -> None:
        await over.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_WORD_S):
                await first.wait()

    loop = asyncio.get_running_loop()
    hearing, ending = loop.create_task(hear()), loop.create_task(until_over())
    try:
        await asyncio.wait({hearing, ending}, timeout=LISTEN_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended_by_itself = hearing.done()
        hearing.cancel()
        ending.cancel()
        await asyncio.wait({hearing, ending})
    if ended_by_itself:
        hearing.result()


async def _ask(source: Source, page: Notebook, over: asyncio.Event, deadline: Deadline) -> None:
    left_s = deadline.left_s()
    try:
        async with asyncio.timeout(min(source.deadline_s, left_s)):
            reason = await source.ask(page, over)
    except TimeoutError:
        reason = OUT_OF_TIME if left_s < source.deadline_s else f"no answer within {source.deadline_s:g} s"
    if reason is not None:
        page.miss(source.what, reason)
