from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from tests.ports import free_port
from tests.unit.listeners import Answering
from tests.unit.listeners import listening as answering
from tests.unit.surface.page.showing import Shown
from tests.unit.surface.seen import connection_state
from tests.unit.surface.top.watching import TOKEN, listening

from farshore.surface.page.table import Asked
from farshore.surface.top.link import Link, LostError
from farshore.surface.top.picture import begun

pytestmark = pytest.mark.anyio


def saying(status: int, body: bytes) -> type[Answering]:
    class Saying(Answering):
        def answer(self) -> tuple[int, bytes]:
            return status, body

    return Saying


@asynccontextmanager
async def linked(url: str, headers: Mapping[str, str] = {}) -> AsyncIterator[Link]:
    link = Link(url, headers)
    try:
        yield link
    finally:
        await link.close()


async def lost(link: Link) -> str:
    with pytest.raises(LostError) as caught:
        await anext(link.news())
    return str(caught.value)


async def test_it_hears_a_gateway_and_leaves_when_that_ends() -> None:
    shown = Shown()
    async with listening(shown) as gateway:
        link = gateway.link()
        news = link.news()
        picture = begun(await anext(news))
        later = await anext(news)
        await news.aclose()
        await link.close()
    assert [card.name for card in picture.routes] == ["8082"]
    assert (later.parts, later.order) == ({}, ())


async def test_it_asks_for_connections_as_they_are_asked_for_and_makes_their_words_visible() -> None:
    shown = Shown()
    clients = {1: "10.0.0.1:1", 2: "10.0.0.2:1", 3: "\x1b[2J:1"}
    shown.gateway.connection_states = [
        msgspec.structs.replace(connection_state(at), client=client) for at, client in clients.items()
    ]
    async with listening(shown) as gateway:
        link = gateway.link()
        newest = await link.connections(Asked(sort="newest"))
        one = await link.connections(Asked(route="8082", contains="0.2:"))
        none = await link.connections(Asked(route="other"))
        await link.close()
    assert [each.connection for each in newest.connections] == [3, 2, 1]
    assert newest.connections[0].client == r"\x1b[2J:1"
    assert ([each.connection for each in one.connections], one.total, none.total) == ([2], 1, 0)


async def test_it_ends_a_connection_with_the_token_and_says_why_not_without() -> None:
    shown = Shown()
    shown.gateway.connection_states = [connection_state(7)]
    async with listening(shown) as gateway:
        keyless = gateway.link("another-token-altogether")
        link = gateway.link()
        with pytest.raises(LostError, match="it wants the token"):
            await keyless.end(7)
        await link.end(7)
        with pytest.raises(LostError, match="no connection 7 is joined with its target"):
            await link.end(7)
        await keyless.close()
        await link.close()
    assert gateway.ended == [7, 7]


async def test_nobody_there_is_said_as_the_system_says_it() -> None:
    async with linked(f"http://127.0.0.1:{free_port()}") as link:
        assert "refused" in (await lost(link)).lower() or "failed" in (await lost(link)).lower()


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (404, b'{"error": "Not Found"}', "no gateway's admin listener, or an older gateway's"),
        (503, b'{"error": "too many programs watch already"}', "too many programs watch already"),
        (500, b"\x1b[2J<html>", "it answered 500"),
        (403, b'{"error": "\\u001b[2J"}', r"\x1b[2J"),
        (200, b"data: {}\n\n", "another version's"),
        (200, b"data: \xff\n\n", "another version's"),
    ],
)
async def test_who_is_no_gateway_is_said_to_be_none(status: int, body: bytes, says: str) -> None:
    with answering(saying(status, body)) as url:
        async with linked(url) as link:
            assert says in await lost(link)


async def test_events_are_not_cut_at_separators_within_words() -> None:
    body = 'retry: 5\n\ndata: {"at": 1, "parts": {"x": "a\u2028\x85b"}}\n\n'.encode()
    with answering(saying(200, body)) as url:
        async with linked(url) as link:
            heard: list[Any] = [each async for each in link.news()]
    assert [each.parts for each in heard] == [{"x": r"a\u2028\x85b"}]


async def test_the_token_is_sent_and_stands_in_no_error() -> None:
    async with linked(f"http://127.0.0.1:{free_port()}", {"authorization": f"Bearer {TOKEN}"}) as link:
        assert TOKEN not in await lost(link)
