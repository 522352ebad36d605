"""What can happen to bytes on their way."""

import asyncio
from collections.abc import Iterable

import pytest

from farshore.lab.toxics import BlackHole, Bytes, Latency, LimitData, Reset, Slicer, SlowClose, Toxic

pytestmark = pytest.mark.anyio


async def _source(*chunks: bytes) -> Bytes:
    for chunk in chunks:
        yield chunk


async def _through(toxics: Iterable[Toxic], *chunks: bytes) -> list[bytes]:
    source = _source(*chunks)
    for toxic in toxics:
        source = toxic.apply(source)
    return [chunk async for chunk in source if chunk]


@pytest.mark.parametrize(
    ("toxics", "arrived"),
    [
        ((), [b"abc", b"def"]),
        ((Latency(0.001),), [b"abc", b"def"]),
        ((Slicer(2),), [b"ab", b"c", b"de", b"f"]),
        ((LimitData(4),), [b"abc", b"d"]),
        ((LimitData(3),), [b"abc"]),
        ((LimitData(9),), [b"abc", b"def"]),
        ((SlowClose(0.001),), [b"abc", b"def"]),
        ((Slicer(1), LimitData(2)), [b"a", b"b"]),
        ((LimitData(2), Slicer(1)), [b"a", b"b"]),
        ((Reset(7),), [b"abc", b"def"]),
    ],
)
async def test_what_arrives(toxics: tuple[Toxic, ...], arrived: list[bytes]) -> None:
    assert await _through(toxics, b"abc", b"def") == arrived


async def test_a_reset_comes_after_its_bytes() -> None:
    source = Reset(4).apply(_source(b"abc", b"def"))
    assert [await anext(source), await anext(source)] == [b"abc", b"d"]
    with pytest.raises(ConnectionResetError):
        await anext(source)


@pytest.mark.parametrize(("toxic", "first"), [(Latency(30), b""), (BlackHole(), b""), (SlowClose(30), b"abc")])
async def test_what_waits_can_be_cancelled_and_does_wait(toxic: Toxic, first: bytes) -> None:
    arrived = bytearray()

    async def run() -> None:
        async for chunk in toxic.apply(_source(b"abc")):
            arrived.extend(chunk)

    running = asyncio.get_running_loop().create_task(run())
    for _ in range(5):
        await asyncio.sleep(0)
    assert (running.done(), bytes(arrived)) == (False, first)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
