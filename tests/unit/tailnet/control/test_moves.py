from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farshore.core.address import IPNetwork
from farshore.tailnet.control.moves import Move, candidates, prefix_of, router_of
from farshore.tailnet.control.plane import Router
from farshore.tailnet.status import Peer, parse_status

LAN, OTHER = ip_network("172.16.20.0/24"), ip_network("10.0.0.0/8")
VIA_1, VIA_2 = ip_network("fd7a:115c:a1e0:b1a:0:1:ac10:1400/120"), ip_network("fd7a:115c:a1e0:b1a:0:2:ac10:1400/120")
VIA_ELSEWHERE = ip_network("fd7a:115c:a1e0:b1a:0:2:a00:0/104")


def router(
    name: str, *approved: IPNetwork, advertised: tuple[IPNetwork, ...] | None = None, online: bool | None = True
) -> Router:
    number = int(name.removeprefix("r"))
    return Router(
        id=str(number),
        name=name,
        ips=(ip_address(f"100.64.0.{number + 1}"),),
        advertised=approved if advertised is None else advertised,
        approved=approved,
        online=online,
    )


DEAD = router("r1", LAN, VIA_1)
LIVING = router("r2", LAN)


def peer(*routes: str) -> Peer:
    document = {"TailscaleIPs": ["100.64.0.2"], "AllowedIPs": ["100.64.0.2/32", *routes]}
    return parse_status({"Peer": {"nodekey:1": document}}).peers[0]


def test_the_dead_router_loses_the_prefix_and_nothing_else() -> None:
    move = Move(prefix=LAN, dead=DEAD, living=LIVING)
    assert [(change.router.name, change.routes) for change in move.changes] == [("r1", (VIA_1,))]
    assert [(change.router.name, change.routes) for change in move.undoing] == [("r1", (LAN, VIA_1))]


def test_the_living_router_is_allowed_before_the_dead_one_is_not() -> None:
    living = router("r2", OTHER, advertised=(OTHER, LAN))
    move = Move(prefix=LAN, dead=DEAD, living=living)
    assert [(change.router.name, change.routes) for change in move.changes] == [
        ("r2", (OTHER, LAN)),
        ("r1", (VIA_1,)),
    ]
    assert [(change.router.name, change.routes) for change in move.undoing] == [
        ("r1", (LAN, VIA_1)),
        ("r2", (OTHER,)),
    ]


NETWORKS = st.lists(st.sampled_from([LAN, OTHER, VIA_1, VIA_2, VIA_ELSEWHERE]), unique=True)


@settings(deadline=None)
@given(NETWORKS, NETWORKS)
def test_a_move_changes_where_one_prefix_may_be_served_and_undoing_changes_that_back(
    dead_has: list[IPNetwork], living_has: list[IPNetwork]
) -> None:
    dead = router("r1", *dict.fromkeys([LAN, *dead_has]))
    living = router("r2", *living_has, advertised=(LAN,))
    move = Move(prefix=LAN, dead=dead, living=living)
    sets = {each.name: set(each.approved) for each in (dead, living)}
    for change in move.changes:
        sets[change.router.name] = set(change.routes)
        assert any(LAN in routes for routes in sets.values())
    assert sets == {"r1": set(dead.approved) - {LAN}, "r2": set(living.approved) | {LAN}}
    for change in move.undoing:
        sets[change.router.name] = set(change.routes)
    assert sets == {"r1": set(dead.approved), "r2": set(living.approved)}


@pytest.mark.parametrize(
    ("routers", "expected"),
    [
        ((DEAD, LIVING), (LIVING,)),
        ((DEAD,), "no other router advertises 172.16.20.0/24"),
        ((DEAD, router("r2", OTHER)), "no other router advertises 172.16.20.0/24"),
        ((DEAD, router("r2", LAN, online=False)), "r2 would take over, and the control plane says offline"),
        ((DEAD, router("r2", LAN, online=None)), (router("r2", LAN, online=None),)),
        ((DEAD, router("r2", LAN, VIA_ELSEWHERE)), (router("r2", LAN, VIA_ELSEWHERE),)),
        (
            (DEAD, router("r2", advertised=(LAN,)), router("r3", LAN)),
            (router("r3", LAN), router("r2", advertised=(LAN,))),
        ),
    ],
)
def test_who_may_take_over(routers: tuple[Router, ...], expected: tuple[Router, ...] | str) -> None:
    assert candidates(LAN, DEAD, routers, frozenset()) == expected


@pytest.mark.parametrize("spoiled", [router("r2", LAN, VIA_2), router("r2", LAN, advertised=(LAN, VIA_2))])
def test_a_router_that_4via6_may_have_spoiled_takes_over_only_where_it_is_known_not_to_be(spoiled: Router) -> None:
    against = candidates(LAN, DEAD, (DEAD, spoiled), frozenset())
    assert isinstance(against, str)
    assert "black hole" in against
    assert "routers: {r2: {forwarding: kernel}}" in against
    assert candidates(LAN, DEAD, (DEAD, spoiled), {"r2"}) == (spoiled,)


def test_what_the_dead_router_may_not_serve_cannot_be_taken_from_it() -> None:
    against = candidates(OTHER, DEAD, (DEAD, LIVING), frozenset())
    assert against == "the control plane does not let r1 serve 10.0.0.0/8 (any more)"


@pytest.mark.parametrize(
    ("routes", "target", "prefix"),
    [
        (["172.16.0.0/16", "172.16.20.0/24"], "172.16.20.88", "172.16.20.0/24"),
        (["0.0.0.0/0"], "172.16.20.88", None),
        (["172.16.21.0/24"], "172.16.20.88", None),
        ([], "100.64.0.2", None),
        (["fd7a:115c:a1e0:b1a:0:1:ac10:1400/120"], "fd7a:115c:a1e0:b1a:0:1:ac10:1458", None),
    ],
)
def test_the_prefix_to_move(routes: list[str], target: str, prefix: str | None) -> None:
    assert prefix_of(peer(*routes), ip_address(target)) == (None if prefix is None else ip_network(prefix))


def test_a_peer_is_found_in_the_control_plane_by_its_address() -> None:
    assert router_of(peer(), (LIVING, DEAD)) == DEAD
    assert router_of(peer(), (LIVING,)) is None
