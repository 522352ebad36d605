"""Held clients among each other: who looks for a path, who waits, and how many there may be."""

from pathlib import Path

import pytest
from tests.unit.gateway.holding import UNEXPLAINED, UNREACHABLE, Router, converse, holding, looks
from tests.unit.gateway.tailnets import SWITCHED
from tests.unit.gateway.wires import Ending, open_descriptors, until

from farshore.core.events import OutageEnded
from farshore.core.outcome import Code
from farshore.gateway.hold import IN_DOUBT_S, LOOK_S, MAX_SILENCE_S, RESTING_LOOK_S, SILENCE_S
from farshore.gateway.plan import COLD_DELAY_S

pytestmark = pytest.mark.anyio


async def test_who_only_waits_learns_what_the_one_who_looks_has_seen_last(tmp_path: Path) -> None:
    """Their own searches failed without a reason; since then nobody answers, which says more."""
    async with holding(tmp_path, Router(UNEXPLAINED), Router(UNEXPLAINED), hold=6.0) as (found, clients):
        await found.hold(clients, 5)
        found.set(None)
        await found.pass_time(6.5)
        for ending in await found.ended(5):
            assert ending.code is Code.NO_ANSWER


async def test_who_waits_beside_another_has_no_dial_open(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        await found.hold(clients)
        before = len(open_descriptors())
        await found.hold(clients, 20)
        # Of each client both ends are in this process, and the one who looks may have four looks more on two paths.
        await until(lambda: len(open_descriptors()) <= before + 2 * 20 + 2 * 2 * 4)


async def test_many_who_wait_dial_no_more_than_one_and_are_let_go_together_without_a_storm(tmp_path: Path) -> None:
    async with holding(tmp_path, Router(UNREACHABLE), Router(UNREACHABLE)) as (found, clients):
        await found.hold(clients)
        of_one = await looks(found, 3)
        many = await found.hold(clients, 49)
        of_many = await looks(found, 3)
        assert of_one >= 2
        assert of_many < len(many)

        before = found.dials
        found.set(SWITCHED)
        await found.pass_time_until(lambda: found.held == 0)
        for client in many:
            await converse(client)
        assert len(many) < found.dials - before <= 1.1 * 50
        assert sum(len(router.carried) for router in found.routers) <= 1.1 * 50 + 1


async def test_where_only_the_second_path_is_back_hundreds_are_let_go_without_a_storm(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        held = await found.hold(clients, 200)
        await found.pass_time(3)
        before = found.dials
        found.routers[1].reply = SWITCHED
        await found.pass_time_until(lambda: found.held == 0)
        for client in held:
            await converse(client)
        assert found.dials - before <= 1.1 * 200
        assert len(found.routers[1].carried) <= 1.1 * 200


async def test_when_the_one_who_looks_leaves_the_next_one_looks(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        first, second, third = [(await found.hold(clients))[0] for _ in range(3)]
        for leaver in (first, second):
            leaver.reset()
            await until(lambda: found.held < 3)
            assert await looks(found, 2) >= 2
        found.routers[0].reply = SWITCHED
        await found.pass_time_until(lambda: found.held == 0)
        await converse(third)
        assert [ending.code for ending in await found.ended(2)] == [Code.CLIENT_GONE_EARLY] * 2


async def test_one_more_than_may_be_held_is_refused_with_the_reason_and_the_others_wait_on(tmp_path: Path) -> None:
    async with holding(tmp_path, Router(UNREACHABLE), Router(UNREACHABLE), max_held=2) as (found, clients):
        held = await found.hold(clients, 2)
        with await found.client() as client:
            assert await client.ending() is Ending.RST
        ending = await found.ended_with(Code.TARGET_UNREACHABLE)
        assert ending.detail is not None
        assert ending.detail.startswith("not held beside 2 others; r1: ")
        assert found.held == 2

        held[0].reset()
        await until(lambda: found.held == 1)
        await found.hold(clients)


async def test_one_more_than_may_be_held_is_refused_without_a_dial(tmp_path: Path) -> None:
    async with holding(tmp_path, max_held=1) as (found, clients):
        await found.hold(clients)
        before = found.dials
        with await found.client() as client:
            assert await client.ending() is Ending.RST
        ending = await found.ended_with(Code.NO_ANSWER)
        assert ending.detail is not None
        assert ending.detail.startswith("not held beside 1 others; r1: nobody answered for 1.")
        assert (found.held, found.dials) == (1, before)


async def test_who_came_with_the_others_and_finds_no_room_is_refused_once_it_has_heard_nothing(tmp_path: Path) -> None:
    async with holding(tmp_path, max_held=1) as (found, clients):
        for _ in range(2):
            clients.enter_context(await found.client())
        await until(lambda: found.dials >= 2)
        await found.pass_time_until(lambda: bool(found.endings))
        ending = await found.ended_with(Code.NO_ANSWER)
        assert ending.detail is not None
        assert ending.detail.startswith("not held beside 1 others; r1: nobody answered for 1.")
        assert found.held == 1


async def test_a_path_that_is_gone_again_before_all_are_through_is_looked_for_again(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        held = await found.hold(clients, 5)
        found.luck.append(SWITCHED)
        await found.pass_time_until(lambda: not found.luck)
        gone_s = found.clock.now_s
        await found.pass_time_until(lambda: found.held == 4)
        assert found.clock.now_s - gone_s <= MAX_SILENCE_S + LOOK_S
        assert await looks(found, 2) >= 2
        found.routers[1].reply = SWITCHED
        await found.pass_time_until(lambda: found.held == 0)
        for client in held:
            await converse(client)


async def test_one_clients_bad_luck_makes_no_newcomer_wait_and_the_newcomer_lets_it_go(tmp_path: Path) -> None:
    """Somebody was connected since the unlucky one began to search, so a path works."""
    async with holding(tmp_path) as (found, clients):
        unlucky = clients.enter_context(await found.client())
        await until(lambda: found.dials == 1)
        found.clock.advance(COLD_DELAY_S)
        await until(lambda: found.dials == 2)
        found.set(SWITCHED)
        await converse(clients.enter_context(await found.client()))
        found.clock.advance(SILENCE_S)
        await until(lambda: found.held == 1)
        newcomer = clients.enter_context(await found.client())
        await converse(newcomer)
        await converse(unlucky)
        assert (found.held, found.told(OutageEnded)[0].served) == (0, 2)


async def test_who_comes_while_nobody_has_found_a_path_waits_without_a_dial(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        held = await found.hold(clients)
        before = found.dials
        for _ in range(20):
            held.append(clients.enter_context(await found.client()))
        await until(lambda: found.held == 21)
        assert found.dials == before
        found.routers[1].reply = SWITCHED
        await found.pass_time_until(lambda: found.held == 0)
        for client in held:
            await converse(client)


async def test_who_comes_while_others_have_heard_nothing_for_long_waits_without_a_dial(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        held = [clients.enter_context(await found.client())]
        await until(lambda: found.dials == 1)
        found.clock.advance(COLD_DELAY_S)
        await until(lambda: found.dials == 2)
        held.append(clients.enter_context(await found.client()))
        await until(lambda: found.dials == 3)
        found.clock.advance(IN_DOUBT_S - COLD_DELAY_S)
        held += [clients.enter_context(await found.client()) for _ in range(5)]
        await until(lambda: found.held == 5)
        found.set(SWITCHED)
        await found.pass_time_until(lambda: found.held == 0)
        for client in held:
            await converse(client)


async def test_while_pings_tell_that_nobody_answers_it_is_looked_seldom(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        (client,) = await found.hold(clients)
        room, on = found.room, found.route
        room.rest(on, found.clock.now_s + 100)
        await found.pass_time(1)
        before = found.dials
        await found.pass_time(RESTING_LOOK_S - 2)
        assert found.dials == before
        await found.pass_time(2)
        await until(lambda: found.dials > before)
        room.rest(on, found.clock.now_s)
        assert await looks(found, 3) >= 2
        found.set(SWITCHED)
        await found.pass_time_until(lambda: found.held == 0)
        await converse(client)


@pytest.mark.parametrize("answering", [0, 1])
async def test_when_a_router_answers_a_ping_one_client_looks_there_and_all_are_let_go(
    tmp_path: Path, answering: int
) -> None:
    async with holding(tmp_path) as (found, clients):
        held = await found.hold(clients, 20)
        room, on = found.room, found.route
        room.rest(on, found.clock.now_s + 100)
        found.routers[answering].reply = SWITCHED
        before = found.dials
        room.look_over(on, on.paths[answering])
        await until(lambda: found.held == 0)
        for client in held:
            await converse(client)
        assert found.dials - before == 20


async def test_a_ping_that_is_answered_when_nobody_waits_any_more_changes_nothing(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, _):
        found.room.look_over(found.route, found.route.paths[0])
        assert found.dials == 0


async def test_luck_that_does_not_last_makes_nobody_dial_without_end(tmp_path: Path) -> None:
    """Only one gets through: the others are let go, fail on each path once, and are held again."""
    async with holding(tmp_path, Router(UNREACHABLE), Router(UNREACHABLE)) as (found, clients):
        await found.hold(clients, 10)
        for left in (9, 8, 7):
            found.luck.append(SWITCHED)
            before = found.dials
            await found.pass_time_until(lambda: not found.luck)
            await until(lambda left=left: found.held == left)  # type: ignore[misc]
            assert found.dials - before == 1 + 2 * left
