"""The tiny Postgres client, against the lab's own peer; the peer is tested against real clients."""

import pytest

from farshore.core.address import LOOPBACK, HostPort
from farshore.lab.postgres_client import query_postgres
from farshore.lab.postgres_peer import PostgresPeer
from farshore.lab.stream import Listener, Stream

pytestmark = pytest.mark.anyio


async def test_reads_the_answer() -> None:
    async with Listener(PostgresPeer("the answer").serve).open() as listener:
        assert await query_postgres(listener.address, "select host") == "the answer"
        assert await query_postgres(listener.address, "select 42") == "42"
        assert await query_postgres(listener.address, "begin") == ""


async def test_the_server_s_own_words_are_the_error() -> None:
    async def refuse(stream: Stream) -> None:
        await stream.read()
        await stream.write(b"E\0\0\0\x1aSFATAL\0Mno such role\0\0")

    async with Listener(refuse).open() as listener:
        with pytest.raises(ValueError, match="no such role"):
            await query_postgres(listener.address, "select 1")


async def test_an_end_and_a_refusal_are_told_apart() -> None:
    async def leave(stream: Stream) -> None:
        await stream.read()

    async with Listener(leave).open() as listener:
        with pytest.raises(EOFError):
            await query_postgres(listener.address, "select 1")
    with pytest.raises(ConnectionRefusedError):
        await query_postgres(HostPort(LOOPBACK, listener.address.port), "select 1")
