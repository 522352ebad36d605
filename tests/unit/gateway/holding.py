"""Held clients, over routers that hang, fail, refuse or carry as the test wants; time passes when the test says so."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.gateway.gates import Gate, gate, route, tailscaled
from tests.unit.gateway.tailnets import SWITCHED, Daemon, dial_failure
from tests.unit.gateway.wires import PATIENCE_S, Wire, door, until

from farshore.config.model import Drain, Limits
from farshore.gateway.hold import LOOK_S, WaitingRoom
from farshore.gateway.plan import COLD_DELAY_S
from farshore.gateway.route import Route

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


async def looks(found: Held, seconds: float) -> int:
    """How many dials are made in so much time."""
    before = found.dials
    await found.pass_time(seconds)
    return found.dials - before
