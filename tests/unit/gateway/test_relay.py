"""The two directions of a control connection, in a gateway whose target is an FTP server in a test's hand."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.unit.gateway.gates import Gate, direct, gate
from tests.unit.gateway.wires import Ending, Wire, door
from tests.unit.wire.test_redirect import REDIRECT

from farshore.core.redirected import ClientRedirected, DataPathHidden
from farshore.gateway.redirects import remedy

pytestmark = pytest.mark.anyio

GREETING = b"220 ready\r\n"


class Server:
    """Answers each command with the next of its replies, and notes the commands."""

    def __init__(self, *replies: bytes) -> None:
        self.replies = [*replies]
        self.heard = b""

    async def __call__(self, wire: Wire) -> None:
        await wire.send(GREETING)
        while self.replies:
            line = b""
            while not line.endswith(b"\n"):
                line += await wire.receive(1)
            self.heard += line
            await wire.send(self.replies.pop(0))
        await wire.receive_all()


@asynccontextmanager
async def before(server: Server) -> AsyncIterator[tuple[Gate, Wire]]:
    async with door(server) as far, gate(routes=(direct(far.address, protocol="ftp"),)) as opened:
        with await opened.client() as client:
            assert await client.receive(len(GREETING)) == GREETING
            yield opened, client


async def test_a_refused_command_is_answered_by_the_gateway_and_the_next_by_the_server() -> None:
    server = Server(b"257 /\r\n")
    async with before(server) as (_, client):
        await client.send(b"PORT 127,0,0,9,4,5\r\nPWD\r\n")
        told = b""
        while b"257 /\r\n" not in told:
            told += await client.receive(1)
    assert told.startswith(b"502 farshore: ")
    assert server.heard == b"PWD\r\n"


async def test_what_is_said_urgently_is_passed_on_whole() -> None:
    server = Server(b"226 aborted\r\n")
    async with before(server) as (_, client):
        assert client.sock.send(b"ABOR\r\n", socket.MSG_OOB) == 6
        assert await client.receive(13) == b"226 aborted\r\n"
    assert server.heard == b"ABOR\r\n"


async def test_tls_is_told_once_and_passed_on() -> None:
    async with before(Server(b"234 go\r\n", b"\x15\x03")) as (opened, client):
        await client.send(b"AUTH TLS\r\n")
        assert await client.receive(8) == b"234 go\r\n"
        await client.send(b"\x16\x03\n")
        assert await client.receive(2) == b"\x15\x03"
        (hidden,) = opened.told(DataPathHidden)
        assert (hidden.route, hidden.client) == ("db", client.name)


async def test_a_last_word_without_an_end_of_line_is_passed_on_with_the_end() -> None:
    async def leaves(wire: Wire) -> None:
        await wire.send(GREETING + b"421 leaving")

    async with door(leaves) as far, gate(routes=(direct(far.address, protocol="ftp"),)) as opened:
        with await opened.client() as client:
            assert await client.receive_all() == (GREETING + b"421 leaving", Ending.FIN)


async def test_bytes_are_counted_as_they_came_and_an_end_is_passed_on() -> None:
    async with before(Server(b"221 bye\r\n")) as (opened, client):
        await client.send(b"QUIT\r\n")
        assert await client.receive(9) == b"221 bye\r\n"
        client.finish()
        assert await client.ending() is Ending.FIN
        (ending,) = await opened.ended()
    assert (ending.client_bytes, ending.upstream_bytes) == (6, len(GREETING) + 9)


async def test_a_server_that_sends_its_client_on_is_told_of_and_nothing_is_changed() -> None:
    async def sends_on(wire: Wire) -> None:
        for byte in REDIRECT:
            await wire.send(bytes([byte]))
        await wire.send(b"x" * 300_000)

    async with door(sends_on) as far, gate(routes=(direct(far.address, protocol="oracle"),)) as opened:
        with await opened.client() as client:
            assert await client.receive_all() == (REDIRECT + b"x" * 300_000, Ending.FIN)
        (told,) = opened.told(ClientRedirected)
    assert (told.route, told.protocol, told.to, told.client) == ("db", "oracle", "10.2.0.7:1526", client_of(opened))
    assert told.remedy == remedy("oracle", "10.2.0.7:1526")


def client_of(opened: Gate) -> str:
    return opened.endings[0].client
