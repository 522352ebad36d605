"""Packets and tokens of TDS."""

import pytest

from farshore.lab.stream import Listener, Stream, connect
from farshore.lab.tds import Kind, Message, b_varchar, packets, prelogin, read_message, us_varchar

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [0, 1, 4088, 4089, 10_000])
async def test_a_message_survives_being_cut_into_packets(size: int) -> None:
    body = bytes(number % 251 for number in range(size))
    sent = packets(Kind.BATCH, body)
    assert len(sent) == size + 8 * max(1, -(-size // 4088))

    async def say(stream: Stream) -> None:
        await stream.write(sent)

    async with Listener(say).open() as listener:
        stream = await connect(listener.address)
        assert await read_message(stream) == Message(kind=Kind.BATCH, body=body)
        stream.close()


async def test_a_message_without_end_is_given_up() -> None:
    async def say(stream: Stream) -> None:
        for _ in range(20):
            await stream.write(b"\x01\x00\xff\xff\x00\x00\x01\x00" + bytes(65527))

    async with Listener(say).open() as listener:
        stream = await connect(listener.address)
        with pytest.raises(EOFError):
            await read_message(stream)
        stream.close()


async def test_prelogin_points_at_its_options() -> None:
    body = prelogin(2)
    assert body[5:10] == b"\x01\x00\x20\x00\x01"
    assert body[0x20] == 2
    assert body[25] == 0xFF


async def test_lengths_are_characters_in_one_and_bytes_in_the_other() -> None:
    assert b_varchar("ab") == b"\x02a\x00b\x00"
    assert us_varchar("ab") == b"\x04\x00a\x00b\x00"
