"""A port for a driver, bound to one connection."""

import asyncio
import socket

import pytest
from tests.unit.gateway.wires import Ending, Wire, connect, open_descriptors, pair, until

from farshore.core.address import HostPort, parse_host
from farshore.watch.probes.bridge import Bridge

pytestmark = pytest.mark.anyio


def dialled(bridge: Bridge) -> Wire:
    host, port = bridge.address
    return connect(HostPort(parse_host(host), port))


async def test_bytes_go_both_ways_what_came_early_first() -> None:
    with pair() as (near, far):
        async with Bridge(near.sock, b"220 ") as bridge:
            with dialled(bridge) as driver:
                await far.send(b"ready\r\n")
                assert await driver.receive(11) == b"220 ready\r\n"
                await driver.send(b"QUIT\r\n")
                assert await far.receive(6) == b"QUIT\r\n"
                far.finish()
                assert await driver.receive_all() == (b"", Ending.FIN)


async def test_a_second_dial_is_refused() -> None:
    with pair() as (near, far):
        async with Bridge(near.sock, b"x") as bridge:
            address = bridge.address
            with dialled(bridge) as driver:
                await driver.receive(1)
                with socket.socket() as second:
                    assert second.connect_ex(address) != 0
        assert far.sock.fileno() >= 0


async def test_what_is_objected_to_is_not_passed_on() -> None:
    with pair() as (near, far):
        async with Bridge(near.sock, b"", lambda first: f"no {first.decode()}") as bridge:
            with dialled(bridge) as driver:
                await far.send(b"redirect")
                assert await driver.receive_all() == (b"", Ending.FIN)
            assert bridge.objection == "no redirect"


async def test_a_bridge_that_is_cut_lets_a_waiting_driver_go_and_leaves_nothing() -> None:
    with pair() as (near, _):
        before = open_descriptors()
        async with Bridge(near.sock, b"x") as bridge:
            with dialled(bridge) as driver:
                await driver.receive(1)
                await bridge.cut()
                assert (await driver.receive_all())[0] == b""
        await until(lambda: open_descriptors() == before)


async def test_a_bridge_that_nobody_crossed_leaves_nothing() -> None:
    with pair() as (near, _):
        before = open_descriptors()
        async with Bridge(near.sock, b""):
            await asyncio.sleep(0)
        assert open_descriptors() == before


async def test_a_target_that_has_ended_hears_the_end_too() -> None:
    with pair() as (near, far):
        async with Bridge(near.sock, b"") as bridge:
            with dialled(bridge) as driver:
                await far.send(b"a listing")
                far.finish()
                assert await driver.receive_all() == (b"a listing", Ending.FIN)
                assert await far.receive_all() == (b"", Ending.FIN)


async def test_who_says_more_than_it_may_is_heard_no_further() -> None:
    with pair() as (near, far):
        async with Bridge(near.sock, b"x" * 10, bound=lambda: 12) as bridge:
            with dialled(bridge) as driver:
                assert await driver.receive(10) == b"x" * 10
                assert not bridge.is_flooded
                await far.send(b"yyy")
                assert await driver.receive_all() == (b"", Ending.FIN)
                assert bridge.is_flooded
