"""A driver at a target that is not what it takes it for: silent, cut off, of another protocol, or without an end."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable

import pytest
from tests.interop.service import PASSWORD, USER
from tests.unit.gateway.wires import Wire, pair, until

from farshore.config.model import Protocol
from farshore.core.outcome import Code
from farshore.watch.probes.asking import Asked, Asking, ask, session_of
from farshore.watch.probes.login import Login

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300), pytest.mark.anyio]

HASTE_S, LONG_S = 0.5, 60.0
GIGABYTE = 1_000_000_000
# What each target would say first, in answer to the driver's first words where it does not speak first.
GREETINGS = {
    Protocol.SQLSERVER: bytes.fromhex("04 01 001a 0000 01 00 00 000b 0006 01 0011 0001 ff 0f 00 1039 0000 03"),
    Protocol.POSTGRES: b"N",
    Protocol.MYSQL: b"\x4a\0\0\0\x0a8.0.36\0" + bytes(66),
    Protocol.ORACLE: b"\0\x22\0\0\x04\0\0\0\x22\0\0\x16(VSNNUM=318767104)    ",
    Protocol.FTP: b"220 ready\r\n",
    Protocol.SFTP: b"SSH-2.0-OpenSSH_9.2\r\n",
}
GARBAGE = (bytes(65536), b"\xff" * 65536, b"220-more\r\n" * 6553, b"a: b\r\n" * 10922)
BROKEN = {Code.LOGIN_BROKEN, Code.LOGIN_REFUSED}


async def asked(protocol: Protocol, far_end: Callable[[Wire], Awaitable[None]], login_s: float = LONG_S) -> Asked:
    session = session_of(protocol)
    assert session is not None
    login = Login(user=USER, password=PASSWORD, database="shore", host_key="SHA256:" + "a" * 43)
    with pair() as (near, far):

        async def answer() -> None:
            await far_end(far)

        answering = asyncio.get_running_loop().create_task(answer())
        try:
            return await ask(Asking(session=session, login=login, login_s=login_s), near.sock, b"", "db", nowhere)
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)


async def nowhere(_: int) -> tuple[socket.socket, bytes] | None:
    return None


async def is_silent(_: Wire) -> None:
    await asyncio.get_running_loop().create_future()


def half(protocol: Protocol) -> bytes:
    greeting = GREETINGS[protocol]
    return greeting[: max(len(greeting) // 2, 1)]


def probers() -> int:
    return sum(thread.name == "farshore-probe" for thread in threading.enumerate())


@pytest.mark.parametrize("protocol", GREETINGS)
async def test_who_says_nothing_is_waited_for_so_long_and_no_longer(protocol: Protocol) -> None:
    told = await asked(protocol, is_silent, HASTE_S)
    assert told.code is Code.LOGIN_SILENT
    await until(lambda: probers() == 0)


@pytest.mark.parametrize("protocol", GREETINGS)
async def test_who_says_half_a_greeting_and_no_more_is_waited_for_as_long(protocol: Protocol) -> None:
    async def says_half(wire: Wire) -> None:
        await wire.send(half(protocol))
        await is_silent(wire)

    told = await asked(protocol, says_half, HASTE_S)
    assert told.code is Code.LOGIN_SILENT
    await until(lambda: probers() == 0)


@pytest.mark.parametrize("protocol", GREETINGS)
async def test_who_hangs_up_in_the_middle_is_broken(protocol: Protocol) -> None:
    async def leaves(wire: Wire) -> None:
        await wire.send(half(protocol))
        wire.finish()
        await is_silent(wire)

    told = await asked(protocol, leaves)
    assert told.code is Code.LOGIN_BROKEN
    assert PASSWORD not in told.detail
    await until(lambda: probers() == 0)


@pytest.mark.parametrize("spoken", GREETINGS)
@pytest.mark.parametrize("protocol", GREETINGS)
async def test_another_protocols_greeting_is_no_login(protocol: Protocol, spoken: Protocol) -> None:
    async def speaks(wire: Wire) -> None:
        await wire.send(GREETINGS[spoken])
        wire.finish()
        await is_silent(wire)

    told = await asked(protocol, speaks)
    assert told.code in BROKEN, told
    assert told.login_ms is None
    await until(lambda: probers() == 0)


@pytest.mark.parametrize("garbage", GARBAGE, ids=["zeros", "ones", "lines", "headers"])
@pytest.mark.parametrize("protocol", GREETINGS)
async def test_a_gigabyte_of_garbage_is_not_heard_to_its_end(protocol: Protocol, garbage: bytes) -> None:
    sent = 0

    async def pours(wire: Wire) -> None:
        nonlocal sent
        while sent < GIGABYTE:
            await wire.send(garbage)
            sent += len(garbage)

    told = await asked(protocol, pours)
    assert told.code in BROKEN, told
    assert sent < GIGABYTE / 10
    await until(lambda: probers() == 0)
