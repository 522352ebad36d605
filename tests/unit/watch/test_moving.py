from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest
from tests.unit.surface.seen import path_state
from tests.unit.tailnet.control.planes import LAN, Plane
from tests.unit.watch.daemon import R1, R2, Daemon, peer, running

from farshore.core.address import HostPort, IPNetwork
from farshore.core.remedy import RemedyResult
from farshore.gateway.state import PathState
from farshore.tailnet import remedy
from farshore.tailnet.control import mover as mover_module
from farshore.tailnet.control.mover import Lease, Mover, NoLease
from farshore.tailnet.control.plane import Router
from farshore.tailnet.localapi import LocalApi
from farshore.watch import moving as moving_module
from farshore.watch.moving import Done, Moving, plain_path
from farshore.watch.outages import Outage

pytestmark = pytest.mark.anyio
TARGET = HostPort(ip_address("172.16.20.88"), 1433)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remedy, "PING_S", 0.05)
    monkeypatch.setattr(mover_module, "OWNER_S", 0.1)
    monkeypatch.setattr(mover_module, "LOOK_S", 0.01)
    monkeypatch.setattr(moving_module, "IMPROVE_S", 0.05)


class Following(Plane):
    """A control plane that tailscaled listens to: what r1 may no longer serve is r2's."""

    daemon: Daemon

    async def approve(self, router: Router, routes: tuple[IPNetwork, ...]) -> tuple[IPNetwork, ...]:
        result = await super().approve(router, routes)
        owner = "r1" if LAN in self.known["r1"].approved else "r2"
        self.daemon.peers = [
            peer(name, ip, *([str(LAN)] if name == owner else [])) for name, ip in (("r1", R1), ("r2", R2))
        ]
        return result


@dataclass
class CountedLease:
    refusal: str | None = None
    did: list[str] = field(default_factory=list)

    async def acquire(self) -> str | None:
        self.did.append("acquire")
        return self.refusal

    async def release(self) -> None:
        self.did.append("release")

    async def aclose(self) -> None:
        self.did.append("close")


@dataclass
class Kit:
    daemon: Daemon
    plane: Plane
    moving: Moving
    api: LocalApi
    outage: Outage

    async def move(self) -> Done:
        move = await self.moving.plan(self.api, TARGET, ())
        assert not isinstance(move, str), move
        return await self.moving.carry_out(self.api, move, TARGET, self.outage)


@asynccontextmanager
async def kit(plane: Plane | None = None, lease: Lease | None = None) -> AsyncIterator[Kit]:
    async with running() as daemon:
        daemon.answering = {R2}
        if plane is None:
            plane = Following()
            plane.daemon = daemon
        api = LocalApi(daemon.path)
        moving = Moving(Mover(plane=plane, lease=lease or NoLease(), kernel=frozenset()), None)
        yield Kit(daemon=daemon, plane=plane, moving=moving, api=api, outage=Outage())
        await api.aclose()
        await moving.aclose()
        assert plane.closed


async def test_a_move_that_ends_the_outage_has_helped_and_says_how_to_have_it_back() -> None:
    async with kit() as it:
        it.outage.end(proven=True)
        done = await it.move()
        assert done.result is RemedyResult.HELPED
        assert done.detail == (f"moved {LAN} from r1 to r2; to have it back, when r1 is well: approve r1 {LAN}")
        assert it.plane.approved() == {"r1": (), "r2": (LAN,)}


async def test_where_no_client_comes_a_dial_of_our_own_decides() -> None:
    async with kit() as it:
        it.daemon.dials = 101
        done = await it.move()
        assert done.result is RemedyResult.NO_CHANGE
        assert "where the target answers; no client has come since" in done.detail
        assert it.plane.approved() == {"r1": (), "r2": (LAN,)}
        assert it.daemon.asked[-1] == "dial"


async def test_a_move_that_does_not_help_is_undone() -> None:
    async with kit() as it:
        it.daemon.dials = 502
        done = await it.move()
        assert done.result is RemedyResult.UNDONE
        assert done.detail == f"{LAN} from r1 to r2: dial failure: timeout; put back as it was"
        assert it.plane.approved() == {"r1": (LAN,), "r2": (LAN,)}


async def test_a_move_that_nobody_hears_of_is_undone() -> None:
    async with kit(Plane()) as it:
        done = await it.move()
        assert done.result is RemedyResult.UNDONE
        assert "has not heard of it; put back as it was" in done.detail
        assert it.plane.approved() == {"r1": (LAN,), "r2": (LAN,)}


async def test_a_control_plane_that_dies_before_the_write_changes_nothing() -> None:
    async with kit(Plane(failing={1})) as it:
        assert await it.move() == Done(result=RemedyResult.FAILED, detail="no; nothing was changed")


async def test_a_control_plane_that_is_down_is_told() -> None:
    async with kit(Plane(is_up=False)) as it:
        plan = await it.moving.plan(it.api, TARGET, ())
        assert plan == "the control plane cannot be asked, nothing was changed: it is down"


async def test_who_has_no_lease_moves_nothing() -> None:
    lease = CountedLease(refusal="another holds it")
    async with kit(lease=lease) as it:
        assert await it.move() == Done(result=RemedyResult.WITHHELD, detail="another holds it")
        assert it.plane.writes == 0
        assert lease.did == ["acquire"]


async def test_what_another_replica_has_done_is_seen_under_the_lease() -> None:
    lease = CountedLease()
    async with kit(lease=lease) as it:
        move = await it.moving.plan(it.api, TARGET, ())
        assert not isinstance(move, str)
        it.daemon.peers = [peer("r1", R1), peer("r2", R2, str(LAN))]
        done = await it.moving.carry_out(it.api, move, TARGET, it.outage)
        assert done.result is RemedyResult.WITHHELD
        assert done.detail == "the router is not shown dead: r2: disco 2 ms, TSMP 2 ms"
        assert it.plane.writes == 0
        assert lease.did == ["acquire", "release"]


def path(host: str) -> PathState:
    address = host if host == "db" else ip_address(host)
    state = path_state(host)
    return PathState(
        name=state.name, egress=state.egress, target=HostPort(address, 1433), state=state.state, patience_ms=1.0
    )


def test_only_a_path_to_the_targets_own_address_is_the_control_planes_to_choose() -> None:
    via, listener, name, plain = map(path, ("fd7a:115c:a1e0:b1a:0:1:ac10:1458", "100.64.0.2", "db", "172.16.20.88"))
    assert plain_path([via, listener, name]) is None
    assert plain_path([via, plain]) is plain
