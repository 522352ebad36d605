"""The Postgres-speaking peer, before the real psycopg."""

import asyncio
import struct

import psycopg
import pytest

from farshore.lab.postgres_peer import PostgresPeer
from farshore.lab.stream import Listener, connect

pytestmark = pytest.mark.anyio

PEER = PostgresPeer("the answer")


def _ask_with_psycopg(port: int) -> list[object]:
    with psycopg.connect(f"host=127.0.0.1 port={port} user=u dbname=d") as connection:
        seen: list[object] = [connection.execute("select 1").fetchall(), connection.info.transaction_status.name]
        seen += [connection.execute("select version()").fetchall()]
        seen += [connection.execute("select %s", ("text",)).fetchall()]
        seen += [connection.execute("select %b", (7,)).fetchall()]
        # The sixth execution is prepared on the server.
        seen += [connection.execute("select %s", (number,)).fetchall() for number in range(8)]
        connection.commit()
        seen += [connection.info.transaction_status.name]
    return seen


async def test_psycopg_gets_rows_over_the_simple_and_the_extended_protocol() -> None:
    async with Listener(PEER.serve).open() as listener:
        seen = await asyncio.to_thread(_ask_with_psycopg, listener.address.port)
        rows = [[("the answer",)], [("text",)], [(7,)], *([(number,)] for number in range(8))]
        assert seen == [[(1,)], "INTRANS", *rows, "IDLE"]
        assert listener.mistakes == []


async def test_tls_is_declined_and_a_newer_minor_version_is_negotiated() -> None:
    async with Listener(PEER.serve).open() as listener:
        stream = await connect(listener.address)
        await stream.write(struct.pack("!ii", 8, 80877103))
        assert await stream.read_exactly(1) == b"N"
        await stream.write(struct.pack("!ii", 8, 80877104))
        assert await stream.read_exactly(1) == b"N"
        await stream.write(struct.pack("!ii", 9, 3 << 16 | 2) + b"\0")
        assert await stream.read_exactly(1) == b"v"
        stream.close()


@pytest.mark.parametrize(
    "sent", [struct.pack("!ii", 8, 2 << 16), struct.pack("!ii", 7, 3 << 16), b"GET / HTTP/1.1\r\n"]
)
async def test_what_is_not_postgres_is_hung_up_on(sent: bytes) -> None:
    async with Listener(PEER.serve).open() as listener:
        stream = await connect(listener.address)
        await stream.write(sent)
        try:
            assert await stream.read() == b""
        except ConnectionResetError:
            assert listener.mistakes == []
        stream.close()


async def test_after_an_error_everything_is_skipped_until_sync() -> None:
    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    async with Listener(PEER.serve).open() as listener:
        stream = await connect(listener.address)
        await stream.write(struct.pack("!ii", 9, 3 << 16) + b"\0")
        await stream.read_until(b"Z\0\0\0\5I")
        await stream.write(
            message(b"B", b"\0missing\0\0\0\0\0\0\0") + message(b"E", b"\0\0\0\0\0") + message(b"S", b"")
        )
        answer = await stream.read_until(b"Z\0\0\0\5I")
        assert answer.startswith(b"E")
        assert answer.count(b"no such") == 1
        stream.close()
