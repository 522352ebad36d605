import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address

import pytest
from tests.ports import free_port
from tests.unit.gateway.gates import DIRECT, Gate, behind_socks5, direct, gate, granted, route, socks5
from tests.unit.gateway.wires import PATIENCE_S, Wire, door, echo, stay_silent, until

from farshore.core.address import HostPort
from farshore.core.events import LeakRefused
from farshore.core.outcome import Code
from farshore.gateway.errand import Errand
from farshore.gateway.judge import Failure

pytestmark = pytest.mark.anyio


async def greet(wire: Wire) -> None:
    await wire.send(b"220 welcome\r\n")
    await wire.receive_all()


def errand(opened: Gate) -> Errand:
    (running,) = opened.gateway.live_routes()
    return Errand(running, opened.gateway.waiting_room(running), opened.gateway.surroundings)


@asynccontextmanager
async def behind(reply: bytes | None = None) -> AsyncIterator[Gate]:
    async with door(behind_socks5(greet, reply)) as egress, gate(socks5(egress.address), route()) as opened:
        yield opened


async def test_what_a_target_says_first_is_left_in_the_socket() -> None:
    async with behind() as opened:
        reached = await errand(opened).run()
        assert isinstance(reached, socket.socket)
        with Wire(reached) as wire:
            assert await wire.receive(13) == b"220 welcome\r\n"


async def test_it_goes_on_when_the_gateway_is_gone() -> None:
    async with door(echo) as target:
        async with gate(DIRECT, direct(target.address)) as opened:
            reached = await errand(opened).run()
        assert isinstance(reached, socket.socket)
        with Wire(reached) as wire:
            await wire.send(b"still there?")
            assert await wire.receive(12) == b"still there?"


async def test_a_name_is_resolved() -> None:
    async with door(echo) as target:
        named = direct(HostPort("localhost", target.address.port), resolve="pod")
        async with gate(DIRECT, named) as opened:
            reached = await errand(opened).run()
            assert isinstance(reached, socket.socket)
            reached.close()


async def test_why_there_is_no_way() -> None:
    async with gate(DIRECT, direct(HostPort(IPv4Address("127.0.0.1"), free_port()))) as opened:
        failed = await errand(opened).run()
        assert isinstance(failed, Failure)
        assert failed.code is Code.TARGET_REFUSED


async def test_a_leak_is_told() -> None:
    async with behind(reply=granted("10.0.0.1")) as opened:
        failed = await errand(opened).run()
        assert isinstance(failed, Failure)
        assert failed.code is Code.LEAK
        assert [leak.connected for leak in opened.told(LeakRefused)] == [True]


async def test_silence_ends_in_time() -> None:
    async with door(stay_silent) as egress, gate(socks5(egress.address), route()) as opened:
        running = asyncio.create_task(errand(opened).run())

        def is_over() -> bool:
            opened.clock.advance(0.05)
            return running.done()

        await until(is_over)
        failed = running.result()
        assert isinstance(failed, Failure)
        assert failed.code is Code.HANDSHAKE_TIMEOUT


async def test_nothing_is_left_open_when_nobody_waits_any_more() -> None:
    gone = asyncio.Event()

    async def hear(wire: Wire) -> None:
        await wire.receive_all()
        gone.set()

    async with door(hear) as egress, gate(socks5(egress.address), route()) as opened:
        running = asyncio.create_task(errand(opened).run())
        await until(lambda: egress.accepted == 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await asyncio.wait_for(gone.wait(), PATIENCE_S)
