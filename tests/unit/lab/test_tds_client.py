"""The tiny TDS client, against the lab's own peer; the peer is tested against real clients."""

import struct

import pytest

from farshore.lab.stream import Listener, Stream
from farshore.lab.tds import Kind, packets, prelogin, read_message
from farshore.lab.tds_client import query_tds, read_answer
from farshore.lab.tds_peer import TdsPeer

pytestmark = pytest.mark.anyio


async def test_reads_the_answer() -> None:
    async with Listener(TdsPeer("the answer").serve).open() as listener:
        assert await query_tds(listener.address, "select host") == "the answer"
        assert await query_tds(listener.address, "select 42") == "42"
        assert await query_tds(listener.address, "set nocount on") == ""


async def test_the_server_s_own_words_are_the_error() -> None:
    text = "Login failed".encode("utf-16-le")
    body = struct.pack("<IBBH", 18456, 1, 14, len(text) // 2) + text + b"\x00\x00" + b"\x00" * 4
    error = b"\xaa" + struct.pack("<H", len(body)) + body

    async def refuse(stream: Stream) -> None:
        await read_message(stream)
        await stream.write(packets(Kind.RESPONSE, prelogin(2)))
        await read_message(stream)
        await stream.write(packets(Kind.RESPONSE, error))

    async with Listener(refuse).open() as listener:
        with pytest.raises(ValueError, match="Login failed"):
            await query_tds(listener.address, "select 1")


async def test_an_end_before_the_answer() -> None:
    async def leave(stream: Stream) -> None:
        await stream.read()

    async with Listener(leave).open() as listener:
        with pytest.raises(EOFError):
            await query_tds(listener.address, "select 1")


async def test_a_token_it_does_not_understand() -> None:
    with pytest.raises(ValueError, match="0x1"):
        read_answer(b"\x01")
