import asyncio
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Any

import pytest
from tests.unit.gateway.gates import behind_localapi
from tests.unit.gateway.tailnets import ROUTER, Daemon, document, node
from tests.unit.gateway.wires import door, echo, open_descriptors

from farshore.app.live import Live, look_live
from farshore.config.fields import Ports
from farshore.config.model import Config
from farshore.core.address import HostPort, via_address
from farshore.core.clock import SystemClock
from farshore.core.outcome import Code
from farshore.lab.faults import HostGone, RouteWithdrawn, TailnetFault, TargetRefuses
from farshore.lab.stage import DATABASES, LAN, POSTGRES, R1, Stage, set_stage
from farshore.lab.tailnet import Forwarding, Tailnet, via_network
from farshore.tailnet.forwarding import Forwards

pytestmark = pytest.mark.anyio

UNUSED = ip_address("172.16.20.250")
BOTH = ({"via": "r1", "site": 1}, {"via": "r2", "site": 2})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardsInNetstack:
    """A router that forwards in userspace."""

    router: str

    def strike(self, tailnet: Tailnet) -> Tailnet:
        return tailnet.with_router(replace(tailnet.router(self.router), forwarding=Forwarding.NETSTACK))


def route(name: str = "db", *paths: dict[str, Any], **settings: Any) -> dict[str, Any]:
    target = Ports(host=POSTGRES.host, first=POSTGRES.port, last=POSTGRES.port)
    return {
        "name": name,
        "listen": Ports(host=None, first=8082, last=8082),
        "target": target,
        "paths": paths,
    } | settings


def config(socket: Path, *routes: dict[str, Any], **settings: Any) -> Config:
    egresses = {"tailnet": {"kind": "tailscaled", "socket": str(socket)}}
    return Config.model_validate({"egresses": egresses, "routes": routes} | settings)


async def looked(stage: Stage, *routes: dict[str, Any], **settings: Any) -> Live:
    return await look_live(config(stage.daemon.socket, *routes, **settings))


async def struck(fault: TailnetFault, *routes: dict[str, Any], **settings: Any) -> Live:
    async with set_stage(SystemClock()) as stage:
        stage.daemon.inject(fault)
        return await looked(stage, *routes, **settings)


async def test_every_path_is_dialled_once_and_its_owner_named() -> None:
    before = open_descriptors()
    async with set_stage(SystemClock()) as stage:
        live = await looked(stage, route("db", *BOTH))
        assert stage.postgres.accepted == 2
    (seen,) = live.routes
    assert [(path.path, path.owner, path.owner_os, path.code) for path in seen.paths] == [
        ("r1", "r1", "linux", None),
        ("r2", "r2", "linux", None),
    ]
    assert [path.dialled for path in seen.paths] == [
        f"[{via_address(site, IPv4Address(DATABASES))}]:5432" for site in (1, 2)
    ]
    assert seen.works
    assert open_descriptors().keys() <= before.keys()


async def test_a_path_that_fails_says_why_and_the_other_one_still_works() -> None:
    live = await struck(RouteWithdrawn(via_network(1, LAN)), route("db", *BOTH))
    (seen,) = live.routes
    assert [path.code for path in seen.paths] == [Code.LEAK, None]
    assert seen.paths[0].detail
    assert seen.paths[0].owner == ""
    assert seen.works


async def test_a_refusal_of_the_target_fails_every_path() -> None:
    live = await struck(TargetRefuses(POSTGRES), route("db", *BOTH))
    assert [path.code for path in live.routes[0].paths] == [Code.TARGET_REFUSED] * 2
    assert not live.routes[0].works


async def test_of_a_range_the_first_port_is_dialled() -> None:
    ports = {
        "listen": Ports(host=None, first=8082, last=8084),
        "target": Ports(host=POSTGRES.host, first=POSTGRES.port, last=POSTGRES.port + 2),
    }
    other = route("other", listen=Ports(host=None, first=9000, last=9000))
    async with set_stage(SystemClock()) as stage:
        live = await looked(stage, route("range", **ports), other)
        assert stage.postgres.accepted == 2
    assert [(seen.route, seen.ports) for seen in live.routes] == [("range:8082", 3), ("other", 1)]


async def test_a_name_that_nobody_knows_fails_without_a_dial() -> None:
    unknown = route("db", target=Ports(host="nowhere", first=1, last=1), resolve="tailnet")
    async with set_stage(SystemClock()) as stage:
        live = await looked(stage, unknown)
    assert live.routes[0].paths[0].code is Code.NAME_UNKNOWN


@pytest.mark.parametrize(
    ("fault", "seen", "disproved"),
    [
        (ForwardsInNetstack(router=R1), Forwards.IN_NETSTACK, True),
        (HostGone(IPv4Address("172.16.20.251")), Forwards.IN_THE_KERNEL, False),
    ],
)
async def test_an_unused_address_tells_how_a_router_forwards(
    fault: TailnetFault,
    seen: Forwards,
    disproved: bool,  # noqa: FBT001 - pytest names it
) -> None:
    routers = {"r1": {"forwarding": "kernel", "unused": UNUSED}}
    live = await struck(fault, route("db", *BOTH), routers=routers)
    (router,) = live.routers
    assert (router.router, router.seen, router.is_disproved) == ("r1", seen, disproved)
    assert str(UNUSED) in router.why


async def test_a_router_that_does_not_serve_the_unused_address_now_is_not_known() -> None:
    routers = {name: {"forwarding": "kernel", "unused": UNUSED} for name in ("r1", "r2")}
    async with set_stage(SystemClock()) as stage:
        live = await looked(stage, route("db", *BOTH), routers=routers)
    assert [router.seen for router in live.routers] == [Forwards.IN_THE_KERNEL, Forwards.UNKNOWN]
    assert live.routers[1].why == f"{UNUSED} is served by r1 now: only a dial through r2 would tell"


async def test_a_router_is_known_by_its_listener_as_well(tmp_path: Path) -> None:
    listener = HostPort(ip_address("100.64.0.2"), 11433)
    routers = {"r1": {"forwarding": "kernel", "unused": UNUSED}}
    routed = document(node("router", ROUTER, str(LAN), "100.64.0.2/32"))
    daemon = Daemon(behind_localapi(echo), routed)
    async with door(daemon, tmp_path / "s"):
        live = await look_live(
            config(tmp_path / "s", route("db", {"via": "r1", "listener": listener}), routers=routers)
        )
    assert live.routers[0].why.startswith(f"{UNUSED} is in use")
    assert len(daemon.dialled) == 2


@pytest.mark.parametrize(
    ("served", "why"),
    [
        (via_network(1, LAN), f"{UNUSED} is served by nobody now: only a dial through r1 would tell"),
        (LAN, f"nobody is known to serve {via_address(1, DATABASES)}, by which r1 is reached"),
    ],
)
async def test_without_the_route_or_the_router_nothing_more_is_dialled(tmp_path: Path, served: Any, why: str) -> None:
    daemon = Daemon(behind_localapi(echo), document(node("router", ROUTER, str(served))))
    async with door(daemon, tmp_path / "s"):
        live = await look_live(
            config(
                tmp_path / "s",
                route("db", BOTH[0]),
                routers={"r1": {"forwarding": "kernel", "unused": UNUSED}},
            )
        )
    assert (live.routers[0].seen, live.routers[0].why) == (Forwards.UNKNOWN, why)
    assert len(daemon.dialled) <= 1


async def test_an_address_that_answers_proves_nothing() -> None:
    async with set_stage(SystemClock()) as stage:
        live = await looked(stage, route("db", *BOTH), routers={"r1": {"forwarding": "kernel", "unused": DATABASES}})
    assert (live.routers[0].seen, live.routers[0].is_disproved) == (Forwards.UNKNOWN, False)
    assert "in use" in live.routers[0].why


async def test_the_system_of_a_router_is_enough(tmp_path: Path) -> None:
    routed = document(node("router", ROUTER, str(via_network(1, LAN))) | {"OS": "windows"})
    routers = {"r1": {"forwarding": "kernel", "unused": UNUSED}, "r2": {"forwarding": "kernel"}}
    daemon = Daemon(behind_localapi(echo), routed)
    async with door(daemon, tmp_path / "s"):
        live = await look_live(config(tmp_path / "s", route("db", BOTH[0]), routers=routers))
    windows, unknown = live.routers
    assert windows.is_disproved
    assert "windows" in windows.why
    assert (unknown.seen, unknown.is_disproved) == (Forwards.UNKNOWN, False)
    # What the status says needs no dial.
    assert len(daemon.dialled) == 1


async def test_the_paths_of_a_route_are_dialled_one_after_the_other(tmp_path: Path) -> None:
    at_once: list[int] = []
    active = 0

    async def count(wire: Any) -> None:
        nonlocal active
        active += 1
        at_once.append(active)
        await asyncio.sleep(0.01)
        active -= 1
        await behind_localapi(echo)(wire)

    routed = document(node("router", ROUTER, str(via_network(1, LAN)), str(via_network(2, LAN))))
    async with door(Daemon(count, routed), tmp_path / "s"):
        await look_live(config(tmp_path / "s", route("db", *BOTH)))
    assert at_once == [1, 1]
