"""Held clients, over routers that hang, fail, refuse or carry as the test wants; time passes when the test says so."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvloop
from tests.unit.gateway.gates import Gate, behind_localapi, gate, route, tailscaled
from tests.unit.gateway.tailnets import DIAL_SELF, ROUTED, SWITCHED, Daemon, dial_failure, document
from tests.unit.gateway.wires import PATIENCE_S, Ending, Wire, door, echo, noise, open_descriptors, until

from farshore.config.model import Drain, Limits
from farshore.core.events import LeakRefused, OutageEnded, OutageStarted
from farshore.core.outcome import ClientEnd, Code, Phase
from farshore.gateway.hold import IN_DOUBT_S, LOOK_S, MAX_SILENCE_S, RESTING_LOOK_S, SILENCE_S, WaitingRoom
from farshore.gateway.plan import COLD_DELAY_S
from farshore.gateway.route import Route

pytestmark = pytest.mark.anyio

UNREACHABLE = dial_failure("connect tcp 172.16.20.88:1433: no route to host")
REFUSED = dial_failure("connect tcp 172.16.20.88:1433: connection was refused")
UNEXPLAINED = dial_failure("something else")
# The sweep looks every 50 ms.
A_LOOK_OF_THE_SWEEP_S = 0.06
SOCKETS_S = 0.04


@dataclass
class Router:
    """A tailscaled behind a path, which answers a dial with `reply`, or with nothing; it echoes what it carries.

    `luck`, which the routers of a gateway share, comes first, once each.
    """

    reply: bytes | None = None
    luck: list[bytes] = field(default_factory=list)
    dials: int = 0
    carried: list[bytearray] = field(default_factory=list)

    async def __call__(self, wire: Wire) -> None:
        self.dials += 1
        reply = self.luck.pop() if self.luck else self.reply
        if reply is None:
            assert not (await wire.receive_all())[0]
            return
        await wire.send(reply)
        if reply != SWITCHED:
            return
        heard = bytearray()
        self.carried.append(heard)
        with suppress(ConnectionError):
            while data := await asyncio.get_running_loop().sock_recv(wire.sock, 65536):
                heard.extend(data)
                await wire.send(data)


class Held(Gate):
    """A gateway whose route has a path to each of two routers."""

    routers: tuple[Router, Router]

    @property
    def held(self) -> int:
        return self.gateway.routes()[0].held

    @property
    def dials(self) -> int:
        return sum(router.dials for router in self.routers)

    @property
    def route(self) -> Route:
        return self.gateway.live_routes()[0]

    @property
    def room(self) -> WaitingRoom:
        return self.gateway.waiting_room(self.route)

    @property
    def luck(self) -> list[bytes]:
        return self.routers[0].luck

    def set(self, reply: bytes | None) -> None:
        for router in self.routers:
            router.reply = reply

    async def pass_time(self, seconds: float, step_s: float = 0.5) -> None:
        """Let time pass; the gateway sees every step of it."""
        passed_s = 0.0
        while passed_s < seconds:
            self.clock.advance(min(step_s, seconds - passed_s))
            passed_s += step_s
            await asyncio.sleep(A_LOOK_OF_THE_SWEEP_S)

    async def pass_time_until(self, is_so: Callable[[], bool]) -> None:
        """Let as much time pass as it takes, and no more than the sockets can follow on a busy machine."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                await self.pass_time(LOOK_S)
                with suppress(TimeoutError):
                    async with asyncio.timeout(SOCKETS_S):
                        await until(is_so)

    async def hold(self, stack: AsyncExitStack, count: int = 1) -> list[Wire]:
        """So many clients more, all of them held, all their first dials made: who comes while one waits makes none."""
        before, dials, clients = self.held, self.dials, list[Wire]()
        are_silent = all(router.reply is None for router in self.routers)
        for wanted in range(before + 1, before + count + 1):
            clients.append(stack.enter_context(await self.client()))
            if before or not are_silent:
                await self.pass_time_until(lambda wanted=wanted: self.held == wanted)  # type: ignore[misc]
        if are_silent and not before:
            await until(lambda: self.dials >= dials + count)
            self.clock.advance(COLD_DELAY_S)
            await until(lambda: self.dials >= dials + 2 * count)
        await self.pass_time_until(lambda: self.held == before + count)
        return clients


@asynccontextmanager
async def holding(
    folder: Path,
    *routers: Router,
    hold: float = 12.0,
    max_held: int = 256,
    limits: Limits | None = None,
    drain: Drain | None = None,
) -> AsyncIterator[tuple[Held, AsyncExitStack]]:
    """A gateway between clients and two routers, dead ones if none are given; clients on the stack are closed first."""
    first, second = routers or (Router(), Router())
    second.luck = first.luck
    sockets = (folder / "1", folder / "2")
    egresses = {"one": tailscaled(sockets[0]), "two": tailscaled(sockets[1])}
    paths = ({"via": "r1", "egress": "one"}, {"via": "r2", "egress": "two"})
    written = route(egress="one", paths=paths, hold=hold, max_held=max_held)
    async with AsyncExitStack() as opened:
        for router, path in zip((first, second), sockets, strict=True):
            await opened.enter_async_context(door(Daemon(router), path))
        gating = gate(egresses["one"], written, egresses=egresses, limits=limits or Limits(), drain=drain or Drain())
        gated = await opened.enter_async_context(gating)
        held = Held(gated.gateway, gated.clock, gated.events)
        held.routers = (first, second)
        async with AsyncExitStack() as clients:
            yield held, clients
        await held.pass_time_until(lambda: not held.gateway.connections())
        assert held.held == 0


@asynccontextmanager
async def alone(folder: Path, router: Router) -> AsyncIterator[Held]:
    """A gateway with one path, whose clients are held because it is written so."""
    async with door(Daemon(router), folder / "1"), gate(tailscaled(folder / "1"), route(hold=12)) as gated:
        held = Held(gated.gateway, gated.clock, gated.events)
        held.routers = (router, router)
        yield held


async def converse(client: Wire) -> None:
    await client.send(b"SELECT 1")
    assert await client.receive(8) == b"SELECT 1"


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


async def test_who_only_waits_learns_what_the_one_who_looks_has_seen_last(tmp_path: Path) -> None:
    """Their own searches failed without a reason; since then nobody answers, which says more."""
    async with holding(tmp_path, Router(UNEXPLAINED), Router(UNEXPLAINED), hold=6.0) as (found, clients):
        await found.hold(clients, 5)
        found.set(None)
        await found.pass_time(6.5)
        for ending in await found.ended(5):
            assert ending.code is Code.NO_ANSWER


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


async def test_who_waits_beside_another_has_no_dial_open(tmp_path: Path) -> None:
    async with holding(tmp_path) as (found, clients):
        await found.hold(clients)
        before = len(open_descriptors())
        await found.hold(clients, 20)
        # Of each client both ends are in this process, and the one who looks may have four looks more on two paths.
        await until(lambda: len(open_descriptors()) <= before + 2 * 20 + 2 * 2 * 4)


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


async def looks(found: Held, seconds: float) -> int:
    """How many dials are made in so much time."""
    before = found.dials
    await found.pass_time(seconds)
    return found.dials - before


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
