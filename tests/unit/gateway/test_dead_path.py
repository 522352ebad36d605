"""Connections over two routers, of which one is told to be dead; time passes when the test says so."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from tests.ports import free_port
from tests.unit.gateway.gates import Gate, gate, route, tailscaled
from tests.unit.gateway.tailnets import SWITCHED, Daemon, dial_failure
from tests.unit.gateway.watched import HandSweep, Watched, watched_route
from tests.unit.gateway.wires import PATIENCE_S, Ending, Wire, door, until

from farshore.config.fields import Ports
from farshore.config.model import Config
from farshore.config.model import Path as ConfiguredPath
from farshore.core.events import ConnectionEnded, Health
from farshore.core.outcome import ClientEnd, Code
from farshore.gateway.dead_path import LOOK_S, RESETS_AT_ONCE, UNANSWERED_S, DeadPaths
from farshore.gateway.succession import Reconfigured

pytestmark = pytest.mark.anyio

UNREACHABLE = dial_failure("connect tcp 172.16.20.88:1433: no route to host")
GRACE_S = 2.0
# The sweep looks every 50 ms.
A_LOOK_OF_THE_SWEEP_S = 0.06


@dataclass
class Router:
    """A tailscaled behind a path; what it carries is answered only by the test, through `targets`."""

    is_reachable: bool = True
    targets: list[Wire] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)

    async def __call__(self, wire: Wire) -> None:
        await wire.send(SWITCHED if self.is_reachable else UNREACHABLE)
        if self.is_reachable:
            self.targets.append(wire)
            await asyncio.get_running_loop().create_future()


class Routed(Gate):
    """A gateway whose route has a path to each of two routers."""

    routers: tuple[Router, Router]
    config: Config
    clients: AsyncExitStack

    async def joined(self, count: int = 1, router: int = 0) -> list[tuple[Wire, Wire]]:
        """So many clients more, each with its target behind that router; nobody has spoken."""
        for number, each in enumerate(self.routers):
            each.is_reachable = number == router
        before = len(self.routers[router].targets)
        clients = [self.clients.enter_context(await self.client()) for _ in range(count)]
        await until(lambda: len(self.routers[router].targets) == before + count)
        await until(lambda: all(state.phase == "first-byte" for state in self.gateway.connections()[-count:]))
        by_name = dict(zip((client.name for client in clients), clients, strict=True))
        told = self.gateway.connections()[-count:]
        assert {state.client for state in told} == set(by_name)
        return list(zip(clients, self.routers[router].targets[before:], strict=True))

    async def idle(self, router: int = 0) -> tuple[Wire, Wire]:
        """A client that has had its answer."""
        client, target = await self.waiting(router)
        await target.send(b"1 row")
        assert await client.receive(5) == b"1 row"
        return client, target

    async def waiting(self, router: int = 0) -> tuple[Wire, Wire]:
        """A client that has asked and waits."""
        ((client, target),) = await self.joined(router=router)
        await client.send(b"SELECT 1")
        assert await target.receive(8) == b"SELECT 1"
        return client, target

    def note(self, health: Health, path: str = "r1", on: str = "db") -> None:
        self.gateway.note_health(on, path, health, "no pong for 6 s")

    async def pass_time(self, seconds: float, step_s: float = 0.25) -> None:
        """Let time pass; the gateway sees every step of it."""
        for _ in range(round(seconds / step_s)):
            self.clock.advance(step_s)
            await asyncio.sleep(A_LOOK_OF_THE_SWEEP_S)

    async def pass_time_until(self, is_so: Callable[[], bool]) -> float:
        """Let as much time pass as it takes; how much it was."""
        began_s = self.clock.now_s
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                await self.pass_time(0.25)
        return self.clock.now_s - began_s

    async def reset(self, count: int) -> list[ConnectionEnded]:
        await self.pass_time_until(lambda: len(self.endings) >= count)
        return await self.ended(count)


@asynccontextmanager
async def routed(folder: Path, **settings: Any) -> AsyncIterator[Routed]:
    """A gateway between clients and two routers; the clients are closed first."""
    routers = (Router(), Router())
    egresses = {"one": tailscaled(folder / "1"), "two": tailscaled(folder / "2")}
    paths = ({"via": "r1", "egress": "one"}, {"via": "r2", "egress": "two"})
    written = route(egress="one", paths=paths, dead_path_grace=GRACE_S, **settings)
    config = Config.model_validate({"egresses": egresses, "routes": (written,)})
    async with AsyncExitStack() as opened:
        for router, name in zip(routers, ("1", "2"), strict=True):
            await opened.enter_async_context(door(Daemon(router), folder / name))
        gated = await opened.enter_async_context(gate(egresses["one"], written, egresses=egresses))
        found = Routed(gated.gateway, gated.clock, gated.events)
        found.routers, found.config = routers, config
        async with AsyncExitStack() as found.clients:
            yield found


async def test_who_waits_for_an_answer_is_reset_after_the_grace_and_nobody_else(tmp_path: Path) -> None:
    async with routed(tmp_path) as opened:
        idle, _ = await opened.idle()
        elsewhere, _ = await opened.waiting(router=1)
        waiting, target = await opened.waiting()
        opened.note(Health.DOWN)
        await opened.pass_time(GRACE_S - 0.5)
        assert not opened.endings

        (ending,) = await opened.reset(1)

        assert await waiting.ending() is Ending.RST
        assert await target.ending() in Ending
        assert (ending.code, ending.client, ending.path) == (Code.ROUTER_DEAD, waiting.name, "r1")
        assert ending.client_end is ClientEnd.RST
        assert ending.detail is not None
        assert ending.detail.startswith("r1 is down for 2.")
        assert ending.detail.endswith(" s: no pong for 6 s")
        assert (ending.client_bytes, ending.upstream_bytes) == (8, 0)
        await opened.pass_time(2 * GRACE_S, step_s=0.5)
        assert {state.client for state in opened.gateway.connections()} == {idle.name, elsewhere.name}


@pytest.mark.parametrize("health", [Health.SUSPECT, Health.UNKNOWN, Health.UP])
async def test_nobody_is_reset_while_the_path_is_not_down(tmp_path: Path, health: Health) -> None:
    async with routed(tmp_path, reset_on_dead_path=True) as opened:
        await opened.waiting()
        opened.note(Health.DOWN)
        await opened.pass_time(GRACE_S - 0.5)
        opened.note(health)
        await opened.pass_time(3 * GRACE_S, step_s=0.5)
        assert not opened.endings

        opened.note(Health.DOWN)
        await opened.pass_time(GRACE_S - 0.5)
        assert not opened.endings
        await opened.reset(1)


async def test_a_path_of_another_route_says_nothing_about_this_one(tmp_path: Path) -> None:
    async with routed(tmp_path) as opened:
        await opened.waiting()
        opened.note(Health.DOWN, path="r2")
        opened.note(Health.DOWN, on="other")
        await opened.pass_time(2 * GRACE_S, step_s=0.5)
        assert not opened.endings


async def test_idle_ones_are_reset_where_the_route_says_so(tmp_path: Path) -> None:
    async with routed(tmp_path, reset_on_dead_path=True) as opened:
        idle, _ = await opened.idle()
        ((untouched, _),) = await opened.joined()
        elsewhere, _ = await opened.idle(router=1)
        opened.note(Health.DOWN)

        endings = await opened.reset(2)

        assert {ending.code for ending in endings} == {Code.ROUTER_DEAD}
        assert {await idle.ending(), await untouched.ending()} == {Ending.RST}
        assert [state.client for state in opened.gateway.connections()] == [elsewhere.name]


async def test_a_question_to_a_path_that_is_dead_already_is_not_left_waiting(tmp_path: Path) -> None:
    async with routed(tmp_path) as opened:
        idle, target = await opened.idle()
        opened.note(Health.DOWN)
        await opened.pass_time(2 * GRACE_S, step_s=0.5)
        assert not opened.endings

        await idle.send(b"SELECT 2")
        assert await target.receive(8) == b"SELECT 2"
        waited_s = await opened.pass_time_until(lambda: bool(opened.endings))

        assert await idle.ending() is Ending.RST
        assert UNANSWERED_S <= waited_s <= UNANSWERED_S + 3 * LOOK_S


async def test_a_byte_over_the_path_spares_everybody_on_it(tmp_path: Path) -> None:
    async with routed(tmp_path) as opened:
        waiting, _ = await opened.waiting()
        lucky, target = await opened.idle()
        opened.note(Health.DOWN)
        for _ in range(3):
            await opened.pass_time(GRACE_S - 1, step_s=0.5)
            await target.send(b"more")
            assert await lucky.receive(4) == b"more"
            await opened.pass_time(0.5)
        assert not opened.endings

        (ending,) = await opened.reset(1)
        assert ending.client == waiting.name


async def test_a_new_connection_over_the_path_spares_everybody_on_it(tmp_path: Path) -> None:
    async with routed(tmp_path) as opened:
        await opened.waiting()
        opened.note(Health.DOWN)
        await opened.pass_time(GRACE_S - 0.5)
        await opened.joined()
        await opened.pass_time(GRACE_S - 0.5)
        assert not opened.endings
        await opened.reset(1)


@pytest.mark.parametrize(("protocol", "is_reset"), [("mysql", True), ("ftp", True), ("postgres", False)])
async def test_a_greeting_that_never_came_is_waited_for(tmp_path: Path, protocol: str, *, is_reset: bool) -> None:
    async with routed(tmp_path, protocol=protocol) as opened:
        ((client, _),) = await opened.joined()
        opened.note(Health.DOWN)
        await opened.pass_time(2 * GRACE_S, step_s=0.5)
        assert [ending.client for ending in opened.endings] == ([client.name] if is_reset else [])


async def test_the_last_path_is_no_exception(tmp_path: Path) -> None:
    async with routed(tmp_path) as opened:
        clients = [await opened.waiting(router) for router in (0, 1)]
        opened.note(Health.DOWN, "r1")
        opened.note(Health.DOWN, "r2")
        endings = await opened.reset(2)
        assert {ending.path for ending in endings} == {"r1", "r2"}
        assert [await client.ending() for client, _ in clients] == [Ending.RST, Ending.RST]


@pytest.mark.parametrize(
    ("changes", "is_reset"),
    [({"paths": (ConfiguredPath(via="r2", egress="two"),)}, False), ({"dead_path_grace_s": GRACE_S / 2}, True)],
    ids=["dropped", "hastened"],
)
async def test_the_dead_path_is_configured_anew(tmp_path: Path, changes: dict[str, Any], *, is_reset: bool) -> None:
    port = free_port()
    async with routed(tmp_path, listen=Ports(host=None, first=port, last=port)) as opened:
        await opened.waiting()
        opened.note(Health.DOWN)
        after = opened.config.routes[0].model_copy(update=changes)
        answer = await opened.gateway.reconfigure(opened.config.model_copy(update={"routes": (after,)}))
        assert isinstance(answer, Reconfigured)
        assert answer.changed == ("db",)

        await opened.pass_time(GRACE_S - 0.5)
        assert len(opened.endings) == is_reset
        await opened.pass_time(2 * GRACE_S, step_s=0.5)
        assert len(opened.endings) == is_reset


def test_a_crowd_is_reset_in_parts() -> None:
    db, sweep = watched_route(), HandSweep()
    path = db.paths[0]
    path.health, path.health_since_s = Health.DOWN, 0.0
    crowd = [Watched(path, awaits_answer=True) for _ in range(2 * RESETS_AT_ONCE + 10)]
    DeadPaths(cast("Any", sweep), lambda: cast("Any", [one for one in crowd if not one.ended])).note(db, path, 0.0)

    counts: list[int] = []
    for now_s in (LOOK_S, db.dead_path_grace_s, db.dead_path_grace_s, db.dead_path_grace_s):
        sweep.look(now_s)
        counts.append(sum(one.ended for one in crowd))

    assert counts == [0, RESETS_AT_ONCE, 2 * RESETS_AT_ONCE, 2 * RESETS_AT_ONCE + 10]
    assert sweep.not_before_s == db.dead_path_grace_s + LOOK_S


def test_a_path_that_is_back_leaves_the_other_one_watched() -> None:
    db, sweep = watched_route(), HandSweep()
    clients = [Watched(path, awaits_answer=True) for path in db.paths]
    paths = DeadPaths(cast("Any", sweep), lambda: cast("Any", [one for one in clients if not one.ended]))
    for path in db.paths:
        path.health = Health.DOWN
        paths.note(db, path, 0.0)
    db.paths[0].health = Health.UP
    paths.note(db, db.paths[0], 1.0)
    sweep.look(db.dead_path_grace_s)
    assert [one.ended for one in clients] == [False, True]

    db.paths[1].health = Health.UP
    paths.note(db, db.paths[1], 11.0)
    assert sweep.timed is None


def test_a_path_that_a_new_configuration_drops_is_watched_no_more() -> None:
    db, sweep = watched_route(), HandSweep()
    path = db.paths[0]
    path.health = Health.DOWN
    waiting = Watched(path, awaits_answer=True)
    paths = DeadPaths(cast("Any", sweep), lambda: cast("Any", [waiting]))
    paths.note(db, path, 0.0)
    paths.succeed((replace(db, paths=db.paths[1:]),), 1.0)
    sweep.look(2 * db.dead_path_grace_s)
    assert (sweep.timed, waiting.ended) == (None, False)


def test_a_path_that_stays_has_the_new_grace_from_now_on_and_an_unchanged_one_its_old_time() -> None:
    db, sweep = watched_route(dead_path_grace=10), HandSweep()
    path = db.paths[0]
    path.health = Health.DOWN
    waiting = Watched(path, awaits_answer=True)
    paths = DeadPaths(cast("Any", sweep), lambda: cast("Any", [] if waiting.ended else [waiting]))
    paths.note(db, path, 0.0)
    for now_s in range(1, 9):
        paths.succeed((db,), now_s)
        sweep.look(now_s)
    paths.succeed((replace(db, dead_path_grace_s=4.0),), 9)
    sweep.look(12)
    assert not waiting.ended
    sweep.look(13)
    assert waiting.ended


def test_a_path_that_a_new_configuration_copies_is_watched_in_its_place() -> None:
    db, sweep = watched_route(), HandSweep()
    db.paths[0].health = Health.DOWN
    copy = replace(db.paths[0])
    waiting = Watched(copy, awaits_answer=True)
    paths = DeadPaths(cast("Any", sweep), lambda: cast("Any", [] if waiting.ended else [waiting]))
    paths.note(db, db.paths[0], 0.0)
    paths.succeed((replace(db, paths=(copy, db.paths[1])),), 5.0)
    sweep.look(5.0 + db.dead_path_grace_s)
    assert waiting.ended
