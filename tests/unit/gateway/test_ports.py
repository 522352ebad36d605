import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import SystemRandom

import pytest
from tests.ports import free_port
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.gates import DIRECT, PRIVATE, direct
from tests.unit.gateway.wires import Wire, connect, open_descriptors, until

from farshore.config.fields import Ports as Range
from farshore.config.model import Config, Keepalive
from farshore.core.events import Event, ListenerClosed, ListenerOpened
from farshore.gateway.egress import build_egress
from farshore.gateway.listener import ListenError
from farshore.gateway.peer import Peer
from farshore.gateway.poller import Poller
from farshore.gateway.ports import Ports
from farshore.gateway.route import Route, build_routes

pytestmark = pytest.mark.anyio

KEEPALIVE = Keepalive()


@dataclass
class Doorkeeper:
    """Who came, and for which route."""

    ports: Ports = field(init=False)
    came: list[tuple[str, Wire]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def accepted(self, route: Route, client: socket.socket, _peer: Peer) -> None:
        self.came.append((route.name, Wire(client)))

    def turned_away(self, route: Route, _peer: Peer) -> None:
        raise AssertionError(route)


@pytest.fixture
def keeper(poller: Poller) -> Iterator[Doorkeeper]:
    keeper = Doorkeeper()
    keeper.ports = Ports(poller, keeper.accepted, keeper.turned_away, keeper.events.append)
    yield keeper
    keeper.ports.close_all()
    for _, client in keeper.came:
        client.close()


def routes(*named: tuple[str, int]) -> list[Route]:
    written = tuple(
        direct(PRIVATE, name=name, listen=Range(host=None, first=port, last=port), egress="out") for name, port in named
    )
    config = Config(egresses={"out": DIRECT}, routes=written)
    egress = build_egress("out", DIRECT, config.timeouts, HeldClock())
    return list(build_routes(config, {"out": egress}, SystemRandom(), list[Event]().append))


async def test_what_is_reserved_accepts_nobody_before_it_is_opened(keeper: Doorkeeper) -> None:
    (route,) = routes(("db", free_port()))
    reserved = keeper.ports.reserve([route], KEEPALIVE)
    with connect(route.listen):
        assert not keeper.events
        keeper.ports.open(reserved)
        await until(lambda: [name for name, _ in keeper.came] == ["db"])
    assert [type(event) for event in keeper.events] == [ListenerOpened]
    assert list(keeper.ports) == [route]


async def test_all_or_none_are_reserved(keeper: Doorkeeper) -> None:
    port = free_port()
    before = open_descriptors()
    with pytest.raises(ListenError):
        keeper.ports.reserve(routes(("first", port), ("second", port)), KEEPALIVE)
    assert open_descriptors() == before


async def test_a_port_is_handed_over_without_being_closed(keeper: Doorkeeper) -> None:
    port = free_port()
    (before,), (after,) = routes(("before", port)), routes(("after", port))
    keeper.ports.open(keeper.ports.reserve([before], KEEPALIVE))
    listening = set(open_descriptors().values())
    with connect(before.listen):
        await until(lambda: len(keeper.came) == 1)

    keeper.ports.hand_over(after, Keepalive(idle_s=77))

    with connect(before.listen):
        await until(lambda: len(keeper.came) == 2)
    assert [name for name, _ in keeper.came] == ["before", "after"]
    assert keeper.came[1][1].sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 77
    assert listening <= set(open_descriptors().values())
    assert [type(event) for event in keeper.events] == [ListenerOpened]


async def test_a_closed_port_is_told_with_the_route_it_stood_for(keeper: Doorkeeper) -> None:
    one, two = routes(("one", free_port()), ("two", free_port()))
    keeper.ports.open(keeper.ports.reserve([one, two], KEEPALIVE))
    listening = next(fd for fd in open_descriptors() if keeper.ports.has(fd))

    keeper.ports.close(one)

    assert keeper.events[-1] == ListenerClosed(route="one", listen=str(one.listen))
    assert list(keeper.ports) == [two]
    assert not keeper.ports.has(listening)
    with pytest.raises(ConnectionRefusedError):
        connect(one.listen)
    keeper.ports.close_all()
    keeper.ports.close_all()
    assert keeper.events[-1] == ListenerClosed(route="two", listen=str(two.listen))
