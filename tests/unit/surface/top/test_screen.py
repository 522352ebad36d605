from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from tests.unit.surface.page.showing import Shown, end, path, record
from tests.unit.surface.seen import connection_state, route_state
from tests.unit.surface.top.watching import TOKEN, listening, screen_of, told, until, until_shown, watching
from textual.widgets import Input

from farshore.core.events import Health, HealthChanged
from farshore.core.outcome import Code
from farshore.surface.top.screen import Top

pytestmark = pytest.mark.anyio


def outage() -> Shown:
    shown = Shown(records=(record(),))
    shown.paths(path("r1", Health.DOWN, "no pong for 6 s"), path("r2", Health.UP), active=3)
    shown.pulse.announce(end(Code.NO_ANSWER, detail="nobody answered"))
    shown.gateway.connection_states = [
        msgspec.structs.replace(connection_state(number, client_bytes=10 * number), client=f"10.0.0.{number}:5000")
        for number in (1, 2, 3)
    ]
    return shown


async def test_it_answers_in_80_by_24_what_works_which_hop_why_and_what_to_do() -> None:
    async with listening(outage()) as gateway, watching(gateway.link()) as pilot:
        screen = await until_shown(pilot, "OUTAGE", "✗ r1", "q Quit")
    lines = screen.splitlines()
    assert len(lines) == 24
    assert lines[1].startswith("✗ OUTAGE for 1 min")
    for answer in (
        "which hop  router r1",
        "why        M01 Router has died (proven)",
        "what to do tailscale ping r1",
        "being done clients go over r2",
    ):
        assert answer in lines
    assert "✓ clients → ✓ gateway → ? tailnet → ? tailscaled → ✗ r1 0 s | ✓ r2 → ? target" in screen
    assert "8082   ✗ broken  3     0     0.0 %" in screen
    assert "1-4 View" in lines[-1]
    assert "q Quit" in lines[-1]


async def test_each_view_has_its_key_and_says_how_much_there_is() -> None:
    async with listening(outage()) as gateway, watching(gateway.link()) as pilot:
        await until_shown(pilot, "[1 Routes 1]  2 Incidents 1 open   3 Connections 3   4 Events")
        await pilot.press("2")
        await until_shown(pilot, "[2 Incidents 1 open]", "2023-11-14-1  ✗ open  2023-11-14 22:12:20", "The argument")
        await pilot.press("3")
        await until_shown(pilot, "[3 Connections 3]", "10.0.0.2:5000", "3 of 3: oldest first")
        await pilot.press("4")
        await until_shown(pilot, "[4 Events]", "✗ 22:13:20 8082: 127.0.0.1:50123 failed with tailnet.dial.no-answer")
        await pilot.press("1")
        await until_shown(pilot, "[1 Routes 1]", "8082   ✗ broken")


async def test_the_footer_offers_what_means_something_in_the_view() -> None:
    offered = {}
    async with listening(outage()) as gateway, watching(gateway.link()) as pilot:
        for key in "1234":
            await pilot.press(key)
            await until_shown(pilot, f"[{key} ")
            await pilot.pause()
            offered[key] = screen_of(pilot).splitlines()[-1]
    assert ["End" in offered[key] for key in "1234"] == [False, False, True, False]
    assert ["Filter" in offered[key] for key in "1234"] == [False, False, True, False]
    assert ["Detail" in offered[key] for key in "1234"] == [True, True, False, False]


async def test_what_happens_is_shown_as_it_happens() -> None:
    shown = outage()
    async with listening(shown) as gateway, watching(gateway.link(), (160, 24)) as pilot:
        await pilot.press("4")
        await until_shown(pilot, "nobody answered")
        shown.pulse.announce(
            HealthChanged(route="8082", path="r1", health=Health.UP, was=Health.DOWN, reason="pong in 3 ms")
        )
        shown.records = ()
        shown.paths(path("r1", Health.UP), path("r2", Health.UP))
        await until_shown(pilot, "✓ 22:13:20 8082: path r1 is up, was down: pong in 3 ms")


async def test_the_arrows_choose_the_route_whose_way_is_shown() -> None:
    shown = Shown()
    shown.gateway.route_states = [route_state("a"), route_state("b")]
    async with listening(shown) as gateway, watching(gateway.link()) as pilot:
        await until(pilot, lambda: "a  127.0.0.1:8082" in told(pilot, "told"))
        await pilot.press("down")
        await until(pilot, lambda: "b  127.0.0.1:8082" in told(pilot, "told"))
        await pilot.press("up")
        await until(pilot, lambda: "a  127.0.0.1:8082" in told(pilot, "told"))


async def test_the_cursor_stays_on_its_route_when_another_one_breaks() -> None:
    shown = Shown()
    shown.gateway.route_states = [route_state("a"), route_state("b")]
    async with listening(shown) as gateway, watching(gateway.link()) as pilot:
        await until(pilot, lambda: "a  127.0.0.1:8082" in told(pilot, "told"))
        shown.gateway.route_states = [route_state("a"), route_state("b", paths=(path("r1", Health.DOWN),))]
        await until_shown(pilot, "b      ✗ broken")
        assert screen_of(pilot).index("b      ✗ broken") < screen_of(pilot).index("a      ? not known")
        assert "a  127.0.0.1:8082" in told(pilot, "told")


async def test_enter_on_a_route_shows_its_connections_and_escape_leads_back() -> None:
    shown = outage()
    states = shown.gateway.connection_states
    shown.gateway.connection_states = [
        *states,
        msgspec.structs.replace(connection_state(9), route="other", client="10.9.9.9:1"),
    ]
    async with listening(shown) as gateway, watching(gateway.link()) as pilot:
        await until_shown(pilot, "8082   ✗ broken")
        await pilot.press("enter")
        screen = await until_shown(pilot, "3 of 3: oldest first, of 8082", "10.0.0.1:5000")
        assert "10.9.9.9" not in screen
        await pilot.press("escape")
        await until_shown(pilot, "4 of 4: oldest first", "10.9.9.9")
        await pilot.press("escape")
        await until_shown(pilot, "[1 Routes 1]")


async def test_letters_filter_and_an_order_sorts_at_the_gateway() -> None:
    async with listening(outage()) as gateway, watching(gateway.link()) as pilot:
        await pilot.press("3")
        await until_shown(pilot, "3 of 3: oldest first")
        await pilot.press("s")
        await until_shown(pilot, "3 of 3: newest first")
        await pilot.press("s")
        screen = await until_shown(pilot, "3 of 3: most bytes first")
        assert [screen.index(f"10.0.0.{number}:5000") for number in (3, 2, 1)] == sorted(
            screen.index(f"10.0.0.{number}:5000") for number in (3, 2, 1)
        )
        await pilot.press("slash", *"0.2:")
        screen = await until_shown(pilot, "1 of 1: most bytes first, with “0.2:”", "10.0.0.2:5000")
        assert "10.0.0.1:5000" not in screen
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.query_one(Input).has_class("away"))
        await pilot.press("escape")
        await until_shown(pilot, "3 of 3: most bytes first")


async def test_one_connection_is_ended_only_after_yes() -> None:
    async with listening(outage()) as gateway, watching(gateway.link()) as pilot:
        await pilot.press("3")
        await until_shown(pilot, "3 of 3")
        await pilot.press("down", "e")
        await until_shown(pilot, "End connection 2 of 10.0.0.2:5000 on 8082 to", "n No")
        await pilot.press("n")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        assert gateway.ended == []
        await pilot.press("e")
        await until_shown(pilot, "End connection 2")
        await pilot.press("y")
        await until_shown(pilot, "Connection 2 is ended.", "2 of 2: oldest first")
        assert gateway.ended == [2]


async def test_what_cannot_be_ended_is_said_with_the_reason() -> None:
    shown = outage()
    async with listening(shown) as gateway, watching(gateway.link()) as pilot:
        await pilot.press("3")
        await until_shown(pilot, "3 of 3")
        await pilot.press("e")
        await until_shown(pilot, "End connection 1")
        shown.gateway.connection_states = []
        await pilot.press("y")
        await until_shown(pilot, "Connection 1 is not ended", "is joined with its")


async def test_nothing_is_asked_where_nothing_can_be_ended() -> None:
    shown = outage()
    shown.gateway.connection_states = []
    async with listening(shown) as gateway, watching(gateway.link()) as pilot:
        await pilot.press("3")
        await until_shown(pilot, "0 of 0")
        await pilot.press("e")
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 1


async def test_a_gateway_that_is_gone_is_said_with_its_last_picture_kept_and_heard_again() -> None:
    shown = outage()
    async with AsyncExitStack() as programs:
        async with listening(shown) as gateway:
            pilot = await programs.enter_async_context(watching(gateway.link(), (160, 30)))
            await until_shown(pilot, "OUTAGE")
        screen = await until_shown(pilot, "✗ NOT HEARD for", "trying again", "below: how it was at 22:13:20 UTC")
        assert "OUTAGE" in screen
        async with listening(shown, gateway.port):
            await pilot.press("r")
            await until_shown(pilot, "farshore 0.1.0 at", "heard 0 s ago")


async def test_hostile_words_are_text_and_move_no_cursor() -> None:
    shown = Shown()
    shown.gateway.route_states = [route_state("[red]a[/red]")]
    shown.gateway.connection_states = [msgspec.structs.replace(connection_state(1), client="[blink]\x1b[2J\u202ex")]
    shown.pulse.announce(end(Code.NO_ANSWER, detail="\x1b]0;owned\x07 [bold red]x[/] \u2028y"))
    async with listening(shown) as gateway, watching(gateway.link(), (160, 30)) as pilot:
        await until_shown(pilot, "[red]a[/red]")
        await pilot.press("4")
        screen = await until_shown(pilot, r"\x1b]0;owned\x07 [bold red]x[/] \u2028y")
        assert "\x1b" not in screen
        await pilot.press("3")
        screen = await until_shown(pilot, r"[blink]\x1b[2J\u202ex")
        await pilot.press("e")
        await until_shown(pilot, r"End connection 1 of [blink]\x1b[2J\u202ex")


@pytest.mark.parametrize(("key", "is_detail"), [("d", True), ("dd", False)])
async def test_the_detail_can_be_scrolled(key: str, *, is_detail: bool) -> None:
    async with listening(outage()) as gateway, watching(gateway.link()) as pilot:
        await until_shown(pilot, "8082   ✗ broken")
        await pilot.press(*key)
        await pilot.pause()
        assert pilot.app.query_one("#detail").has_focus is is_detail


async def test_q_leaves() -> None:
    async with listening(outage()) as gateway:
        async with watching(gateway.link()) as pilot:
            await until_shown(pilot, "OUTAGE")
            await pilot.press("q")
        assert pilot.app.return_code == 0


async def test_what_is_heard_while_it_leaves_is_no_error() -> None:
    async with listening(outage()) as gateway, watching(gateway.link()) as pilot:
        await until_shown(pilot, "OUTAGE")
        app = pilot.app
        assert isinstance(app, Top)
        await app.query("#status").remove()
        app._draw()
        assert app.picture is not None


async def test_a_wrong_token_is_said_with_what_to_do() -> None:
    async with listening(outage()) as gateway, watching(gateway.link("not-the-token-of-it"), (160, 24)) as pilot:
        screen = await until_shown(pilot, "NOT HEARD", "--token-file")
    assert TOKEN not in screen


async def test_two_hundred_routes_fit_and_the_last_can_be_reached() -> None:
    shown = Shown()
    shown.gateway.route_states = [route_state(f"route-{number:03}") for number in range(200)]
    async with listening(shown) as gateway, watching(gateway.link()) as pilot:
        await until_shown(pilot, "[1 Routes 200]", "route-000")
        await pilot.press("end")
        await until(pilot, lambda: "route-199" in told(pilot, "told"))
        assert "route-199" in screen_of(pilot)


def test_every_key_that_is_offered_does_something() -> None:
    offered: list[Any] = Top.BINDINGS
    actions = {binding.action.partition("(")[0] for binding in offered}
    assert all(hasattr(Top, f"action_{action}") for action in actions)
