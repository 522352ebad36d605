import asyncio
from collections.abc import AsyncGenerator

import pytest

from farshore.collect import beside
from farshore.collect.beside import Source, ask_all, listen
from farshore.collect.documents import Notebook
from farshore.core.clock import SystemClock
from farshore.diagnosis.collected import NotCollected

pytestmark = pytest.mark.anyio


@pytest.fixture
def over() -> asyncio.Event:
    """The walk is over already."""
    event = asyncio.Event()
    event.set()
    return event


async def words(*said: str) -> AsyncGenerator[str, None]:
    """Somebody who says something, and then nothing for ever."""
    for word in said:
        yield word
    await asyncio.Event().wait()


async def test_all_are_asked_at_once_and_written_in_their_order(over: asyncio.Event) -> None:
    asked, notebook = asyncio.Event(), Notebook(clock=SystemClock(), observer="gw")

    async def slow(page: Notebook, _: asyncio.Event) -> str | None:
        await asked.wait()
        page.keep("slow.txt", b"s", "")
        return None

    async def quick(page: Notebook, _: asyncio.Event) -> str | None:
        page.keep("quick.txt", b"q", "")
        asked.set()
        return None

    await ask_all([Source(what="slow", ask=slow), Source(what="quick", ask=quick)], notebook, over)
    assert [(each.name, each.observer) for each in notebook.kept] == [("slow.txt", "gw"), ("quick.txt", "gw")]
    assert notebook.missing == []


async def test_who_does_not_answer_is_named_and_holds_up_nobody(over: asyncio.Event) -> None:
    notebook = Notebook(clock=SystemClock())

    async def silent(page: Notebook, _: asyncio.Event) -> str | None:
        page.keep("half.txt", b"h", "")
        await asyncio.Event().wait()
        return None

    async def declines(_: Notebook, __: asyncio.Event) -> str | None:
        return "it said no"

    sources = [Source(what="silent", ask=silent, deadline_s=0.05), Source(what="no", ask=declines)]
    await ask_all(sources, notebook, over)
    assert notebook.missing == [
        NotCollected(what="silent", reason="no answer within 0.05 s"),
        NotCollected(what="no", reason="it said no"),
    ]
    assert [each.name for each in notebook.kept] == ["half.txt"]


async def test_a_listener_hears_until_the_walk_is_over() -> None:
    heard, over = list[str](), asyncio.Event()

    async def speaks() -> AsyncGenerator[str, None]:
        yield "one"
        yield "two"
        over.set()
        await asyncio.Event().wait()

    await listen(speaks(), over, heard)
    assert heard == ["one", "two"]


async def test_the_first_word_is_waited_for_and_none_is_no_mistake(
    over: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def thinks() -> AsyncGenerator[str, None]:
        await asyncio.sleep(0.02)
        yield "one"
        await asyncio.Event().wait()

    heard: list[str] = []
    await listen(thinks(), over, heard)
    assert heard == ["one"]
    monkeypatch.setattr(beside, "FIRST_WORD_S", 0.05)
    await listen(words(), over, heard)
    assert heard == ["one"]


async def test_a_listener_ends_by_itself_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "LISTEN_S", 0.05)
    monkeypatch.setattr(beside, "MAX_HEARD", 2)
    heard, never = list[str](), asyncio.Event()
    await listen(words("one", "two", "three"), never, heard)
    assert heard == ["one", "two"]
    await listen(words(), never, heard)

    async def breaks() -> AsyncGenerator[str, None]:
        yield "four"
        msg = "broken off"
        raise OSError(msg)

    last: list[str] = []
    with pytest.raises(OSError, match="broken off"):
        await listen(breaks(), never, last)
    assert last == ["four"]
