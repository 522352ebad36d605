import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address

import pytest
from tests.unit.collect.conftest import SetScene

from farshore.collect.aim import Door
from farshore.collect.dials import SILENT_DOOR, Order, dial, dial_all, is_silence, knock
from farshore.collect.documents import Notebook
from farshore.core.address import HostPort
from farshore.core.clock import SystemClock
from farshore.diagnosis.collected import DialEnd
from farshore.diagnosis.facts.dials import Egress
from farshore.lab import faults
from farshore.lab.stage import LAN, POSTGRES
from farshore.lab.tailnet import Door as LabDoor

pytestmark = pytest.mark.anyio
LOOPBACK = IPv4Address("127.0.0.1")
AT = "2026-03-04T05:50:34.000Z"


@contextmanager
def listening() -> Iterator[HostPort]:
    """A port that accepts, by its backlog, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield HostPort(LOOPBACK, server.getsockname()[1])


def order(target: HostPort = POSTGRES, **more: object) -> Order:
    return Order(target=target, stands_for=target, protocol="postgres", **more)  # type: ignore[arg-type]


async def test_a_door_that_opens_and_speaks_is_open(set_calm_scene: SetScene) -> None:
    async with set_calm_scene() as scene:
        assert [await knock(door) for door in scene.doors()] == [None, None, None]
        assert await knock(Door(kind=Egress.DIRECT, address=None)) is None


async def test_a_closed_door_a_silent_one_and_a_strangers(set_scene: SetScene) -> None:
    with listening() as address:
        assert SILENT_DOOR in (await knock(Door(kind=Egress.SOCKS5, address=address)) or "")
    assert "refused" in (await knock(Door(kind=Egress.SOCKS5, address=address)) or "")
    async with set_scene(faults.Garbage(doors=(LabDoor.SOCKS5,))) as scene:
        assert "no SOCKS5 server" in (await knock(scene.doors()[1]) or "")


async def test_a_silent_socks_port_is_not_a_silent_target(impatient: None) -> None:
    with listening() as address:
        ended = await dial(Door(kind=Egress.SOCKS5, address=address), order(), SystemClock(), AT)
    assert ended.end is DialEnd.EGRESS_SILENT


async def test_a_target_that_is_silent_behind_a_door_that_speaks(set_scene: SetScene) -> None:
    async with set_scene(faults.RouterDead("r1")) as scene:
        ended = [await dial(door, order(), SystemClock(), AT) for door in scene.doors()[:2]]
    assert [each.end for each in ended] == [DialEnd.SILENT, DialEnd.FAILED]
    assert ended[1].text == "SOCKS5 reply code 1: general SOCKS server failure"


async def test_what_is_bound_outside_the_tailnet_is_not_greeted(set_scene: SetScene) -> None:
    async with set_scene(faults.RouteWithdrawn(LAN)) as scene:
        socks = scene.doors()[1]
        own = frozenset({IPv4Address("100.64.0.1")})
        leaked = await dial(socks, order(own_ips=own), SystemClock(), AT)
    assert (leaked.end, leaked.greeting, leaked.expected) == (DialEnd.CONNECTED, "", "")
    assert leaked.bound.startswith("10.200.0.10:")


async def test_a_direct_dial_tells_the_systems_own_error() -> None:
    with listening() as address:
        door = Door(kind=Egress.DIRECT, address=None)
        silent = Order(target=address, stands_for=address, protocol="tcp")
        connected = await dial(door, silent, SystemClock(), AT)
    refused = await dial(door, silent, SystemClock(), AT)
    assert (connected.end, connected.greeting, connected.expected) == (DialEnd.CONNECTED, "", "")
    assert (refused.end, "refused" in refused.text) == (DialEnd.FAILED, True)


async def test_a_silent_dial_alone_is_made_once_more_and_what_connects_wins(impatient: None) -> None:
    loop = asyncio.get_running_loop()
    accepted: list[socket.socket] = []

    async def serve(server: socket.socket) -> None:
        server.settimeout(0)
        accepted.append((await loop.sock_accept(server))[0])
        await loop.sock_sendall(accepted[0], b"\x05\x00")
        accepted.append((await loop.sock_accept(server))[0])
        await loop.sock_sendall(accepted[1], bytes.fromhex("0500 05000001 64400001 0001") + b"N")

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = loop.create_task(serve(server))
        door = Door(kind=Egress.SOCKS5, address=HostPort(LOOPBACK, server.getsockname()[1]))
        (ended,) = await dial_all([door], order(), Notebook(clock=SystemClock()))
        await serving
    for connection in accepted:
        connection.close()
    assert (ended.end, ended.bound, ended.greeting, len(accepted)) == (
        DialEnd.CONNECTED,
        "100.64.0.1:1",
        "postgres",
        2,
    )


async def test_two_silences_are_enough(set_scene: SetScene) -> None:
    async with set_scene(faults.RouterDead("r1")) as scene:
        ended = await dial_all(scene.doors(), order(), scene.notebook)
    assert [(each.egress, each.end) for each in ended] == [("localapi", "silent"), ("socks5", "failed")]
    assert all(map(is_silence, ended))


async def test_a_refusal_is_no_silence(set_scene: SetScene) -> None:
    async with set_scene(faults.TargetRefuses(POSTGRES)) as scene:
        ended = await dial_all(scene.doors(), order(), scene.notebook)
    assert [is_silence(each) for each in ended] == [False, False, False]
