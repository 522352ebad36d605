"""How bytes are carried, and how a connection ends."""

import asyncio

import pytest

from farshore.lab.account import Account
from farshore.lab.relay import relay
from farshore.lab.stream import Listener, Stream, connect
from farshore.lab.tailnet import Link
from farshore.lab.toxics import BlackHole, LimitData, Slicer

pytestmark = pytest.mark.anyio

BULK = bytes(range(256)) * 4096


async def _echo(stream: Stream) -> None:
    while data := await stream.read():
        await stream.write(data)


async def _exchange(data: bytes, link: Link, account: Account) -> bytes:
    """What comes back of that data through a relay to an echo."""
    async with Listener(_echo).open() as echo:

        async def carry(client: Stream) -> None:
            target = await connect(echo.address)
            try:
                await relay(client, target, link, account)
            finally:
                target.close()

        async with Listener(carry).open() as carrying:
            stream = await connect(carrying.address)
            sending = asyncio.get_running_loop().create_task(stream.write(data))
            back = bytearray()
            try:
                while len(back) < len(data) and (chunk := await stream.read()):
                    back += chunk
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
                stream.close()
            assert carrying.mistakes == []
            return bytes(back)


async def test_a_megabyte_comes_back_whole_and_is_counted() -> None:
    account = Account()
    assert await _exchange(BULK, Link(), account) == BULK
    assert (account.tx_bytes, account.rx_bytes) == (len(BULK), len(BULK))


async def test_toxics_act_each_in_its_direction() -> None:
    assert await _exchange(b"abcdef", Link(to_target=(Slicer(1),), from_target=(Slicer(4),)), Account()) == b"abcdef"
    assert await _exchange(b"abcdef", Link(from_target=(LimitData(3),)), Account()) == b"abc"


async def test_a_black_hole_upwards_keeps_the_connection() -> None:
    account = Account()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await _exchange(b"abcdef", Link(to_target=(BlackHole(),)), account)
    assert account.tx_bytes == 0
