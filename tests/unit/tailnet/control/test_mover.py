from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_address

import pytest
from tests.unit.tailnet.control.planes import LAN, Plane
from tests.unit.watch.daemon import R1, R2, Daemon, peer, running

from farshore.tailnet import remedy
from farshore.tailnet.control import mover as mover_module
from farshore.tailnet.control.mover import Mover, NoLease
from farshore.tailnet.control.moves import Move
from farshore.tailnet.control.plane import ControlError
from farshore.tailnet.localapi import LocalApi
from farshore.tailnet.remedy import Sighting

pytestmark = pytest.mark.anyio
TARGET = ip_address("172.16.20.88")


@pytest.fixture
async def daemon(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Daemon]:
    monkeypatch.setattr(remedy, "PING_S", 0.05)
    monkeypatch.setattr(mover_module, "OWNER_S", 0.1)
    monkeypatch.setattr(mover_module, "LOOK_S", 0.01)
    async with running() as daemon:
        daemon.answering = {R2}
        yield daemon


def mover(plane: Plane) -> Mover:
    return Mover(plane=plane, lease=NoLease(), kernel=frozenset())


async def planned(daemon: Daemon, plane: Plane, *pinged: Sighting) -> Move | str:
    api = LocalApi(daemon.path)
    try:
        return await mover(plane).plan(api, await api.status(), TARGET, pinged)
    finally:
        await api.aclose()


async def test_a_dead_router_and_one_that_answers_make_a_move(daemon: Daemon) -> None:
    plane = Plane()
    move = await planned(daemon, plane)
    assert isinstance(move, Move)
    assert (move.prefix, move.dead.name, move.living.name) == (LAN, "r1", "r2")
    assert mover(plane).command(move) == "approve r1 "
    assert mover(plane).undo_command(move) == f"approve r1 {LAN}"


async def test_what_was_pinged_a_moment_ago_is_not_pinged_again(daemon: Daemon) -> None:
    assert isinstance(await planned(daemon, Plane(), Sighting(router="r1")), Move)
    assert {asked for asked in daemon.asked if R1 in asked} == set()
    assert isinstance(await planned(daemon, Plane(), Sighting(router="r1", trouble="not pinged")), Move)
    assert {asked for asked in daemon.asked if R1 in asked}


async def test_a_router_that_answers_keeps_its_prefix(daemon: Daemon) -> None:
    daemon.answering = {R1, R2}
    against = await planned(daemon, Plane())
    assert against == "the router is not shown dead: r1: disco 2 ms, TSMP 2 ms"


async def test_where_nobody_else_answers_nothing_moves(daemon: Daemon) -> None:
    daemon.answering.clear()
    assert await planned(daemon, Plane()) == f"no living router for {LAN}: r2: disco silent, TSMP silent"


async def test_what_is_not_seen_from_here_takes_nothing_over(daemon: Daemon) -> None:
    daemon.peers.pop()
    assert await planned(daemon, Plane()) == "r2 is not seen from here"


async def test_a_target_without_a_prefix_is_nobodys_to_move(daemon: Daemon) -> None:
    daemon.peers[0] = peer("r1", R1)
    assert await planned(daemon, Plane()) == "no router serves a prefix with 172.16.20.88"


async def test_a_router_of_another_tailnet_is_not_moved_from(daemon: Daemon) -> None:
    plane = Plane()
    del plane.known["r1"]
    assert await planned(daemon, plane) == "the control plane does not know r1"


async def test_a_move_and_its_undoing(daemon: Daemon) -> None:
    plane = Plane()
    plane.known["r2"] = replace(plane.known["r2"], approved=())
    before = plane.approved()
    move = await planned(daemon, plane)
    assert isinstance(move, Move)
    await mover(plane).move(move)
    assert plane.approved() == {"r1": (), "r2": (LAN,)}
    assert await mover(plane).undo(move) == "put back as it was"
    assert plane.approved() == before


async def test_half_a_move_is_taken_back(daemon: Daemon) -> None:
    plane = Plane(failing={2})
    plane.known["r2"] = replace(plane.known["r2"], approved=())
    before = plane.approved()
    move = await planned(daemon, plane)
    assert isinstance(move, Move)
    with pytest.raises(ControlError) as caught:
        await mover(plane).move(move)
    assert caught.value.detail == "no; put back as it was"
    assert plane.approved() == before


async def test_what_cannot_be_taken_back_is_told_with_the_command(daemon: Daemon) -> None:
    plane = Plane(failing={2, 3})
    plane.known["r2"] = replace(plane.known["r2"], approved=())
    move = await planned(daemon, plane)
    assert isinstance(move, Move)
    with pytest.raises(ControlError) as caught:
        await mover(plane).move(move)
    assert caught.value.detail == "no; not put back (no); run: approve r2 "


async def test_a_first_write_that_fails_changes_nothing(daemon: Daemon) -> None:
    plane = Plane(failing={1})
    move = await planned(daemon, plane)
    assert isinstance(move, Move)
    with pytest.raises(ControlError) as caught:
        await mover(plane).move(move)
    assert (caught.value.detail, plane.writes) == ("no; nothing was changed", 1)


async def test_it_has_arrived_when_this_hosts_tailscaled_sends_to_the_other_router(daemon: Daemon) -> None:
    move = await planned(daemon, Plane())
    assert isinstance(move, Move)
    api = LocalApi(daemon.path)
    assert not await mover(Plane()).arrives(api, move, TARGET)
    daemon.peers = [peer("r1", R1), peer("r2", R2, str(LAN))]
    assert await mover(Plane()).arrives(api, move, TARGET)
    await api.aclose()
