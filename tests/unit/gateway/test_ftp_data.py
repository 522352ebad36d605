"""Data connections of an FTP server in a test's hand."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any

import pytest
from tests.unit.gateway.gates import PRIVATE, Gate, behind_socks5, direct, gate, route, socks5
from tests.unit.gateway.test_relay import GREETING, Server
from tests.unit.gateway.wires import LOOPBACK, PATIENCE_S, Ending, Script, Wire, connect, door, until

from farshore.config.model import Drain
from farshore.core.address import HostPort, parse_host_port
from farshore.core.outcome import Code
from farshore.gateway import ftp_data
from farshore.wire.ftp_active import command_for, listening_at

pytestmark = pytest.mark.anyio

FILE = b"x" * 100_000


async def serve_file(wire: Wire) -> None:
    await wire.send(FILE)


class Sink:
    def __init__(self) -> None:
        self.heard = b""
        self.end: Ending | None = None

    async def __call__(self, wire: Wire) -> None:
        self.heard, self.end = await wire.receive_all()


@asynccontextmanager
async def session(
    data: Any, *, host: str = "10,9,8,7", count: int = 1, drain: Drain | None = None, **settings: Any
) -> AsyncIterator[tuple[Gate, Wire, list[int]]]:
    """A client that has sent PASV so often; the data port that the server announces is at `host` (and is not)."""
    async with door(data) as files:
        high, low = divmod(files.address.port, 256)
        reply = f"227 Entering Passive Mode ({host},{high},{low})\r\n".encode()
        async with (
            door(Server(*[reply] * count)) as far,
            gate(routes=(direct(far.address, protocol="ftp", **settings),), drain=drain or Drain()) as opened,
        ):
            with await opened.client() as client:
                await client.receive(len(GREETING))
                ports = [await passive(client) for _ in range(count)]
                yield opened, client, ports


async def passive(client: Wire) -> int:
    """The data port that the gateway names in its answer to PASV; 0 where it names none."""
    await client.send(b"PASV\r\n")
    line = b""
    while not line.endswith(b"\n"):
        line += await client.receive(1)
    found = re.search(rb"\(127,0,0,1,(\d+),(\d+)\)", line)
    return 0 if found is None else int(found[1]) * 256 + int(found[2])


def at(port: int, source: str = LOOPBACK) -> Wire:
    return Wire(socket.create_connection((LOOPBACK, port), source_address=(source, 0)))


async def test_a_file_comes_from_the_server_of_the_control_connection_whatever_it_announces() -> None:
    async with session(serve_file) as (opened, _, (port,)):
        with at(port) as data:
            assert await data.receive_all() == (FILE, Ending.FIN)
        (ending,) = await opened.ended()
    assert (ending.code, ending.route, ending.upstream_bytes) == (Code.UPSTREAM_CLOSED, "db", len(FILE))


async def test_an_answer_that_names_somebody_else_reaches_nobody_there() -> None:
    async with door(serve_file) as files:
        number = files.address.port
        reply = "227 (127,0,0,2,{},{})\r\n".format(*divmod(number, 256)).encode()
        async with door(Server(reply)) as far, gate(routes=(direct(far.address, protocol="ftp"),)) as opened:
            with socket.create_server(("127.0.0.2", number)) as stranger, await opened.client() as client:
                stranger.settimeout(0)
                await client.receive(len(GREETING))
                with at(await passive(client)) as data:
                    assert await data.receive_all() == (FILE, Ending.FIN)
                with pytest.raises(BlockingIOError):
                    stranger.accept()


async def test_over_a_routers_listener_there_is_none_and_the_client_is_told_why() -> None:
    async with (
        door(Server(b"227 (10,9,8,7,4,5)\r\n")) as far,
        gate(routes=(direct(PRIVATE, protocol="ftp", paths=({"listener": str(far.address)},)),)) as opened,
    ):
        with await opened.client() as client:
            await client.receive(len(GREETING))
            await client.send(b"PASV\r\n")
            assert await client.receive(42) == b"425 farshore: this path is a listener, whi"


async def test_an_empty_file_is_no_failure() -> None:
    async def serve_nothing(_: Wire) -> None:
        return

    async with session(serve_nothing) as (opened, _, (port,)):
        with at(port) as data:
            assert await data.receive_all() == (b"", Ending.FIN)
        await opened.ended_with(Code.UPSTREAM_CLOSED)


async def test_data_connections_count_among_their_routes() -> None:
    async with session(serve_file, count=2, max_connections=2) as (opened, _, (first, second)):
        with at(first) as one, at(second) as two:
            await one.receive(1)
            assert await two.ending() is Ending.RST
            await until(lambda: Code.ROUTE_FULL in {ending.code for ending in opened.endings})


async def test_a_draining_gateway_still_carries_what_its_clients_ask_for() -> None:
    async with session(serve_file, drain=Drain(settle_s=0, grace_s=60)) as (opened, client, (port,)):
        draining = asyncio.get_running_loop().create_task(opened.gateway.drain())
        await until(lambda: not _accepts(opened))
        with at(port) as data:
            assert await data.receive_all() == (FILE, Ending.FIN)
        client.close()
        await draining


async def test_an_upload_ends_with_its_client() -> None:
    sink = Sink()
    async with session(sink) as (opened, _, (port,)):
        with at(port) as data:
            await data.send(FILE)
            data.finish()
            (ending,) = await opened.ended()
            await until(lambda: sink.end is not None)
    assert (sink.heard, sink.end) == (FILE, Ending.FIN)
    assert ending.code is Code.CLIENT_CLOSED


async def test_a_port_is_for_one_connection() -> None:
    async with session(serve_file) as (_, _, (port,)):
        with at(port) as data:
            await data.receive_all()
        with pytest.raises(ConnectionRefusedError):
            at(port)


async def test_a_port_is_for_the_client_of_its_control_connection() -> None:
    async with session(serve_file) as (_, _, (port,)):
        with at(port, "127.0.0.2") as stranger:
            assert await stranger.receive_all() == (b"", Ending.RST)
        with at(port) as data:
            assert await data.receive_all() == (FILE, Ending.FIN)


async def test_a_port_is_closed_after_a_while() -> None:
    async with session(serve_file) as (opened, _, (port,)):
        opened.clock.advance(ftp_data.OPEN_S)
        await until(lambda: not is_open(port))


async def test_a_port_is_closed_with_its_control_connection() -> None:
    async with session(serve_file) as (_, client, (port,)):
        client.reset()
        await until(lambda: not is_open(port))


async def test_ports_are_of_the_range_and_one_more_is_told_that_there_is_none() -> None:
    first = three_free()
    async with session(serve_file, count=4, data_ports=f"{first}-{first + 2}") as (_, _, ports):
        assert sorted(ports[:3]) == [first, first + 1, first + 2]
        assert ports[3] == 0


async def test_the_address_may_be_another_one() -> None:
    async with (
        door(Server(b"227 (10,9,8,7,4,5)\r\n")) as far,
        gate(routes=(direct(far.address, protocol="ftp", data_address="192.0.2.7"),)) as opened,
    ):
        with await opened.client() as client:
            await client.receive(len(GREETING))
            await client.send(b"PASV\r\n")
            assert await client.receive(15) == b"227 (192,0,2,7,"


class Active:
    """A server that connects to where it is asked to, and sends the file there or takes one."""

    def __init__(self, then: Script = serve_file) -> None:
        self.asked: list[HostPort] = []
        self.then = then
        self.may_go = asyncio.Event()

    async def __call__(self, wire: Wire) -> None:
        await wire.send(GREETING)
        heard = b""
        while not heard.endswith(b"\n"):
            heard += await wire.receive(1)
        there = listening_at(heard)
        assert there is not None
        self.asked.append(there)
        await wire.send(b"200 fine\r\n")
        await self.may_go.wait()
        with connect(there) as data:
            await self.then(data)
        await wire.receive_all()


@asynccontextmanager
async def listening(server: Active) -> AsyncIterator[tuple[Gate, Wire, socket.socket]]:
    """A client that listens, and has told so."""
    async with door(server) as far, gate(routes=(direct(far.address, protocol="ftp"),)) as opened:
        with socket.create_server((LOOPBACK, 0)) as own, await opened.client() as client:
            own.settimeout(0)
            await client.receive(len(GREETING))
            number = own.getsockname()[1]
            await client.send(command_for(HostPort(ip_address(LOOPBACK), number)))
            assert await client.receive(10) == b"200 fine\r\n"
            assert server.asked[0].port != number
            yield opened, client, own


async def accepted(own: socket.socket) -> Wire:
    async with asyncio.timeout(PATIENCE_S):
        return Wire((await asyncio.get_running_loop().sock_accept(own))[0])


async def test_in_active_mode_the_server_reaches_the_client_that_listens() -> None:
    server = Active()
    async with listening(server) as (opened, _, own):
        server.may_go.set()
        with await accepted(own) as data:
            assert await data.receive_all() == (FILE, Ending.FIN)
        (ending,) = await opened.ended()
        assert ending.target == "{}:{}".format(*own.getsockname())
    assert (ending.code, ending.client_bytes) == (Code.CLIENT_CLOSED, len(FILE))


async def test_in_active_mode_a_file_goes_up_whole() -> None:
    sink = Sink()
    server = Active(sink)
    async with listening(server) as (opened, _, own):
        server.may_go.set()
        with await accepted(own) as data:
            await data.send(FILE)
            data.finish()
            await opened.ended_with(Code.UPSTREAM_CLOSED)
    assert (sink.heard, sink.end) == (FILE, Ending.FIN)


async def test_only_the_server_comes_to_a_client_that_listens() -> None:
    server = Active()
    async with listening(server) as (_, _, own):
        with at(server.asked[0].port, "127.0.0.2") as stranger:
            assert await stranger.ending() is Ending.RST
        server.may_go.set()
        with await accepted(own) as data:
            assert await data.receive_all() == (FILE, Ending.FIN)


async def test_nobody_comes_to_a_client_that_has_left() -> None:
    server = Active()
    async with listening(server) as (_, client, _):
        client.reset()
        await until(lambda: not is_open(server.asked[0].port))


@pytest.mark.parametrize("address", ["127.0.0.9:2000", "127.0.0.1:1023"])
async def test_no_server_is_sent_to_anybody_else(address: str) -> None:
    server = Server(b"257 /\r\n")
    async with door(server) as far, gate(routes=(direct(far.address, protocol="ftp"),)) as opened:
        with await opened.client() as client:
            await client.receive(len(GREETING))
            await client.send(command_for(parse_host_port(address)) + b"PWD\r\n")
            told = f"502 farshore: {ftp_data.NOT_YOURS}\r\n257 /\r\n".encode()
            assert await client.receive(len(told)) == told
    assert server.heard == b"PWD\r\n"


async def test_through_a_tailnet_no_server_comes_back() -> None:
    async with door(behind_socks5(Server())) as socks, gate(socks5(socks.address), route(protocol="ftp")) as opened:
        with await opened.client() as client:
            await client.receive(len(GREETING))
            await client.send(b"PORT 127,0,0,1,40,40\r\n")
            told = f"502 farshore: {ftp_data.NO_WAY_BACK}\r\n".encode()
            assert await client.receive(len(told)) == told


def _accepts(opened: Gate) -> bool:
    return is_open(opened.gateway.routes()[0].listen.port)


def is_open(port: int) -> bool:
    """Asked as a stranger, who uses nothing up."""
    with socket.socket() as probing:
        probing.bind(("127.0.0.2", 0))
        return probing.connect_ex((LOOPBACK, port)) == 0


def three_free() -> int:
    """The first of three ports in a row that nobody has."""
    for first in range(23_000, 30_000, 3):
        with socket.socket() as one, socket.socket() as two, socket.socket() as three:
            try:
                for number, each in enumerate((one, two, three)):
                    each.bind((LOOPBACK, first + number))
            except OSError:
                continue
            return first
    raise AssertionError
