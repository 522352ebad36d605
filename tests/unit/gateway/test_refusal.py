import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.unit.gateway.gates import Gate, direct, gate
from tests.unit.gateway.test_first_flight import dying, over
from tests.unit.gateway.wires import LOOPBACK, Ending, Wire, door, until
from tests.unit.wire.refusal.test_tds import encryption_of
from tests.unit.wire.refusal.tunnels import Tunnel, offered
from tests.unit.wire.test_postgres import SSL_REQUEST, STARTUP
from tests.unit.wire.test_tds import SPECIFIED

from farshore.core.address import HostPort, parse_host
from farshore.core.outcome import ClientEnd, Code
from farshore.gateway import refusal
from farshore.wire.refusal.tds_packets import PRELOGIN, packets

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def refused(**settings: Any) -> AsyncIterator[Gate]:
    """A gateway before a target that refuses."""
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))
        target = HostPort(parse_host(LOOPBACK), bound.getsockname()[1])
        async with gate(routes=(direct(target, **settings),)) as opened:
            yield opened


async def silent(wire: Wire) -> None:
    """Accepts, takes in one message and closes."""
    await wire.receive(len(STARTUP))


@pytest.mark.parametrize(
    ("protocol", "begins"), [("mysql", b"\xff\x86\x04#08S01farshore: "), ("ftp", b"421 "), ("sftp", b"SSH-2.0-")]
)
async def test_a_client_that_listens_first_is_told_at_once(protocol: str, begins: bytes) -> None:
    async with refused(protocol=protocol) as opened:
        with await opened.client() as client:
            told, end = await client.receive_all()
        ending = await opened.ended_with(Code.TARGET_REFUSED)
    assert begins in told[: len(begins) + 4]
    assert b"[target.dial.refused]" in told
    assert (end, ending.client_end) == (Ending.FIN, ClientEnd.TOLD)


async def test_a_client_that_speaks_first_is_told_when_it_has() -> None:
    async with refused(protocol="postgres") as opened:
        with await opened.client() as client:
            await opened.ended_with(Code.TARGET_REFUSED)
            await client.send(SSL_REQUEST)
            assert await client.receive(1) == b"N"
            await client.send(STARTUP)
            told, end = await client.receive_all()
    assert told.startswith(b"E")
    assert end is Ending.FIN


@pytest.mark.parametrize("paths", [1, 2])
async def test_a_client_whose_target_hangs_up_on_its_first_message_is_told_too(tmp_path: Path, paths: int) -> None:
    routers = [dying(after=len(STARTUP)) for _ in range(paths)]
    async with over(tmp_path, *routers, protocol="postgres", refuse="protocol") as opened:
        with await opened.client(said=STARTUP) as client:
            told, _ = await client.receive_all()
        (ending,) = await opened.ended_in_time()
    assert [router.heard for router in routers] == [[STARTUP]] * paths
    assert b"57P03" in told
    assert b"[upstream.first-byte.closed]" in told
    assert ending.client_end is ClientEnd.TOLD


async def test_a_client_that_has_heard_the_target_is_told_nothing() -> None:
    async def speaks(wire: Wire) -> None:
        await wire.send(b"R")
        await wire.receive(len(STARTUP))

    async with door(speaks) as far, gate(routes=(direct(far.address, protocol="postgres"),)) as opened:
        with await opened.client(said=STARTUP) as client:
            assert await client.receive_all() == (b"R", Ending.FIN)
        await opened.ended_in_time()


async def test_a_client_beyond_the_limit_is_told_so() -> None:
    async with door(silent) as far:
        limited = direct(far.address, protocol="mysql", max_connections=1)
        async with gate(routes=(limited,)) as opened:
            with await opened.client(), await opened.client() as second:
                told, _ = await second.receive_all()
            (ending,) = [each for each in opened.endings if each.code is Code.ROUTE_FULL]
    assert told[4:7] == b"\xff\x10\x04"
    assert ending.client_end is ClientEnd.TOLD


@pytest.mark.parametrize(("refuse", "end"), [("close", Ending.FIN), ("reset", Ending.RST)])
async def test_a_route_may_say_nothing(refuse: str, end: Ending) -> None:
    async with refused(protocol="mysql", refuse=refuse) as opened:
        with await opened.client() as client:
            assert await client.receive_all() == (b"", end)
        ending = await opened.ended_with(Code.TARGET_REFUSED)
    assert ending.client_end.value == end.value


async def test_plain_tcp_says_what_is_written_and_nothing_else() -> None:
    async with refused(refuse_with="sorry\r\n") as opened:
        with await opened.client() as client:
            assert await client.receive_all() == (b"sorry\r\n", Ending.FIN)


async def test_plain_tcp_is_reset() -> None:
    async with refused() as opened:
        with await opened.client() as client:
            assert await client.receive_all() == (b"", Ending.RST)


async def test_a_client_that_says_nothing_is_not_waited_for() -> None:
    async with refused(protocol="postgres") as opened:
        with await opened.client() as client:
            await opened.ended_with(Code.TARGET_REFUSED)
            assert len(opened.gateway.refusals) == 1
            opened.clock.advance(refusal.PATIENCE_S)
            await until(lambda: not len(opened.gateway.refusals))
            assert await client.ending() is Ending.RST


async def test_a_client_that_says_too_much_is_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal, "MAX_BYTES", 20)
    async with refused(protocol="postgres") as opened:
        with await opened.client() as client:
            await opened.ended_with(Code.TARGET_REFUSED)
            await client.send(SSL_REQUEST * 3)
            assert await client.ending() is Ending.RST


async def test_so_many_are_told_at_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal, "CONVERSATIONS", 1)
    async with refused(protocol="postgres") as opened:
        with await opened.client():
            await opened.ended()
            with await opened.client() as second:
                assert await second.ending() is Ending.RST
            ends = [ending.client_end for ending in await opened.ended(2)]
    assert ends == [ClientEnd.TOLD, ClientEnd.RST]


async def test_whoever_is_being_told_is_let_go_when_the_gateway_closes() -> None:
    async with refused(protocol="postgres") as opened:
        with await opened.client() as client:
            await opened.ended()
            await opened.gateway.close()
            assert await client.ending() is Ending.RST
    assert not len(opened.gateway.refusals)


@pytest.mark.parametrize("begins", [SSL_REQUEST, b""])
async def test_a_client_that_listens_to_nothing_but_tls_is_told_in_it(begins: bytes) -> None:
    async with refused(protocol="postgres") as opened:
        opened.gateway.refusals.offer = offered
        with await opened.client() as client:
            await opened.ended_with(Code.TARGET_REFUSED)
            if begins:
                await client.send(begins)
                assert await client.receive(1) == b"S"
            tunnel = Tunnel()
            await client.send(tunnel.hello())
            while not tunnel.is_up:
                await client.send(tunnel.answer(await client.receive(1)))
            await client.send(tunnel.say(STARTUP))
            told, end = await client.receive_all()
    assert b"[target.dial.refused]" in tunnel.hear(told)
    assert b"farshore" not in told
    assert end is Ending.FIN


async def test_a_client_that_stops_in_the_middle_of_tls_is_not_waited_for() -> None:
    async with refused(protocol="sqlserver") as opened:
        opened.gateway.refusals.offer = offered
        with await opened.client() as client:
            await opened.ended_with(Code.TARGET_REFUSED)
            await client.send(SPECIFIED)
            head = await client.receive(8)
            assert encryption_of(head + await client.receive(int.from_bytes(head[2:4]) - 8)) == 1
            await client.send(packets(PRELOGIN, Tunnel().hello())[:-1])
            opened.clock.advance(refusal.PATIENCE_S)
            await until(lambda: not len(opened.gateway.refusals))
            assert (await client.receive_all())[1] is Ending.RST


async def test_what_an_incident_knows_is_said_with_it() -> None:
    async with refused(protocol="ftp") as opened:
        opened.gateway.refusals.remark = lambda route: f"incident of {route}"
        with await opened.client() as client:
            told, _ = await client.receive_all()
    assert told.endswith(b"[target.dial.refused]; incident of db\r\n")
