"""The lab's tailscaled, held to the same contract as the real one, on both loops and however its replies are cut."""

import asyncio
import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import uvloop
from tests.contract.contract import CHECKS, GREETING, ROUTELESS_CHECKS
from tests.contract.peer import Door, NoRoute, Peer
from tests.tailnet.harness.servers import Server, Talk, greet

from farshore.core.address import HostPort, via_address
from farshore.core.clock import SystemClock
from farshore.lab.backend import Pace, Segments
from farshore.lab.faults import Fault, KeyExpired, LoggedOut, RoutesNotAccepted, RouteWithdrawn
from farshore.lab.tailnet import Forwarding, Host, Router, Tailnet, via_network
from farshore.lab.tailscaled import Tailscaled

LAN = IPv4Network("172.16.20.0/24")
TARGET, VIA_ONLY_TARGET = IPv4Address("172.16.20.88"), IPv4Address("172.16.20.89")
SITES = {"r1": 1, "r2": 2}
PACE = Pace(socks_deadline_s=0.5, missing_host_s=0.1)
REASONS: dict[NoRoute, Fault] = {
    NoRoute.WITHDRAWN: RouteWithdrawn(LAN),
    NoRoute.NOT_ACCEPTED: RoutesNotAccepted(),
    NoRoute.KEY_EXPIRED: KeyExpired("r1"),
    NoRoute.LOGGED_OUT: LoggedOut(),
}
VARIANTS = (
    (asyncio.new_event_loop, Segments.SPLIT),
    (uvloop.new_event_loop, Segments.SPLIT),
    (asyncio.new_event_loop, Segments.DRIBBLED),
    (uvloop.new_event_loop, Segments.COALESCED),
)


class LabPeer:
    """The lab's daemon on a loop of its own in a thread of its own, as the contract wants to see it."""

    target = str(TARGET)
    missing = "172.16.20.99"
    unowned_ip = "100.99.0.88"
    unowned_via = str(via_address(9, TARGET))
    missing_host_s = PACE.missing_host_s
    socks_deadline_s = PACE.socks_deadline_s

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop, segments: Segments) -> None:
        tailnet = Tailnet(
            routers=tuple(
                Router(name=name, address=IPv4Address(f"100.64.0.{site + 1}"), routes=(LAN, via_network(site, LAN)))
                for name, site in SITES.items()
            ),
            lan=(Host(address=TARGET, listeners={}), Host(address=VIA_ONLY_TARGET, listeners={})),
        )
        self.own_ips = frozenset(map(str, tailnet.addresses))
        self.pod_ip = str(tailnet.pod_address)
        self.daemon = Tailscaled(tailnet, folder / "s.sock", clock=SystemClock(), pace=PACE, segments=segments)
        self._loop = loop
        self._ports = itertools.count(20000)

    def start(self) -> None:
        self._run(self.daemon.open)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.daemon.kill(), self._loop).result()

    def open(self, door: Door) -> socket.socket:
        if door is Door.LOCALAPI:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.connect(str(self.daemon.socket))
            return connection
        where = self.daemon.socks5 if door is Door.SOCKS5 else self.daemon.connect
        return socket.create_connection((str(where.host), where.port))

    def serve(self, talk: Talk) -> AbstractContextManager[Server]:
        return self._serving(talk, TARGET)

    @contextlib.contextmanager
    def serve_via(self, site: int, talk: Talk) -> Iterator[Server]:
        with self._serving(talk, VIA_ONLY_TARGET) as server:
            server.host = str(via_address(site, VIA_ONLY_TARGET))
            yield server

    def sites_seen(self, server: Server) -> list[int]:
        carried = [way for way in self.daemon.backend.carried if way.target.port == server.port]
        return [SITES[way.router.name] for way in carried if way.router is not None]

    def closed_port(self) -> int:
        return next(self._ports)

    @contextlib.contextmanager
    def kernel_router(self) -> Iterator[None]:
        before = self.daemon.backend.base
        self._change(before.with_router(replace(before.router("r1"), forwarding=Forwarding.KERNEL)))
        yield
        self._change(before)

    @contextlib.contextmanager
    def without_route(self, reason: NoRoute) -> Iterator[None]:
        self._run(lambda: self.daemon.inject(REASONS[reason]))
        yield
        self._run(lambda: self.daemon.heal(REASONS[reason]))

    def impostor(self, port: int) -> AbstractContextManager[Server]:
        return self.impostor_inside(self.target, port)

    @contextlib.contextmanager
    def impostor_inside(self, host: str, port: int) -> Iterator[Server]:
        with _server(greet(GREETING), host, port) as server:
            before = self.daemon.backend.base
            self._change(replace(before, pod=(Host(address=ip_address(host), listeners={port: _where(server)}),)))
            yield server
            self._change(before)

    @contextlib.contextmanager
    def _serving(self, talk: Talk, host: IPv4Address) -> Iterator[Server]:
        port = next(self._ports)
        with _server(talk, str(host), port) as server:
            before = self.daemon.backend.base
            others = tuple(other for other in before.lan if other.address != host)
            self._change(replace(before, lan=(*others, Host(address=host, listeners={port: _where(server)}))))
            yield server
            self._change(before)

    def _change(self, tailnet: Tailnet) -> None:
        def change() -> None:
            self.daemon.backend.base = tailnet

        self._run(change)

    def _run(self, action: Callable[[], object]) -> None:
        async def run() -> None:
            action()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result()


@contextlib.contextmanager
def _server(talk: Talk, host: str, port: int) -> Iterator[Server]:
    """A server on loopback that believes to be on that host and port."""
    with Server(socket.create_server(("127.0.0.1", 0)), host, port, talk) as server:
        yield server


def _where(server: Server) -> HostPort:
    host, port = server._listener.getsockname()
    return HostPort(ip_address(host), port)


def _named(variant: tuple[Callable[[], asyncio.AbstractEventLoop], Segments]) -> str:
    new_loop, segments = variant
    return f"{new_loop.__module__.partition('.')[0]}-{segments}"


@pytest.fixture(scope="module", params=VARIANTS, ids=_named)
def peer(request: pytest.FixtureRequest) -> Iterator[LabPeer]:
    new_loop, segments = request.param
    loop = new_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with TemporaryDirectory(prefix="lab", dir="/tmp") as folder:
        lab = LabPeer(Path(folder), loop, segments)
        lab.start()
        yield lab
        lab.stop()
        assert lab.daemon.mistakes == []
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_lab(peer: LabPeer, check: Callable[[Peer], None]) -> None:
    check(peer)


@pytest.mark.parametrize("peer", VARIANTS[:2], ids=_named, indirect=True)
@pytest.mark.parametrize("reason", NoRoute)
@pytest.mark.parametrize("check", ROUTELESS_CHECKS, ids=lambda check: check.__name__)
def test_lab_without_a_route(peer: LabPeer, check: Callable[[Peer, NoRoute], None], reason: NoRoute) -> None:
    check(peer, reason)
