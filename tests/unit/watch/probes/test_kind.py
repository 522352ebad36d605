"""A conversation with a target that greets, or does not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.unit.gateway.wires import Wire, pair

from farshore.config.model import Protocol
from farshore.core.outcome import Code
from farshore.watch.probes.kind import MAX_HEARD_BYTES, Greeting, Talked, kind_of
from farshore.wire.openings.opening import Heard, Say

pytestmark = pytest.mark.anyio

HASTE_S = 0.05
# Never reached where a test passes.
LONG_S = 60.0
HALF = b"E\0\0\0"


async def talk(
    answer: Callable[[Wire], Awaitable[None]], early: bytes = b"", protocol: str = "postgres", limit_s: float = LONG_S
) -> Talked | None:
    with pair() as (near, far):
        answering = asyncio.get_running_loop().create_task(_run(answer, far))
        try:
            return await kind_of(protocol).talk(near.sock, early, limit_s)
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)


async def _run(answer: Callable[[Wire], Awaitable[None]], far: Wire) -> None:
    await answer(far)


async def greets(wire: Wire) -> None:
    assert await wire.receive(8) == bytes.fromhex("00000008 04d21630")
    await wire.send(b"N")


async def is_silent(wire: Wire) -> None:
    """Says nothing."""


async def leaves(wire: Wire) -> None:
    wire.finish()


async def breaks_off(wire: Wire) -> None:
    wire.reset()


async def says_half(wire: Wire) -> None:
    await wire.send(HALF)


async def says_half_and_leaves(wire: Wire) -> None:
    await wire.receive(8)
    await wire.send(HALF)
    wire.finish()


async def is_another(wire: Wire) -> None:
    await wire.send(b"220 ready\r\n")


async def is_full(wire: Wire) -> None:
    await wire.send(b"E\0\0\0\x0fMtoo many\0\0")


async def test_a_greeting_is_heard() -> None:
    told = await talk(greets)
    assert told == Talked(code=None, detail="", server="PostgreSQL, no GSSAPI encryption")


async def test_a_greeting_that_came_early_is_one() -> None:
    told = await talk(is_silent, early=b"N")
    assert told is not None
    assert told.code is None


@pytest.mark.parametrize(
    ("answer", "limit_s", "code", "words"),
    [
        (is_silent, HASTE_S, Code.GREETING_MISSING, "said nothing for 0.05 s"),
        (says_half, HASTE_S, Code.GREETING_CUT, "said 4 bytes of a greeting, then nothing"),
        (says_half_and_leaves, LONG_S, Code.GREETING_CUT, "hung up after 4 bytes of a greeting"),
        (leaves, LONG_S, Code.UPSTREAM_CLOSED_SILENT, "hung up without a word"),
        (breaks_off, LONG_S, Code.UPSTREAM_RESET_SILENT, "broke off: "),
        (is_another, LONG_S, Code.GREETING_FOREIGN, "an FTP or mail server"),
        (is_full, LONG_S, Code.GREETING_DECLINED, "too many"),
    ],
)
async def test_what_is_no_greeting(
    answer: Callable[[Wire], Awaitable[None]], limit_s: float, code: Code, words: str
) -> None:
    told = await talk(answer, limit_s=limit_s)
    assert told is not None
    assert told.code is code
    assert words in told.detail


class NeverEnds:
    """An opening that hears on for ever."""

    def begin(self) -> bytes:
        return b""

    def receive(self, _: bytes) -> Heard:
        return Say()


async def test_who_talks_without_end_is_heard_so_long_and_no_longer() -> None:
    sent = 0

    async def pours(wire: Wire) -> None:
        nonlocal sent
        while True:
            await wire.send(bytes(4096))
            sent += 4096

    with pair() as (near, far):
        pouring = asyncio.get_running_loop().create_task(pours(far))
        told = await Greeting(name="x", opening=NeverEnds).talk(near.sock, b"", LONG_S)
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)
    assert told.code is Code.GREETING_FOREIGN
    assert str(MAX_HEARD_BYTES) in told.detail
    assert sent >= MAX_HEARD_BYTES


GARBAGE = (bytes(4096), b"\xff" * 4096, b"220-more\r\n" * 400, b"a: b\r\n" * 600, b"E\0\0?\xffS" + b"x" * 4090)
GIGABYTE = 1_000_000_000


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("protocol", [protocol for protocol in Protocol if protocol is not Protocol.TCP])
async def test_a_gigabyte_of_garbage_is_not_heard_to_its_end(protocol: Protocol, garbage: bytes) -> None:
    sent = 0

    async def pours(wire: Wire) -> None:
        nonlocal sent
        while sent < GIGABYTE:
            await wire.send(garbage)
            sent += len(garbage)

    told = await talk(pours, protocol=protocol)
    assert told is not None
    assert told.code is Code.GREETING_FOREIGN
    # What the kernel's buffers take is sent, and hardly heard.
    assert sent < GIGABYTE / 10


GREETINGS = {
    Protocol.SQLSERVER: bytes.fromhex("04 01 001a 0000 01 00 00 000b 0006 01 0011 0001 ff 0f 00 1039 0000 03"),
    Protocol.POSTGRES: b"N",
    Protocol.MYSQL: b"\x08\0\0\0\x0a8.0.36\0",
    Protocol.ORACLE: b"\0\x22\0\0\x04\0\0\0\x22\0\0\x16(VSNNUM=318767104)    ",
    Protocol.FTP: b"220 ready\r\n211 no-features\r\n",
    Protocol.SFTP: b"SSH-2.0-OpenSSH_9.2\r\n",
    Protocol.HTTP: b"HTTP/1.1 200 OK\r\n\r\n",
}


@pytest.mark.parametrize("spoken", GREETINGS)
@pytest.mark.parametrize("protocol", GREETINGS)
async def test_a_greeting_is_its_own_protocols_and_no_others(protocol: Protocol, spoken: Protocol) -> None:
    async def speaks(wire: Wire) -> None:
        await wire.send(GREETINGS[spoken])
        wire.finish()

    told = await talk(speaks, protocol=protocol)
    assert told is not None
    if spoken is protocol:
        assert (told.code, told.detail) == (None, "")
        assert told.server
    else:
        # One byte, or two, may yet become a greeting's length.
        assert told.code is Code.GREETING_FOREIGN or (told.code is Code.GREETING_CUT and spoken is Protocol.POSTGRES)


async def test_plain_tcp_says_and_hears_nothing() -> None:
    assert await talk(is_silent, protocol="tcp", limit_s=HASTE_S) is None


@pytest.mark.parametrize("protocol", Protocol)
def test_every_protocol_has_a_kind(protocol: Protocol) -> None:
    assert kind_of(protocol).name == protocol.value
