"""The real tailscaled keeps the contract that the lab's is written to."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from tests.contract.contract import CHECKS, ROUTELESS_CHECKS
from tests.contract.peer import Door, NoRoute, Peer
from tests.tailnet.harness import faults
from tests.tailnet.harness.nodes import SOCKS_PORT
from tests.tailnet.harness.servers import Server, Talk
from tests.tailnet.harness.tailnet import MISSING, SITES, TARGET, VIA_ONLY_TARGET, Tailnet, via

ROUTER_SITES = {"172.16.20.2": 1, "172.16.20.3": 2}
UNSERVED_SITE = 7


class RealPeer:
    """The standing tailnet, as the contract wants to see it."""

    pod_ip = "10.200.0.10"
    target = TARGET
    missing = MISSING
    unowned_ip = "100.99.0.88"
    unowned_via = via(UNSERVED_SITE, TARGET)
    missing_host_s = 3.0
    socks_deadline_s = 5.0

    def __init__(self, tailnet: Tailnet) -> None:
        self.own_ips = frozenset(tailnet.gw.tailscale_ips())
        self._tailnet = tailnet

    def open(self, door: Door) -> socket.socket:
        if door is not Door.LOCALAPI:
            return self._tailnet.gw.namespace.connect("127.0.0.1", SOCKS_PORT)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(str(self._tailnet.gw.socket))
        return connection

    def serve(self, talk: Talk) -> AbstractContextManager[Server]:
        return self._tailnet.serving(talk)

    @contextlib.contextmanager
    def serve_via(self, site: int, talk: Talk) -> Iterator[Server]:
        with self._tailnet.serving(talk, host=VIA_ONLY_TARGET) as server:
            server.host = via(site, VIA_ONLY_TARGET)
            yield server

    def sites_seen(self, server: Server) -> list[int]:
        return [ROUTER_SITES[peer] for peer in server.peers]

    def closed_port(self) -> int:
        return self._tailnet.free_port()

    def kernel_router(self) -> AbstractContextManager[None]:
        return faults.kernel_mode(self._tailnet, self._tailnet.r1)

    def without_route(self, reason: NoRoute) -> AbstractContextManager[None]:
        tailnet = self._tailnet
        match reason:
            case NoRoute.WITHDRAWN:
                return faults.route_withdrawn(tailnet)
            case NoRoute.NOT_ACCEPTED:
                return faults.accept_routes_off(tailnet, tailnet.gw)
            case NoRoute.KEY_EXPIRED:
                return faults.key_expired(tailnet)
            case NoRoute.LOGGED_OUT:
                return faults.logged_out(tailnet, tailnet.gw)

    def impostor(self, port: int) -> AbstractContextManager[Server]:
        return faults.impostor(self._tailnet, TARGET, port)

    def impostor_inside(self, host: str, port: int) -> AbstractContextManager[Server]:
        return faults.impostor_inside(self._tailnet, host, port)


@pytest.fixture
def peer(tailnet: Tailnet) -> RealPeer:
    return RealPeer(tailnet)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_tailscaled(peer: RealPeer, check: Callable[[Peer], None]) -> None:
    check(peer)


@pytest.mark.parametrize("reason", NoRoute)
@pytest.mark.parametrize("check", ROUTELESS_CHECKS, ids=lambda check: check.__name__)
def test_tailscaled_without_a_route(peer: RealPeer, check: Callable[[Peer, NoRoute], None], reason: NoRoute) -> None:
    check(peer, reason)


def test_the_sites_are_those_of_the_routers() -> None:
    assert sorted(SITES.values()) == sorted(ROUTER_SITES.values())
