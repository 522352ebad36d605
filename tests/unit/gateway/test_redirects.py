"""Oracle clients that are sent on, in a gateway whose targets are listeners in a test's hand."""

import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any

import pytest
from tests.unit.gateway.gates import Gate, direct, gate
from tests.unit.gateway.test_ftp_data import is_open, three_free
from tests.unit.gateway.wires import LOOPBACK, Ending, Script, Wire, connect, door, until
from tests.unit.wire.test_onward import address, inline

from farshore.config.fields import Ports
from farshore.core.address import HostPort, parse_host
from farshore.core.redirected import ClientRedirected, ClientRedirectRewritten
from farshore.gateway import ftp_data
from farshore.gateway.redirects import remedy

pytestmark = pytest.mark.anyio

RAC = "rac2.example"
NOBODY = HostPort(ip_address(LOOPBACK), 9)
MORE = b"x" * 300_000


def sends_on(host: str, port: int = 1521, more: bytes = b"") -> Script:
    async def serve(wire: Wire) -> None:
        await wire.send(inline(address(host, port)) + more)
        await wire.receive_all()

    return serve


async def node(wire: Wire) -> None:
    await wire.send(b"the node")
    await wire.receive_all()
    await wire.send(b"bye")


@asynccontextmanager
async def sent_on(script: Script, *others: Any, **settings: Any) -> AsyncIterator[tuple[Gate, Wire, HostPort]]:
    """A client that has heard where it shall go."""
    async with door(script) as listener:
        first = direct(listener.address, protocol="oracle", redirects="rewrite", **settings)
        async with gate(routes=(first, *others)) as opened:
            with await opened.client() as client:
                yield opened, client, await told(client)


async def told(client: Wire) -> HostPort:
    heard = await client.receive(10)
    heard += await client.receive(int.from_bytes(heard[:2]) - len(heard))
    found = re.search(rb"\(HOST=([^)]+)\)\(PORT=(\d+)\)", heard)
    assert found is not None
    return HostPort(parse_host(found[1].decode()), int(found[2]))


async def test_a_client_is_sent_to_the_route_that_stands_for_the_address() -> None:
    async with (
        door(node) as far,
        sent_on(
            sends_on(str(far.address.host), far.address.port), direct(far.address, name="node", protocol="oracle")
        ) as (opened, client, there),
    ):
        assert there == opened.gateway.routes()[1].listen
        with connect(there) as second:
            assert await second.receive(8) == b"the node"
        (rewritten,) = opened.told(ClientRedirectRewritten)
        assert opened.told(ClientRedirected) == []
        assert (rewritten.route, rewritten.to, rewritten.instead) == ("db", str(far.address), str(there))
        assert rewritten.client == client.name


async def test_a_route_stands_for_what_it_is_known_as_and_an_address_of_its_own_is_told() -> None:
    listen = Ports(host=ip_address("127.0.0.2"), first=0, last=0)
    other = direct(NOBODY, name="node", known_as=("RAC2.example.:1521",), listen=listen)
    async with sent_on(sends_on(RAC), other) as (opened, _, there):
        assert there == opened.gateway.routes()[1].listen == HostPort(ip_address("127.0.0.2"), there.port)


async def test_what_clients_are_told_may_be_another_address() -> None:
    other = direct(NOBODY, name="node", known_as=(f"{RAC}:1521",))
    async with sent_on(sends_on(RAC), other, data_address="192.0.2.7") as (opened, _, there):
        assert there == HostPort(ip_address("192.0.2.7"), opened.gateway.routes()[1].listen.port)


@pytest.mark.parametrize("port", [1521, 1522])
async def test_an_address_that_no_route_stands_for_is_left_and_told_of(port: int) -> None:
    other = direct(NOBODY, name="node", known_as=(f"{RAC}:1523",))
    async with sent_on(sends_on(RAC, port), other) as (opened, _, there):
        assert there == HostPort(RAC, port)
        (passed,) = opened.told(ClientRedirected)
    assert (passed.to, passed.remedy) == (f"{RAC}:{port}", remedy("oracle", f"{RAC}:{port}"))
    assert opened.told(ClientRedirectRewritten) == []


async def test_what_follows_the_answer_is_carried_as_ever() -> None:
    other = direct(NOBODY, name="node", known_as=(f"{RAC}:1521",))
    async with sent_on(sends_on(RAC, more=MORE), other) as (opened, client, _):
        client.finish()
        assert await client.receive_all() == (MORE, Ending.FIN)
        (ending,) = await opened.ended()
    assert ending.upstream_bytes == len(inline(address(RAC, 1521))) + len(MORE)


async def test_another_port_of_the_same_host_is_opened_for_that_client_once_and_outlives_its_connection() -> None:
    first = three_free()
    async with (
        door(node) as far,
        sent_on(sends_on(str(far.address.host), far.address.port), data_ports=f"{first}-{first + 2}") as (
            opened,
            client,
            there,
        ),
    ):
        assert str(there.host) == LOOPBACK
        assert there.port in range(first, first + 3)
        client.close()
        await opened.ended()
        with connect(there) as second:
            assert await second.receive(8) == b"the node"
            second.finish()
            assert await second.receive_all() == (b"bye", Ending.FIN)
        await until(lambda: not is_open(there.port))


async def test_such_a_port_is_closed_after_a_while() -> None:
    first = three_free()
    async with sent_on(sends_on(LOOPBACK, 9), data_ports=f"{first}-{first + 2}") as (opened, _, there):
        opened.clock.advance(ftp_data.OPEN_S)
        await until(lambda: not is_open(there.port))


async def test_where_none_is_free_the_address_is_left_and_the_log_says_why() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        number = taken.getsockname()[1]
        async with sent_on(sends_on(LOOPBACK, 9), data_ports=f"{number}-{number}") as (opened, _, there):
            assert there == NOBODY
            (passed,) = opened.told(ClientRedirected)
    assert passed.remedy == ftp_data.NONE_FREE


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ("oracle", "`known_as: [10.2.0.7:1526]`"),
        ("sqlserver", "Add a route with `listen: 1526` and `target: 10.2.0.7:1526`, and let 10.2.0.7 stand"),
    ],
)
def test_it_is_told_which_route_is_needed(protocol: str, words: str) -> None:
    assert words in remedy(protocol, "10.2.0.7:1526")
