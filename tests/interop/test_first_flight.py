"""A real driver whose path dies between its first message and the server's answer logs in over the other one.

Each path is a hop of the test's own in front of the same real server. The first one lets the first message through,
waits until the server has answered, keeps the answer to itself and dies.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from tests.interop.clients import CLIENTS, Answer, Client
from tests.interop.servers import Server, Servers
from tests.interop.service import Service
from tests.unit.gateway.wires import Door, Wire, connect, door, until

from farshore.config.fields import Ports
from farshore.config.model import Config
from farshore.core.address import HostPort, parse_host
from farshore.core.clock import SystemClock
from farshore.core.events import ConnectionEnded, Event, FirstFlightReplayed, PathChanged
from farshore.gateway.gateway import Gateway

pytestmark = [pytest.mark.interop, pytest.mark.anyio, pytest.mark.timeout(300)]

SPOKEN_BY = {Service.POSTGRES: "postgres", Service.SQLSERVER: "sqlserver"}
DRIVERS = {client.name: client for client in CLIENTS if client.service in SPOKEN_BY}
ORDERLY = ["client.transfer.closed", "upstream.transfer.closed"]
R1, R2 = "r1", "r2"
FAILURES_TO_OPEN = 5
Dies = Callable[[Wire], None]
E = TypeVar("E")


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop that the product runs on: it is the drivers that this is about."""
    return "asyncio", {"use_uvloop": True}


@dataclass(slots=True)
class Hop:
    """Leads to the server and notes what each connection that says something has `said`.

    One that `dies` does so as soon as the server has answered the first message and it `may_die`; nobody hears the
    answer.
    """

    service: Service
    server: HostPort
    dies: Dies | None = None
    may_die: asyncio.Event = field(default_factory=asyncio.Event)
    said: list[bytes] = field(default_factory=list)

    async def serve(self, client: Wire) -> None:
        first, number = await self._first_message(client), len(self.said)
        self.said.append(first)
        with connect(self.server) as server:
            await server.send(first)
            if self.dies is None:
                await self._carry(client, server, number)
                return
            await server.receive(1)
            await self.may_die.wait()
            self.dies(client)

    async def _first_message(self, client: Wire) -> bytes:
        """By the length that it gives itself: [MS-TDS] 2.2.3.1 and PostgreSQL's "Message Formats"."""
        if self.service is Service.SQLSERVER:
            head = await client.receive(8)
            return head + await client.receive(int.from_bytes(head[2:4]) - len(head))
        head = await client.receive(4)
        return head + await client.receive(int.from_bytes(head) - len(head))

    async def _carry(self, client: Wire, server: Wire, number: int) -> None:
        loop = asyncio.get_running_loop()

        async def answer() -> None:
            while data := await loop.sock_recv(server.sock, 65536):
                await client.send(data)
            client.finish()

        answering = loop.create_task(answer())
        try:
            while data := await loop.sock_recv(client.sock, 65536):
                self.said[number] += data
                await server.send(data)
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A gateway with a path over either hop, and everything it has announced."""

    gateway: Gateway
    first: Hop
    first_door: Door
    second: Hop
    events: list[Event]

    async def ask(self, client: Client, server: Server) -> Answer:
        """What the driver makes of it. It knows nothing of paths."""
        port = self.gateway.routes()[0].listen.port
        return await asyncio.to_thread(client.ask, "127.0.0.1", port, server.folder)

    def told(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


@asynccontextmanager
async def crossing(server: Server, dies: Dies) -> AsyncIterator[Crossing]:
    """Until the block ends; every connection has then ended."""
    address, events = HostPort(parse_host(server.host), server.port), list[Event]()
    first, second = Hop(server.service, address, dies), Hop(server.service, address)
    async with door(first.serve) as first_door, door(second.serve) as second_door:
        config = _config(address, server.service, {R1: first_door, R2: second_door})
        gateway = Gateway(config, announce=events.append, clock=SystemClock())
        await gateway.open()
        try:
            yield Crossing(gateway=gateway, first=first, first_door=first_door, second=second, events=events)
            await until(lambda: not gateway.connections())
        finally:
            await gateway.close()


def _config(target: HostPort, service: Service, paths: dict[str, Door]) -> Config:
    return Config.model_validate(
        {
            "egresses": {"out": {"kind": "direct"}},
            "routes": [
                {
                    "name": "db",
                    "listen": Ports(host=None, first=0, last=0),
                    "target": Ports(host=target.host, first=target.port, last=target.port),
                    "protocol": SPOKEN_BY[service],
                    "allow_direct": True,
                    "paths": [{"via": name, "listener": opened.address} for name, opened in paths.items()],
                }
            ],
        }
    )


@pytest.mark.parametrize("dies", [Wire.close, Wire.reset], ids=["closed", "reset"])
@pytest.mark.parametrize("name", DRIVERS)
async def test_a_driver_whose_path_dies_before_the_answer_logs_in_over_the_other(
    name: str, dies: Dies, servers: Servers
) -> None:
    client = DRIVERS[name]
    server = servers.get(client.service)
    async with crossing(server, dies) as crossed:
        crossed.first.may_die.set()
        answer = await crossed.ask(client, server)
    assert answer == Answer(value=client.expected)
    (first,), (second,) = crossed.first.said, crossed.second.said
    assert second.startswith(first)
    assert second.count(first) == 1
    (replayed,) = crossed.told(FirstFlightReplayed)
    assert (replayed.path, replayed.onto) == (R1, R2)
    (ended,) = crossed.told(ConnectionEnded)
    assert (ended.path, ended.code in ORDERLY) == (R2, True)


async def test_a_driver_that_waits_for_its_answer_is_moved_when_its_paths_breaker_opens(servers: Servers) -> None:
    client = DRIVERS["psql"]
    server = servers.get(client.service)
    async with crossing(server, Wire.close) as crossed, asyncio.TaskGroup() as group:
        waiting = group.create_task(crossed.ask(client, server))
        await until(lambda: len(crossed.first.said) == 1)
        crossed.first_door.close_port()
        for _ in range(FAILURES_TO_OPEN):
            assert await crossed.ask(client, server) == Answer(value=client.expected)
        assert await waiting == Answer(value=client.expected)
    (first,) = crossed.first.said
    assert [said.count(first) for said in crossed.second.said] == [1] * (FAILURES_TO_OPEN + 1)
    (replayed,) = crossed.told(FirstFlightReplayed)
    assert (replayed.path, replayed.onto, replayed.reason) == (R1, R2, "its breaker has opened")
    assert [ended.path for ended in crossed.told(ConnectionEnded)] == [R2] * (FAILURES_TO_OPEN + 1)
    assert crossed.told(PathChanged)
