"""The whole walk on the lab's tailnet: which hop breaks, what is not tested behind it, what nobody may dial."""

import asyncio
from dataclasses import replace
from ipaddress import IPv4Address

import msgspec
import pytest
from tests.unit.collect.conftest import SetScene

from farshore.collect import checkup, dials
from farshore.collect.aim import Aim
from farshore.collect.beside import Source
from farshore.collect.checkup import examine
from farshore.collect.deadline import Deadline
from farshore.collect.documents import Notebook
from farshore.collect.steps import Hop, State, Walk
from farshore.collect.walk import Around, walk
from farshore.config.model import Protocol
from farshore.core.address import HostPort
from farshore.diagnosis.collected import Collected
from farshore.lab import faults
from farshore.lab.stage import DATABASES, LAN, POSTGRES, R1, R2, SQL_SERVER
from farshore.lab.tailnet import Door

pytestmark = pytest.mark.anyio
MISSING = HostPort(IPv4Address("172.16.20.99"), 5432)


def states(seen: Walk) -> dict[Hop, set[State]]:
    """What came of each hop."""
    return {hop: {step.state for step in seen.steps if step.hop is hop} for hop in Hop}


def names(notebook: Notebook) -> list[str]:
    """The files that were written."""
    return [document.name for document in notebook.documents()]


async def test_where_all_is_well_every_hop_is_seen_and_every_door_dialled_once(set_calm_scene: SetScene) -> None:
    async with set_calm_scene() as scene:
        (seen,) = await examine([scene.aim()], None, scene.notebook)
    assert seen.broken is None
    assert {state for found in states(seen).values() for state in found} == {State.OK}
    assert names(scene.notebook) == [
        "manifest.json",
        "status-1.json",
        "prefs.json",
        "bus.jsonl",
        "metrics.txt",
        "status-2.json",
        "pings.json",
        "dials.json",
    ]
    assert [(dial.egress, dial.end, dial.greeting) for dial in scene.notebook.dials] == [
        ("localapi", "connected", "postgres"),
        ("socks5", "connected", "postgres"),
        ("connect", "connected", "postgres"),
    ]
    assert (scene.notebook.observer, scene.notebook.version) == ("gw", "1.102.3")


async def test_behind_a_dead_router_nothing_is_dialled_and_another_peer_bears_witness(set_scene: SetScene) -> None:
    async with set_scene(faults.RouterDead(R1)) as scene:
        (seen,) = await examine([scene.aim()], None, scene.notebook)
    assert seen.broken is Hop.ROUTER
    assert states(seen)[Hop.TARGET] == states(seen)[Hop.GREETING] == {State.SKIPPED}
    assert "blocked by the router" in seen.steps[-1].says
    assert scene.notebook.dials == []
    assert [(ping.node, ping.kind, ping.answered) for ping in scene.notebook.pings] == [
        (R2, "disco", True),
        (R1, "disco", False),
        (R1, "tsmp", False),
    ]


async def test_a_witness_that_is_silent_is_nobodys_symptom(set_scene: SetScene) -> None:
    async with set_scene(faults.RouterDead(R1), faults.RouterDead(R2)) as scene:
        await examine([scene.aim()], None, scene.notebook)
    assert {ping.node for ping in scene.notebook.pings} == {R1}


@pytest.mark.parametrize(
    "fault", [faults.RoutesNotAccepted(), faults.RouteWithdrawn(LAN), faults.KeyExpired(R1)], ids=str
)
async def test_without_a_route_nothing_leaves_this_host(set_scene: SetScene, fault: faults.Fault) -> None:
    async with set_scene(fault, faults.KeyExpired(R2)) as scene:
        (seen,) = await examine([scene.aim()], None, scene.notebook)
    assert seen.broken is Hop.ROUTE
    assert [dial.end for dial in scene.notebook.dials] == ["not-a-route"]
    assert [ping.text for ping in scene.notebook.pings] == ["no matching peer"]


async def test_a_daemon_that_is_logged_out_ends_it(set_scene: SetScene) -> None:
    async with set_scene(faults.LoggedOut()) as scene:
        (seen,) = await examine([scene.aim()], None, scene.notebook)
    assert seen.broken is Hop.TAILSCALED
    assert (scene.notebook.dials, scene.notebook.pings) == ([], [])


async def test_a_hung_daemon_is_no_dead_one(set_scene: SetScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("farshore.collect.daemon.ANSWER_S", 0.2)
    async with set_scene(faults.Hung()) as scene:
        (seen,) = await examine([scene.aim(doors=2)], None, scene.notebook)
    assert seen.broken is Hop.EGRESS
    assert [(dial.egress, dial.end) for dial in scene.notebook.dials] == [
        ("localapi", "egress-silent"),
        ("socks5", "egress-silent"),
    ]


async def test_a_daemon_that_is_gone(set_calm_scene: SetScene) -> None:
    async with set_calm_scene() as scene:
        await scene.stage.daemon.kill()
        (seen,) = await examine([scene.aim(doors=2)], None, scene.notebook)
    assert seen.broken is Hop.EGRESS
    assert {dial.end for dial in scene.notebook.dials} == {"egress-refused"}


async def test_a_door_that_is_closed_beside_one_that_is_open_is_a_warning(set_scene: SetScene) -> None:
    async with set_scene(faults.Hung(doors=(Door.SOCKS5,))) as scene:
        (seen,) = await examine([scene.aim(doors=2)], None, scene.notebook)
    assert seen.broken is None
    assert State.WARNING in states(seen)[Hop.EGRESS]


async def test_a_target_that_refuses_and_one_that_is_not_there(set_scene: SetScene) -> None:
    async with set_scene(faults.TargetRefuses(POSTGRES)) as scene:
        refused, missing = await examine([scene.aim(), scene.aim(MISSING)], None, scene.notebook)
    assert refused.broken is missing.broken is Hop.TARGET
    texts = [dial.text for dial in scene.notebook.dials if dial.egress == "localapi"]
    assert texts == [f"connect tcp {POSTGRES}: connection was refused", f"connect tcp {MISSING}: no route to host"]


async def test_a_wrong_server_is_told_by_its_greeting(set_scene: SetScene) -> None:
    async with set_scene() as scene:
        (seen,) = await examine([scene.aim(SQL_SERVER, Protocol.FTP, doors=1)], None, scene.notebook)
    assert seen.broken is Hop.GREETING


async def test_what_counts_connections_is_dialled_through_one_door(set_scene: SetScene) -> None:
    async with set_scene() as scene:
        await examine([scene.aim(protocol=Protocol.MYSQL)], None, scene.notebook)
    assert len(scene.notebook.dials) == 1


async def test_a_reserved_address_is_not_dialled(set_calm_scene: SetScene) -> None:
    async with set_calm_scene() as scene:
        aim = replace(scene.aim(HostPort(DATABASES, 5432)), reserve="it would spoil the plain one")
        (seen,) = await examine([aim], None, scene.notebook)
    assert seen.broken is None
    assert (states(seen)[Hop.TARGET], scene.notebook.dials) == ({State.SKIPPED}, [])


async def test_what_is_written_reads_as_what_it_is(set_calm_scene: SetScene) -> None:
    async with set_calm_scene() as scene:
        await examine([scene.aim()], None, scene.notebook)
    written = {document.name: document.data for document in scene.notebook.documents()}
    dials = msgspec.json.decode(written["dials.json"], type=Collected)
    assert (dials.observer, len(dials.dials)) == ("gw", 3)


async def test_what_there_is_no_time_for_is_not_tested_and_says_so(set_calm_scene: SetScene) -> None:
    async def never(_: Notebook, __: asyncio.Event) -> str | None:
        await asyncio.Event().wait()
        raise AssertionError

    async with set_calm_scene() as scene:
        past = Deadline(clock=scene.notebook.clock, at_s=scene.notebook.clock.monotonic_s() - 1)
        beside = [Source(what="somebody", ask=never)]
        (seen,) = await examine([scene.aim()], None, scene.notebook, beside, past)
    assert seen.is_cut
    assert {step.says for step in seen.steps} == {"not tested: out of time"}
    assert (scene.notebook.dials, scene.notebook.pings) == ([], [])
    assert ("somebody", "out of time") in {(each.what, each.reason) for each in scene.notebook.missing}


async def test_pings_that_would_prove_nothing_any_more_are_not_made(
    set_calm_scene: SetScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farshore.collect.pings.PATIENCE_S", 100.0)
    async with set_calm_scene() as scene:
        soon = Deadline(clock=scene.notebook.clock, at_s=scene.notebook.clock.monotonic_s() + 3)
        (seen,) = await examine([scene.aim()], None, scene.notebook, (), soon)
    assert seen.is_cut
    assert [(step.hop, step.says) for step in seen.steps if step.state is State.SKIPPED] == [
        (Hop.ROUTER, "pings of the router: not tested: out of time"),
        (Hop.TARGET, f"TCP to {POSTGRES}: not tested: out of time"),
        (Hop.GREETING, "the protocol's greeting: not tested: out of time"),
    ]


async def test_a_target_is_not_dialled_when_silence_would_prove_nothing(
    set_scene: SetScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dials, "PATIENCE_S", 100.0)
    async with set_scene() as scene:
        soon = Deadline(clock=scene.notebook.clock, at_s=scene.notebook.clock.monotonic_s() + 3)
        (seen,) = await examine([scene.aim()], None, scene.notebook, (), soon)
    assert seen.is_cut
    assert [step.hop for step in seen.steps if step.state is State.SKIPPED] == [Hop.TARGET, Hop.GREETING]
    assert scene.notebook.dials == []
    assert [each.reason for each in scene.notebook.missing if str(POSTGRES) in each.what] == ["out of time"] * 3


async def test_hosts_are_walked_to_at_once_and_one_host_never_twice(
    set_scene: SetScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked, under_way, most = walk, list[Aim](), list[list[Aim]]()

    async def watched(aim: Aim, around: Around, notebook: Notebook) -> Walk:
        under_way.append(aim)
        most.append([*under_way])
        try:
            return await walked(aim, around, notebook)
        finally:
            under_way.remove(aim)

    monkeypatch.setattr(checkup, "walk", watched)
    async with set_scene() as scene:
        aims = [scene.aim(doors=1), scene.aim(SQL_SERVER, Protocol.SQLSERVER, doors=1), scene.aim(MISSING, doors=1)]
        walks = await examine([*aims, *aims], None, scene.notebook)
    assert [each.aim for each in walks] == [*aims, *aims]
    assert max(map(len, most)) == len({aim.target.host for aim in aims}) > 1
    for together in most:
        assert len({aim.target.host for aim in together}) == len(together)
    ports = [dial.target.rpartition(":")[2] for dial in scene.notebook.dials if dial.end != "failed"]
    assert ports == [str(aim.target.port) for aim in (*aims[:2], *aims[:2])]
