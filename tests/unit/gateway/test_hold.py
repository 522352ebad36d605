"""A held client: when it is held, how that ends, and what becomes of its bytes."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
import uvloop
from tests.unit.gateway.gates import behind_localapi, gate, route, tailscaled
from tests.unit.gateway.holding import (
    A_LOOK_OF_THE_SWEEP_S,
    REFUSED,
    SOCKETS_S,
    UNEXPLAINED,
    UNREACHABLE,
    Held,
    Router,
    alone,
    converse,
    holding,
)
from tests.unit.gateway.tailnets import DIAL_SELF, ROUTED, SWITCHED, Daemon, document
from tests.unit.gateway.wires import Ending, Wire, door, echo, noise, open_descriptors, until

from farshore.config.model import Drain, Limits
from farshore.core.events import LeakRefused, OutageEnded, OutageStarted
from farshore.core.outcome import ClientEnd, Code, Phase
from farshore.gateway.hold import LOOK_S

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("ill", [None, UNREACHABLE, UNEXPLAINED], ids=["hung", "unreachable", "unexplained"])
async def test_a_client_is_held_and_connected_when_a_path_is_back(tmp_path: Path, ill: bytes | None) -> None:
    async with holding(tmp_path, Router(ill), Router(ill)) as (found, clients):
        (client,) = await found.hold(clients)
        assert found.gateway.connections()[0].phase in {Phase.DIAL, Phase.CONNECT}
        await found.pass_time(3)
        assert (found.held, found.endings) == (1, [])

        found.routers[1].reply = SWITCHED
        await found.pass_time_until(lambda: found.held == 0)
        await converse(client)
        client.close()
        await found.pass_time_until(lambda: bool(found.endings))
        ending = await found.ended_with(Code.CLIENT_CLOSED)
        assert (ending.path, ending.client_bytes) == ("r2", 8)
        assert ending.reached_ms is not None
        assert ending.dial_ms is not None
        assert ending.duration_ms >= ending.reached_ms >= 3000 > ending.dial_ms


async def test_a_client_of_a_single_path_is_held_where_it_is_written(tmp_path: Path) -> None:
    async with alone(tmp_path, Router(UNREACHABLE)) as found:
        with await found.client() as client:
            await until(lambda: found.held == 1)
            await found.pass_time(3)
            assert found.endings == []
            found.set(SWITCHED)
            await found.pass_time_until(lambda: found.held == 0)
            await converse(client)
        assert [type(event) for event in found.events if isinstance(event, OutageStarted | OutageEnded)] == [
            OutageStarted,
            OutageEnded,
        ]


class Answered(Router):
    """A router whose dials wait, each until it is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[asyncio.Event] = []

    async def __call__(self, wire: Wire) -> None:
        self.dials += 1
        refused = asyncio.Event()
        self.waiting.append(refused)
        await refused.wait()
        with suppress(ConnectionError):
            await wire.send(REFUSED)


@pytest.mark.parametrize("order", [1, -1], ids=["oldest-first", "youngest-first"])
async def test_a_router_that_gives_up_on_a_missing_host_refuses_all_dials_and_is_not_believed(
    tmp_path: Path, order: int
) -> None:
    router = Answered()
    async with alone(tmp_path, router) as found:
        with await found.client():
            await until(lambda: router.dials == 1)
            await found.pass_time(3)
            assert router.dials > 1
            for refused in router.waiting[::order]:
                refused.set()
                await asyncio.sleep(SOCKETS_S)
            answered = router.dials
            await found.pass_time_until(lambda: router.dials > answered)
            assert (found.held, found.endings) == (1, [])
        for refused in router.waiting:
            refused.set()


async def test_a_refusal_is_believed_where_the_older_dials_stay_silent(tmp_path: Path) -> None:
    router = Answered()
    async with alone(tmp_path, router) as found:
        with await found.client():
            await until(lambda: router.dials == 1)
            await found.pass_time_until(lambda: router.dials > 1)
            router.waiting[-1].set()
            await found.pass_time_until(lambda: bool(found.endings))
            for refused in router.waiting:
                refused.set()
        assert found.endings[0].code is Code.TARGET_REFUSED


async def test_an_outage_is_told_when_the_first_is_held_and_when_the_last_is_served(tmp_path: Path) -> None:
    async with holding(tmp_path, Router(UNREACHABLE), Router(UNREACHABLE)) as (found, clients):
        held = await found.hold(clients, 5)
        (started,) = found.told(OutageStarted)
        assert (started.route, started.code) == ("db", Code.TARGET_UNREACHABLE)
        assert "r1: connect tcp" in started.detail
        found.luck.append(SWITCHED)
        await found.pass_time_until(lambda: not found.luck)
        await until(lambda: found.held == 4)
        assert found.told(OutageEnded) == []
        found.set(SWITCHED)
        await found.pass_time_until(lambda: found.held == 0)
        for client in held:
            await converse(client)
        (ended,) = found.told(OutageEnded)
        assert (ended.served, ended.refused, ended.proven) == (5, 0, True)
        assert found.told(OutageStarted) == [started]


async def test_an_outage_that_the_target_ends_by_refusing_is_over(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        await found.hold(clients, 5)
        found.set(REFUSED)
        await found.pass_time_until(lambda: bool(found.endings))
        await found.ended(5)
        (ended,) = found.told(OutageEnded)
        assert (ended.served, ended.refused, ended.proven) == (0, 5, True)


async def test_a_client_whose_first_search_is_answered_is_never_held(tmp_path: Path) -> None:
    async with holding(tmp_path, Router(SWITCHED), Router(SWITCHED)) as (found, _):
        with await found.client() as client:
            await converse(client)
            assert found.held == 0
            await found.pass_time(15, 1.0)
            await converse(client)
        assert found.dials == 1


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (None, None, Code.NO_ANSWER),
        (UNREACHABLE, None, Code.TARGET_UNREACHABLE),
        (None, UNREACHABLE, Code.TARGET_UNREACHABLE),
        (UNEXPLAINED, UNREACHABLE, Code.TARGET_UNREACHABLE),
    ],
)
@pytest.mark.parametrize("hold_s", [4.0, 12.0])
async def test_where_no_path_comes_back_it_ends_with_the_most_telling_outcome_and_every_path_named(
    tmp_path: Path, first: bytes | None, second: bytes | None, code: Code, hold_s: float
) -> None:
    async with holding(tmp_path, Router(first), Router(second), hold=hold_s) as (found, clients):
        (client,) = await found.hold(clients)
        began_s = 1000.0
        await found.pass_time(hold_s - LOOK_S - (found.clock.now_s - began_s))
        assert found.endings == []
        await found.pass_time(2 * LOOK_S)
        ending = await found.ended_with(code)
        assert await client.ending() is Ending.RST
        assert ending.detail is not None
        assert ending.detail.startswith(f"held for {hold_s:.0f}.")
        assert "; r1: " in ending.detail
        assert "; r2: " in ending.detail
        assert ending.client_end is ClientEnd.RST


@pytest.mark.parametrize(("reply", "code"), [(REFUSED, Code.TARGET_REFUSED), (DIAL_SELF, Code.LEAK)])
async def test_what_no_waiting_changes_is_told_at_once_after_one_attempt_on_each_path(
    tmp_path: Path, reply: bytes, code: Code
) -> None:
    async with holding(tmp_path, Router(reply), Router(reply)) as (found, _):
        with await found.client() as client:
            assert await client.ending() is Ending.RST
        ending = await found.ended_with(code)
        assert ending.duration_ms == 0
        assert [router.dials for router in found.routers] == [1, 1]


async def test_where_one_path_refuses_and_the_other_is_silent_the_refusal_is_told_and_nobody_is_held(
    tmp_path: Path,
) -> None:
    async with holding(tmp_path, Router(REFUSED), Router()) as (found, _):
        with await found.client() as client:
            await until(lambda: found.dials == 2)
            await found.pass_time(1.5)
            assert await client.ending() is Ending.RST
        ending = await found.ended_with(Code.TARGET_REFUSED)
        assert ending.detail is not None
        assert "; r2: nobody answered for 1." in ending.detail
        assert found.dials == 2


async def test_a_target_that_refuses_when_the_paths_are_back_is_told_to_all_at_once(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        await found.hold(clients, 20)
        before = found.dials
        found.set(REFUSED)
        await found.pass_time_until(lambda: bool(found.endings))
        assert {ending.code for ending in await found.ended(20)} == {Code.TARGET_REFUSED}
        assert found.dials - before <= 2 * 21


async def test_a_missing_route_is_waited_for_while_others_are_held(tmp_path: Path) -> None:
    """A tailscaled that was gone and is only just starting knows no routes yet."""
    async with holding(tmp_path) as (found, clients):
        held = await found.hold(clients, 3)
        found.set(DIAL_SELF)
        held += await found.hold(clients)
        await found.pass_time(2)
        assert (found.held, found.endings) == (4, [])
        found.set(SWITCHED)
        await found.pass_time_until(lambda: found.held == 0)
        for client in held:
            await converse(client)


@pytest.mark.parametrize("state", ["NoState", "Starting"])
async def test_a_tailscaled_that_has_only_just_started_is_waited_for(tmp_path: Path, state: str) -> None:
    """The first client finds it so; a tailscaled that runs and has no route is told at once."""
    router = Router(DIAL_SELF)
    daemon = Daemon(router, status=document(state=state))
    async with door(daemon, tmp_path / "1"), gate(tailscaled(tmp_path / "1"), route(hold=12)) as gated:
        found = Held(gated.gateway, gated.clock, gated.events)
        found.routers = (router, router)
        with await found.client() as client:
            await until(lambda: found.held == 1)
            (started,) = found.told(OutageStarted)
            assert (started.code, found.told(LeakRefused)) == (Code.EGRESS_STARTING, [])
            daemon.status, router.reply = ROUTED, SWITCHED
            await found.pass_time_until(lambda: found.held == 0)
            await converse(client)


async def test_an_egress_that_is_gone_is_waited_for(tmp_path: Path) -> None:
    missing = tmp_path / "s"
    egresses = {"one": tailscaled(missing), "two": tailscaled(tmp_path / "t")}
    paths = ({"egress": "one"}, {"egress": "two"})
    written = route(egress="one", paths=paths)
    async with gate(egresses["one"], written, egresses=egresses) as opened:
        with await opened.client() as client:
            await until(lambda: opened.gateway.routes()[0].held == 1)
            async with door(Daemon(behind_localapi(echo)), missing):
                for _ in range(8):
                    opened.clock.advance(LOOK_S / 2)
                    await asyncio.sleep(A_LOOK_OF_THE_SWEEP_S)
                await converse(client)
                assert opened.gateway.routes()[0].held == 0


@pytest.fixture
def nothing_stays_open() -> Iterator[None]:
    uvloop.new_event_loop().close()  # the first one of a process opens a pipe for signals, for good
    before = set(open_descriptors().values())
    yield
    after = {target for target in open_descriptors().values() if target.startswith(("socket:", "pipe:"))}
    assert after <= before


@pytest.mark.usefixtures("nothing_stays_open")
async def test_clients_that_leave_while_they_are_held_leave_nothing_open(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, _):
        async with AsyncExitStack() as clients:
            await found.hold(clients)
        await found.ended(1)
        before = len(open_descriptors())
        async with AsyncExitStack() as clients:
            await found.hold(clients, 10)
            await found.pass_time(4)
            assert len(open_descriptors()) > before
        await found.ended(11)
        assert found.held == 0
        await found.pass_time(4 * LOOK_S)
        dials = found.dials
        await found.pass_time(3)
        assert found.dials == dials
        await until(lambda: len(open_descriptors()) <= before)


@pytest.mark.usefixtures("nothing_stays_open")
async def test_a_gateway_that_drains_ends_the_held_ones_too(tmp_path: Path) -> None:
    drain = Drain(settle_s=0, grace_s=0)
    async with holding(tmp_path, drain=drain) as (found, clients):
        held = await found.hold(clients, 3)
        await found.gateway.drain()
        for client in held:
            assert await client.ending() is Ending.RST
        assert [ending.code for ending in await found.ended(3)] == [Code.DRAIN_CUT_DIAL] * 3
        assert found.held == 0


async def test_what_a_client_says_while_it_is_held_arrives_once_and_whole(tmp_path: Path) -> None:
    early, later = noise(40_000, 1), noise(100_000, 2)
    async with holding(tmp_path) as (found, clients):
        (client,) = await found.hold(clients)
        for part in (early[:1000], early[1000:]):
            await client.send(part)
            await found.pass_time(1)
        await until(lambda: found.gateway.connections()[0].client_bytes == len(early))
        found.routers[1].reply = SWITCHED
        await found.pass_time_until(lambda: found.held == 0)
        async with asyncio.TaskGroup() as group:
            group.create_task(client.send(later))
            assert await client.receive(len(early) + len(later)) == early + later
        assert [bytes(heard) for heard in found.routers[1].carried if heard] == [early + later]


async def test_what_a_client_says_while_it_is_held_is_bounded(tmp_path: Path) -> None:
    offered = noise(1 << 20) * 32
    async with holding(tmp_path, limits=Limits(early_bytes=1000)) as (found, clients):
        (client,) = await found.hold(clients)
        sent = await client.fill(offered)
        assert sent < len(offered)
        assert found.gateway.connections()[0].client_bytes == 1000
        found.set(SWITCHED)
        await found.pass_time_until(lambda: found.held == 0)
        assert await client.receive(sent) == offered[:sent]


async def test_a_client_that_has_finished_while_it_was_held_gets_its_reply(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        (client,) = await found.hold(clients)
        client.sock.send(b"question")
        client.finish()
        await found.pass_time(1)
        found.set(SWITCHED)
        await found.pass_time_until(lambda: found.held == 0)
        assert await client.receive(8) == b"question"
