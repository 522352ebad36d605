import asyncio
from typing import Any

import msgspec
import pytest
from tests.unit.surface.page.showing import Shown, end, path
from tests.unit.surface.seen import route_state

from farshore.core.events import Health
from farshore.core.outcome import Code
from farshore.surface.page.stream import MOST_WATCHERS, Broadcast, values_of

pytestmark = pytest.mark.anyio


def broadcast(shown: Shown) -> Broadcast:
    return Broadcast(lambda: shown.page, shown.clock)


def news(event: bytes) -> dict[str, Any]:
    assert event.startswith(b"data: ")
    assert event.endswith(b"\n\n")
    told: dict[str, Any] = msgspec.json.decode(event.removeprefix(b"data: "))
    return told


async def test_a_browser_is_first_sent_everything_and_then_what_changed() -> None:
    shown = Shown()
    one = broadcast(shown)
    stream = one.watch()
    assert (await anext(stream)).startswith(b"retry: ")
    first = news(await anext(stream))
    shown.clock.now_s += 1
    shown.pulse.announce(end(Code.NO_ANSWER, detail="nobody answered"))
    second = news(await anext(stream))
    shown.clock.now_s += 1
    third = news(await anext(stream))
    one.close()
    assert {"headline", "numbers", "incidents", "events", "outcomes"} < first["html"].keys()
    assert first["order"] == [shown.card.key]
    assert "events" in second["html"]
    assert "incidents" not in second["html"]
    assert "order" not in second
    assert "html" not in third
    assert third["at"] == shown.clock.now_s


async def test_who_was_slow_gets_the_newest_and_nothing_twice() -> None:
    shown = Shown()
    one = broadcast(shown)
    quick, slow = one.watch(), one.watch()
    for stream in (quick, slow):
        await anext(stream)
        await anext(stream)
    for count in range(3):
        shown.clock.now_s += 1
        shown.pulse.announce(end(Code.NO_ANSWER, detail=f"failure {count}"))
        await anext(quick)
    late = news(await anext(slow))
    one.close()
    assert all(f"failure {count}" in late["html"]["events"] for count in range(3))


async def test_all_watchers_share_one_look_a_second() -> None:
    shown, looks = Shown(), []

    def look() -> Any:
        looks.append(shown.clock.now_s)
        return shown.page

    one = Broadcast(look, shown.clock)
    for _ in range(5):
        stream = one.watch()
        await anext(stream)
        await anext(stream)
    assert len(looks) == 1
    shown.clock.now_s += 1
    await one.refresh()
    assert len(looks) == 2
    one.close()


async def test_routes_change_places_and_leave() -> None:
    shown = Shown()
    shown.gateway.route_states = [route_state("a"), route_state("b")]
    one = broadcast(shown)
    stream = one.watch()
    await anext(stream)
    before = news(await anext(stream))["order"]
    shown.gateway.route_states = [route_state("a"), route_state("b", paths=(path("r1", Health.DOWN),))]
    shown.clock.now_s += 1
    after = news(await anext(stream))["order"]
    shown.gateway.route_states = [route_state("a")]
    shown.clock.now_s += 1
    last = news(await anext(stream))["order"]
    one.close()
    assert after == before[::-1]
    assert last == [before[0]]


async def test_closing_ends_every_stream_at_once() -> None:
    one = broadcast(Shown())
    streams = [one.watch() for _ in range(3)]
    for stream in streams:
        await anext(stream)
        await anext(stream)
    one.close()
    async with asyncio.timeout(30):
        rest = [[event async for event in stream] for stream in streams]
    assert rest == [[], [], []]
    assert one.watchers == 0


async def test_a_stream_ends_before_its_connection_is_too_old() -> None:
    shown = Shown()
    one = broadcast(shown)
    stream = one.watch()
    await anext(stream)
    await anext(stream)
    shown.clock.now_s += 101
    assert [event async for event in stream] == []


async def test_there_is_a_bound_on_watchers() -> None:
    one = broadcast(Shown())
    streams = [one.watch() for _ in range(MOST_WATCHERS)]
    for stream in streams:
        await anext(stream)
    assert one.is_full
    for stream in streams:
        await stream.aclose()
    assert not one.is_full


async def test_looking_that_takes_long_is_done_less_often() -> None:
    shown, looks = Shown(), []

    def look() -> Any:
        looks.append(1)
        shown.clock.now_s += 0.3
        return shown.page

    one = Broadcast(look, shown.clock)
    for _ in range(20):
        await one.refresh()
        shown.clock.now_s += 1
    assert len(looks) == 2


async def test_programs_are_sent_values_and_then_those_that_changed() -> None:
    shown = Shown()
    shown.gateway.route_states = [route_state("a"), route_state("b")]
    one = Broadcast(lambda: shown.page, shown.clock, values_of)
    stream = one.watch()
    await anext(stream)
    first = news(await anext(stream))
    shown.gateway.route_states = [route_state("a"), route_state("b", active=3)]
    shown.clock.now_s += 1
    second = news(await anext(stream))
    one.close()
    a, b = first["order"]
    assert first["parts"].keys() == {"about", "headline", "numbers", "incidents", "events", a, b}
    assert first["parts"][a]["name"] == "a"
    assert {"numbers", b} < second["parts"].keys()
    assert a not in second["parts"]
    assert second["parts"][b]["active"] == 3
