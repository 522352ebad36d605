from ipaddress import IPv4Network, ip_address, ip_network
from typing import Any

import pytest

from farshore.tailnet.control.plane import Router
from farshore.tailnet.status import Status, parse_status
from farshore.tailnet.suggest import SuggestedPath, Suggestion, Wanted, suggest, via_network

LAN = "172.16.20.0/24"
SITE_1, SITE_2 = "fd7a:115c:a1e0:b1a:0:1:ac10:1400/120", "fd7a:115c:a1e0:b1a:0:2:ac10:1400/120"


def peer(name: str, number: int, *routes: str, os: str = "linux") -> dict[str, Any]:
    ip = f"100.64.0.{number}"
    return {
        "HostName": name,
        "DNSName": f"{name}.tail.example.",
        "OS": os,
        "TailscaleIPs": [ip, f"fd7a:115c:a1e0::{number}"],
        "AllowedIPs": [f"{ip}/32", f"fd7a:115c:a1e0::{number}/128", *routes],
    }


def status(*peers: dict[str, Any]) -> Status:
    return parse_status({"Version": "1.102.3", "BackendState": "Running", "Peer": dict(enumerate_keys(peers))})


def enumerate_keys(peers: tuple[dict[str, Any], ...]) -> list[tuple[str, Any]]:
    return [(f"nodekey:{number}", each) for number, each in enumerate(peers)]


def wanted(host: str = "172.16.20.88", port: int = 1433, ports: int = 1, route: str = "billing") -> Wanted:
    return Wanted(route=route, host=ip_address(host), port=port, ports=ports)


def only(suggestion: Suggestion) -> tuple[SuggestedPath, ...]:
    (route,) = suggestion.routes
    assert route.problem is None
    return route.paths


def test_the_router_that_serves_gets_a_site_and_one_that_is_named_another() -> None:
    suggestion = suggest([wanted()], status(peer("r1", 2, LAN), peer("r2", 3), peer("laptop", 4)), ["r2"])
    assert only(suggestion) == (SuggestedPath(via="r1", site=1), SuggestedPath(via="r2", site=2))
    first, second = suggestion.routers
    assert (first.name, first.via, first.advertise) == ("r1", ((1, LAN, SITE_1),), (LAN, SITE_1))
    # The standby's plain prefix is not seen from here: it is named, or the failover of others would be lost.
    assert (second.name, second.via, second.advertise) == ("r2", ((2, LAN, SITE_2),), (LAN, SITE_2))


def test_what_is_there_already_needs_no_work() -> None:
    suggestion = suggest([wanted()], status(peer("r1", 2, LAN, SITE_1), peer("r2", 3, SITE_2)))
    assert only(suggestion) == (SuggestedPath(via="r1", site=1), SuggestedPath(via="r2", site=2))
    assert suggestion.routers == ()


def test_what_a_router_advertises_beside_it_is_kept() -> None:
    others = status(peer("r1", 2, LAN, "10.0.0.0/8", "0.0.0.0/0"), peer("far", 3, "fd7a:115c:a1e0:b1a:0:1:a00:0/104"))
    (work,) = suggest([wanted()], others).routers
    assert work.advertise == (LAN, "10.0.0.0/8", SITE_2)


def test_a_router_keeps_its_site_for_another_network() -> None:
    suggestion = suggest([wanted("10.1.2.3")], status(peer("r1", 2, LAN, "10.1.0.0/16", SITE_2)))
    assert only(suggestion) == (SuggestedPath(via="r1", site=2),)
    (work,) = suggestion.routers
    assert work.via == ((2, "10.1.0.0/16", str(via_network(2, IPv4Network("10.1.0.0/16")))),)
    assert work.advertise[:3] == (LAN, "10.1.0.0/16", SITE_2)


def test_routes_share_what_is_done_for_one() -> None:
    suggestion = suggest([wanted(), wanted("172.16.20.89", route="other")], status(peer("r1", 2, LAN)))
    (work,) = suggestion.routers
    assert work.via == ((1, LAN, SITE_1),)


@pytest.mark.parametrize("system", ["windows", "macOS"])
def test_a_router_that_forwards_in_netstack_gets_listeners(system: str) -> None:
    routes = [wanted(), wanted(port=5432, route="b"), wanted("172.16.20.89", route="c"), wanted(route="again")]
    suggestion = suggest(routes, status(peer("win", 2, LAN, os=system)))
    listeners = [path.listener for route in suggestion.routes for path in route.paths]
    assert listeners == ["100.64.0.2:11433", "100.64.0.2:15432", "100.64.0.2:11432", "100.64.0.2:11433"]
    (work,) = suggestion.routers
    assert work.advertise == ()
    assert work.listeners == (
        (11433, "172.16.20.88:1433"),
        (15432, "172.16.20.88:5432"),
        (11432, "172.16.20.89:1433"),
    )


def test_a_range_cannot_use_listeners() -> None:
    assert only(suggest([wanted(ports=3)], status(peer("win", 2, LAN, os="windows")))) == (
        SuggestedPath(via="win", site=1),
    )


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("fd00::1", "no IPv4 address on a network behind a router"),
        ("100.64.0.9", "no IPv4 address on a network behind a router"),
        ("10.9.9.9", "no router serves 10.9.9.9 now"),
    ],
)
def test_why_there_is_nothing_to_suggest(host: str, told: str) -> None:
    (route,) = suggest([wanted(host)], status(peer("r1", 2, LAN))).routes
    assert route.paths == ()
    assert told in (route.problem or "")


def test_one_path_is_told_to_be_one() -> None:
    (route,) = suggest([wanted()], status(peer("r1", 2, LAN))).routes
    assert "--router" in (route.note or "")
    (route,) = suggest([wanted()], status(peer("r1", 2, LAN)), ["nobody"]).routes
    assert route.note == "this host's tailscaled knows no nobody"


def test_a_machines_name_becomes_one_that_a_path_may_have() -> None:
    suggestion = suggest([wanted()], status(peer("Büro PC (2)", 2, LAN)))
    assert only(suggestion)[0].via == "B-ro-PC-2"


def known(name: str, number: int, *advertised: str) -> Router:
    routes = tuple(ip_network(prefix) for prefix in advertised)
    ips = (ip_address(f"100.64.0.{number}"),)
    return Router(id=str(number), name=name, ips=ips, advertised=routes, approved=(), online=True)


def test_where_the_control_plane_was_asked_standbys_and_whole_lists_are_known() -> None:
    routers = [known("r1", 2, LAN, "10.9.0.0/16"), known("r2", 3, LAN, "0.0.0.0/0"), known("other", 4, "10.0.0.0/8")]
    seen = status(peer("r1", 2, LAN), peer("r2", 3), peer("other", 4, "10.0.0.0/8"))
    suggestion = suggest([wanted()], seen, known=routers)
    assert only(suggestion) == (SuggestedPath(via="r1", site=1), SuggestedPath(via="r2", site=2))
    assert [(work.id, work.is_known, work.advertise) for work in suggestion.routers] == [
        ("2", True, (LAN, "10.9.0.0/16", SITE_1)),
        ("3", True, (LAN, SITE_2)),
    ]


def test_a_site_that_waits_for_its_approval_is_kept() -> None:
    suggestion = suggest([wanted()], status(peer("r1", 2, LAN)), known=[known("r1", 2, LAN, SITE_2)])
    assert only(suggestion) == (SuggestedPath(via="r1", site=2),)
    assert suggestion.routers[0].advertise == (LAN, SITE_2)
