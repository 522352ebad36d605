"""Sockets that can be ended on purpose, and listeners that leave nothing behind."""

import asyncio
from pathlib import Path

import pytest
from tests.unit.lab.parts import echo

from farshore.core.address import LOOPBACK, HostPort
from farshore.lab.stream import Listener, Stream, connect

pytestmark = pytest.mark.anyio


async def test_reads_what_was_sent_in_the_pieces_that_were_asked_for() -> None:
    async def serve(stream: Stream) -> None:
        await stream.write(b"abcline\nrest")

    async with Listener(serve).open() as listener:
        stream = await connect(listener.address)
        assert await stream.read_exactly(3) == b"abc"
        assert await stream.read_until(b"\n") == b"line\n"
        assert await stream.read_exactly(4) == b"rest"
        with pytest.raises(EOFError):
            await stream.read_exactly(1)
        stream.close()


async def test_a_line_without_end_is_refused() -> None:
    async def serve(stream: Stream) -> None:
        await stream.write(b"x" * 100_000)

    async with Listener(serve).open() as listener:
        stream = await connect(listener.address)
        with pytest.raises(ValueError, match="65536"):
            await stream.read_until(b"\n")
        stream.close()


async def test_readable_consumes_nothing_and_gone_waits_for_the_end() -> None:
    async with Listener(echo).open() as listener:
        stream = await connect(listener.address)
        await stream.readable()
        assert await stream.read() == b"hello\n"
        waiting = asyncio.get_running_loop().create_task(stream.gone())
        await asyncio.sleep(0)
        assert not waiting.done()
        await listener.close()
        await waiting
        stream.close()


async def test_reset_and_close_look_different_from_the_other_side() -> None:
    async def reset(stream: Stream) -> None:
        await stream.read()
        stream.reset()

    async def close(stream: Stream) -> None:
        await stream.read()
        stream.close()

    async with Listener(reset).open() as resetting, Listener(close).open() as closing:
        stream = await connect(resetting.address)
        await stream.write(b"x")
        with pytest.raises(ConnectionResetError):
            await stream.read()
        stream.close()
        stream = await connect(closing.address)
        await stream.write(b"x")
        assert await stream.read() == b""
        stream.close()


async def test_half_closed_stream_still_reads() -> None:
    async def serve(stream: Stream) -> None:
        asked = await stream.read()
        assert await stream.read() == b""
        await stream.write(asked * 2)

    async with Listener(serve).open() as listener:
        stream = await connect(listener.address)
        await stream.write(b"x")
        stream.end_writing()
        assert await stream.read() == b"xx"
        stream.close()
        assert listener.mistakes == []


async def test_a_closed_listener_ends_its_connections_and_refuses_new_ones() -> None:
    before = len(asyncio.all_tasks())
    listener = Listener(echo).open()
    stream = await connect(listener.address)
    assert await stream.read() == b"hello\n"
    assert listener.active == 1
    await listener.close()
    assert await stream.read() == b""
    stream.close()
    assert listener.active == 0
    with pytest.raises(ConnectionRefusedError):
        await connect(listener.address)
    assert len(asyncio.all_tasks()) == before


async def test_counts_connections_and_bytes_also_after_their_end() -> None:
    async with Listener(echo).open() as listener:
        for _ in range(3):
            stream = await connect(listener.address)
            await stream.write(b"12345")
            assert await stream.read_exactly(11) == b"hello\n12345"
            stream.close()
        assert (listener.accepted, listener.rx_bytes) == (3, 15)


async def test_an_exception_that_nobody_expected_is_kept() -> None:
    async def serve(_stream: Stream) -> None:
        msg = "a mistake"
        raise RuntimeError(msg)

    async with Listener(serve).open() as listener:
        stream = await connect(listener.address)
        assert await stream.read() == b""
        stream.close()
        assert [str(mistake) for mistake in listener.mistakes] == ["a mistake"]


async def test_reopens_on_the_same_port_and_takes_over_a_path_left_behind(folder: Path) -> None:
    listener = Listener(echo).open()
    first = listener.address
    await listener.close()
    assert listener.open(first).address == first
    await listener.close()

    for _ in range(2):
        listener = Listener(echo).open(folder / "s")
        stream = await connect(folder / "s")
        assert await stream.read() == b"hello\n"
        stream.close()
        await listener.close()
        assert (folder / "s").exists()


async def test_a_port_in_use_is_an_error_and_leaves_nothing_open() -> None:
    async with Listener(echo).open() as listener:
        with pytest.raises(OSError, match="in use"):
            Listener(echo).open(HostPort(LOOPBACK, listener.address.port))
