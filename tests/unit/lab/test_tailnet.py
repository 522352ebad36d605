"""Which way a dial takes."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from tests.unit.lab.parts import CLOSED, ELSEWHERE, HOST, LAN, LISTENER, MISSING, R1, R2, TARGET, tailnet_for

from farshore.core.address import HostPort, IPAddress, via_address
from farshore.lab.faults import (
    HostGone,
    KeyExpired,
    LoggedOut,
    RouterDead,
    RouterOffline,
    RoutesNotAccepted,
    RouteWithdrawn,
)
from farshore.lab.tailnet import (
    Carried,
    Door,
    Host,
    NotOurs,
    Refused,
    Router,
    Silent,
    Tailnet,
    Unresolved,
    ipv6_of,
    via_network,
)

NOBODY = IPv4Address("172.16.20.99")
STRANGER = IPv4Address("100.99.1.2")
VIA_NOBODY = via_address(7, HOST)
IMPOSTOR = HostPort(IPv4Address("127.0.0.1"), 9)
TAILNET = tailnet_for(LISTENER)
HAUNTED = tailnet_for(LISTENER, pod=(Host(address=HOST, listeners={TARGET.port: IMPOSTOR}),))
WITHOUT_ROUTE = (RouteWithdrawn(LAN), RoutesNotAccepted(), KeyExpired("r1"), LoggedOut())
VIA1 = HostPort(via_address(1, HOST), TARGET.port)
VIA7 = HostPort(VIA_NOBODY, TARGET.port)


def test_the_4via6_network_and_the_ipv6_address_are_laid_out_as_tailscale_does() -> None:
    assert via_network(1, LAN) == IPv6Network("fd7a:115c:a1e0:b1a:0:1:ac10:1400/120")
    assert ipv6_of(R1) == IPv6Address("fd7a:115c:a1e0::2")


def test_the_first_online_router_is_primary_and_a_dead_one_stays_it() -> None:
    assert TAILNET.owner(HOST) == TAILNET.router("r1")
    assert _owner(RouterDead("r1").strike(TAILNET), HOST) == "r1"
    assert _owner(RouterOffline("r1").strike(TAILNET), HOST) == "r2"
    assert TAILNET.primary_routes(TAILNET.router("r2")) == (via_network(2, LAN),)


def test_the_longest_prefix_owns_an_address_wherever_it_stands() -> None:
    narrow = replace(TAILNET.router("r2"), routes=(IPv4Network("172.16.20.64/26"),))
    assert _owner(TAILNET.with_router(narrow), HOST) == "r2"
    assert _owner(TAILNET.with_router(narrow), IPv4Address("172.16.20.1")) == "r1"


@pytest.mark.parametrize("door", Door)
def test_reaches_the_target_over_either_address_and_by_name(door: Door) -> None:
    plain = TAILNET.way(TARGET, door)
    assert isinstance(plain, Carried)
    assert (plain.listener, plain.bound, _name(plain.router)) == (LISTENER, IPv4Address("100.64.0.1"), "r1")
    via = TAILNET.way(replace(VIA1, host=via_address(2, HOST)), door)
    assert isinstance(via, Carried)
    assert (via.listener, via.bound, _name(via.router)) == (LISTENER, IPv6Address("fd7a:115c:a1e0::1"), "r2")
    assert isinstance(TAILNET.way(HostPort("db.lan", TARGET.port), door), Carried)
    assert TAILNET.way(HostPort("nobody.lan", 1), door) == Unresolved(text="lookup nobody.lan: no such host")


@pytest.mark.parametrize("door", Door)
def test_a_port_or_a_host_that_is_not_there(door: Door) -> None:
    r1, r2 = TAILNET.routers
    text = "connect tcp {}: connection was refused"
    assert TAILNET.way(CLOSED, door) == Refused(text=text.format(CLOSED), router=r1)
    assert TAILNET.way(MISSING, door) == Refused(text=text.format(MISSING), late=True, router=r1)
    by_kernel = TAILNET.with_router(replace(r1, online=False))
    no_route = f"connect tcp {MISSING}: no route to host"
    assert by_kernel.way(MISSING, door) == Refused(text=no_route, late=True, router=r2)
    by_site = replace(MISSING, host=via_address(2, NOBODY))
    assert by_kernel.way(by_site, door) == Refused(text=text.format(by_site), late=True, router=r2)
    assert isinstance(HostGone(HOST).strike(TAILNET).way(TARGET, door), Refused)


@pytest.mark.parametrize("door", Door)
def test_nobody_answers_for_a_dead_router(door: Door) -> None:
    dead = RouterDead("r1").strike(TAILNET)
    assert dead.way(TARGET, door) == Silent(router=dead.router("r1"))
    assert isinstance(dead.way(replace(VIA1, host=via_address(2, HOST)), door), Carried)
    assert isinstance(RouterOffline("r1").strike(TAILNET).way(TARGET, door), Carried)


@pytest.mark.parametrize("fault", WITHOUT_ROUTE, ids=lambda fault: type(fault).__name__)
def test_without_a_route_localapi_leaves_the_dial_to_its_caller_and_the_others_leak(fault: LoggedOut) -> None:
    haunted = fault.strike(HAUNTED)
    assert haunted.way(TARGET, Door.LOCALAPI) == NotOurs(address=TARGET)
    for door in (Door.SOCKS5, Door.CONNECT):
        leak = haunted.way(TARGET, door)
        assert isinstance(leak, Carried)
        assert (leak.listener, leak.bound, leak.router) == (IMPOSTOR, IPv4Address("10.200.0.10"), None)
        refused = Refused(text=f"dial tcp {CLOSED}: connect: connection refused")
        assert haunted.way(CLOSED, door) == refused
    assert fault.strike(TAILNET).way(TARGET, Door.SOCKS5) == Silent(router=None)
    assert TAILNET.way(ELSEWHERE, Door.LOCALAPI) == NotOurs(address=ELSEWHERE)


def test_before_1_98_localapi_leaks_too() -> None:
    old = replace(RouteWithdrawn(LAN).strike(HAUNTED), version="1.96.2-t0")
    assert isinstance(old.way(TARGET, Door.LOCALAPI), Carried)
    assert replace(old, version="1.98.0").way(TARGET, Door.LOCALAPI) == NotOurs(address=TARGET)


@pytest.mark.parametrize("door", [Door.SOCKS5, Door.CONNECT])
def test_a_tailscale_address_that_nobody_owns_is_dialled_by_the_kernel(door: Door) -> None:
    unknown = HostPort(STRANGER, 1433)
    assert TAILNET.way(unknown, door) == Refused(text=f"dial tcp {unknown}: connect: network is unreachable")
    haunted = replace(TAILNET, pod=(Host(address=STRANGER, listeners={1433: IMPOSTOR}),))
    leak = haunted.way(unknown, door)
    assert isinstance(leak, Carried)
    assert leak.bound == STRANGER


def test_localapi_takes_an_ipv6_tailscale_address_without_owner_for_its_own() -> None:
    assert TAILNET.way(VIA7, Door.LOCALAPI) == Refused(text=f"dial tcp {VIA7}: connect: network is unreachable")
    haunted = replace(TAILNET, pod=(Host(address=VIA_NOBODY, listeners={1433: IMPOSTOR}),))
    assert isinstance(haunted.way(VIA7, Door.LOCALAPI), Carried)
    assert LoggedOut().strike(haunted).way(VIA7, Door.LOCALAPI) == NotOurs(address=VIA7)
    assert isinstance(haunted.way(HostPort(STRANGER, 1), Door.LOCALAPI), NotOurs)


def test_a_router_s_own_address_stays_reachable_without_accepted_routes() -> None:
    off = RoutesNotAccepted().strike(TAILNET)
    assert _owner(off, R2) == "r2"
    assert isinstance(off.way(HostPort(R2, 22), Door.LOCALAPI), Refused)
    expired = KeyExpired("r1").strike(TAILNET)
    assert isinstance(expired.way(HostPort(R1, 22), Door.LOCALAPI), Silent)


def test_its_own_address_refuses() -> None:
    own = HostPort(Tailnet().address, 22)
    assert TAILNET.way(own, Door.LOCALAPI) == Refused(text=f"connect tcp {own}: connection was refused")


def _name(router: Router | None) -> str | None:
    return router.name if router else None


def _owner(tailnet: Tailnet, address: IPAddress) -> str | None:
    return _name(tailnet.owner(address))
