"""The whole watch over the lab's tailnet: no client anywhere, and the gateway knows how its paths are."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from tests.ports import free_port
from tests.unit.gateway.gates import route, tailscaled
from tests.unit.gateway.wires import open_descriptors, until

from farshore.config.fields import Ports
from farshore.config.model import Config, PathHealth, Probe
from farshore.core.address import HostPort
from farshore.core.clock import SystemClock
from farshore.core.events import (
    Event,
    Health,
    HealthChanged,
    PathChecked,
    RedundancyLost,
    RedundancyRegained,
    TargetProbed,
)
from farshore.gateway.gateway import Gateway
from farshore.lab.faults import Hung, RouterDead, RouteWithdrawn, TargetRefuses
from farshore.lab.stage import LAN, POSTGRES, SQL_SERVER, Stage, set_stage
from farshore.lab.tailnet import via_network
from farshore.lab.tailscaled import Tailscaled
from farshore.watch import pinger, prober
from farshore.watch import target as target_module
from farshore.watch.prober import Prober

pytestmark = pytest.mark.anyio

PATHS = ({"via": "r1", "site": 1}, {"via": "r2", "site": 2})


@dataclass(kw_only=True)
class Watch:
    """A gateway that is watched, the lab it stands in, and everything that was told."""

    gateway: Gateway
    stage: Stage
    events: list[Event] = field(default_factory=list)

    def healths(self, path: str) -> list[str]:
        """What the path has been, doubts left out: on a busy machine a ping may take its time here."""
        told = [event for event in self.events if isinstance(event, HealthChanged) and event.path == path]
        sure = [event.health.value for event in told if event.health is not Health.SUSPECT]
        return [health for before, health in pairwise(["", *sure]) if health != before]

    def reason(self, path: str) -> str:
        return next(path_.health_reason for path_ in self.gateway.live_routes()[0].paths if path_.name == path)

    async def until(self, path: str, health: Health) -> None:
        await until(lambda: self._path(path) is health)

    def _path(self, name: str) -> Health:
        return next(path.health for path in self.gateway.live_routes()[0].paths if path.name == name)

    async def checks(self, path: str, count: int) -> None:
        """Wait for so many more checks of the path."""
        before = len(self.events)

        def is_so() -> bool:
            told = [event for event in self.events[before:] if isinstance(event, PathChecked)]
            return sum(1 for event in told if event.path == path) >= count

        await until(is_so)


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything as it is, only sooner."""
    monkeypatch.setattr(pinger, "FIRST_S", 0.2)
    monkeypatch.setattr(pinger, "WARM_S", 0.4)
    monkeypatch.setattr(pinger, "COLD_S", 0.6)
    monkeypatch.setattr(prober, "BETWEEN_CHECKS_S", 0.02)
    monkeypatch.setattr(prober, "SAME_TIME_S", 0.02)
    monkeypatch.setattr(prober, "LOOK_AROUND_S", 0.05)
    monkeypatch.setattr(prober, "BUS_AGAIN_S", 0.2)
    monkeypatch.setattr(target_module, "REDIAL_S", 0.2)
    monkeypatch.setattr(target_module, "LIMIT_S", 0.5)


@asynccontextmanager
async def watching(*, every_s: float = 0.2, target: HostPort = SQL_SERVER, **settings: Any) -> AsyncIterator[Watch]:
    """A gateway with one route over both routers of the lab, watched."""
    clock = SystemClock()
    async with set_stage(clock) as stage:
        written = route(target, **({"paths": PATHS} | settings))
        often = PathHealth.model_construct(every_s=every_s, in_doubt_s=0.1, fall=3, rise=2)
        config = Config.model_validate({"egresses": {"tailnet": tailscaled(stage.daemon.socket)}, "routes": (written,)})
        config = config.model_copy(update={"path_health": often})
        events: list[Event] = []
        gateway = Gateway(config, announce=events.append, clock=clock)
        await gateway.open()
        watch = Prober(gateway, events.append, Random(7))  # noqa: S311 - no secrets here
        running = asyncio.get_running_loop().create_task(watch.run())
        try:
            yield Watch(gateway=gateway, stage=stage, events=events)
        finally:
            running.cancel()
            await asyncio.wait([running])
            await gateway.close()
        assert not stage.daemon.mistakes


async def both_are_up(watch: Watch) -> None:
    await watch.until("r1", Health.UP)
    await watch.until("r2", Health.UP)


async def restarted(daemon: Tailscaled, change: Callable[[Tailscaled], None]) -> None:
    """The daemon is another one than before: no connection to it is left."""
    await daemon.kill()
    daemon.socket.unlink(missing_ok=True)
    change(daemon)
    daemon.open()


@pytest.mark.parametrize("probe", ["none", "tcp"])
async def test_a_dead_router_is_down_and_comes_back(probe: str) -> None:
    async with watching(probe=probe) as watch:
        await both_are_up(watch)
        watch.stage.daemon.inject(RouterDead("r1"))
        await watch.until("r1", Health.DOWN)
        assert "r1 (100.64.0.2) answered no ping" in watch.reason("r1")
        watch.stage.daemon.heal(RouterDead("r1"))
        await watch.until("r1", Health.UP)
    assert watch.healths("r1") == ["up", "down", "up"]
    assert watch.healths("r2") == ["up"]
    lost = RedundancyLost(route="db", left="r2", down=("r1",))
    regained = RedundancyRegained(route="db", up=("r1", "r2"))
    assert [event for event in watch.events if isinstance(event, RedundancyLost | RedundancyRegained)] == [
        lost,
        regained,
    ]
    probes = [event for event in watch.events if isinstance(event, TargetProbed)]
    assert bool(probes) is (probe == "tcp")


async def test_a_withdrawn_route_is_down() -> None:
    async with watching(probe="none") as watch:
        await both_are_up(watch)
        watch.stage.daemon.inject(RouteWithdrawn(via_network(1, LAN)))
        await watch.until("r1", Health.DOWN)
        assert watch.reason("r1").startswith("no peer's routes cover fd7a:115c:a1e0:b1a:0:1:")
    assert watch.healths("r2") == ["up"]


async def test_a_target_that_refuses_leaves_all_paths_up() -> None:
    async with watching() as watch:
        await both_are_up(watch)
        watch.stage.daemon.inject(TargetRefuses(SQL_SERVER))
        await watch.checks("r1", 4)
        await watch.checks("r2", 1)
        assert "the target refuses" in watch.reason("r1")
    assert watch.healths("r1") == watch.healths("r2") == ["up"]


async def test_a_hung_tailscaled_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinger, "OWN_STATUS_S", 0.2)
    monkeypatch.setattr("farshore.gateway.ownership.ANSWER_S", 0.2)
    async with watching() as watch:
        await both_are_up(watch)
        await restarted(watch.stage.daemon, lambda daemon: daemon.inject(Hung()))
        await watch.until("r1", Health.UNKNOWN)
        await watch.until("r2", Health.UNKNOWN)
        await restarted(watch.stage.daemon, lambda daemon: daemon.heal(Hung()))
        await both_are_up(watch)
    assert watch.healths("r1") == watch.healths("r2") == ["up", "unknown", "up"]


async def test_a_killed_tailscaled_says_nothing() -> None:
    async with watching() as watch:
        await both_are_up(watch)
        await watch.stage.daemon.kill()
        await watch.until("r1", Health.UNKNOWN)
        await restarted(watch.stage.daemon, lambda _: None)
        await both_are_up(watch)
    assert "down" not in watch.healths("r1") + watch.healths("r2")


async def test_a_router_that_is_silent_to_dials_and_pings_is_only_pinged_until_it_is_down() -> None:
    async with watching(probe="tcp") as watch:
        await both_are_up(watch)
        watch.stage.daemon.inject(RouterDead("r1"))
        await watch.until("r1", Health.SUSPECT)
        before = len(watch.events)
        await watch.until("r1", Health.DOWN)
        told = [event for event in watch.events[before:] if getattr(event, "path", "") == "r1"]
        assert sum(isinstance(event, PathChecked) for event in told) == 2
        assert not [event for event in told if isinstance(event, TargetProbed)]
        watch.stage.daemon.heal(RouterDead("r1"))
        await watch.until("r1", Health.UP)
        assert [event for event in watch.events[before:] if isinstance(event, TargetProbed) and event.path == "r1"]


async def test_what_the_bus_tells_is_looked_at_at_once() -> None:
    """The next check by the clock would come after the test's patience."""
    async with watching(every_s=1000.0, probe="none") as watch:
        await both_are_up(watch)
        await asyncio.sleep(0.3)  # until the bus has nothing more to tell of the beginning
        watch.stage.daemon.inject(RouterDead("r1"))
        await watch.until("r1", Health.DOWN)


async def test_a_path_that_clients_were_overtaken_on_is_looked_at_at_once() -> None:
    async with watching(every_s=1000.0, probe="none") as watch:
        await both_are_up(watch)
        (live,) = watch.gateway.live_routes()
        breaker = live.paths[0].breaker
        await asyncio.sleep(0.3)  # as above
        before = len(watch.events)
        breaker.trip(breaker.begin(0.0), 0.0)
        await until(lambda: any(isinstance(event, PathChecked) for event in watch.events[before:]))
        assert {event.path for event in watch.events[before:] if isinstance(event, PathChecked)} == {"r1"}


async def test_a_single_path_is_pinged_and_its_target_left_alone() -> None:
    async with watching(paths=()) as watch:
        (path,) = watch.gateway.live_routes()[0].paths
        await watch.until(path.name, Health.UP)
        await watch.checks(path.name, 2)
    assert not [event for event in watch.events if isinstance(event, TargetProbed)]


@pytest.mark.parametrize(("target", "protocol"), [(POSTGRES, "postgres"), (SQL_SERVER, "sqlserver")])
async def test_a_database_answers_what_is_said_to_make_it_speak(target: HostPort, protocol: str) -> None:
    async with watching(target=target, protocol=protocol, probe="greeting") as watch:
        await both_are_up(watch)
        await watch.checks("r1", 2)
    assert {event.result for event in watch.events if isinstance(event, TargetProbed)} == {"connected"}


async def test_a_machine_of_the_tailnet_is_pinged_by_its_name() -> None:
    async with watching(target=HostPort("r2", 22), resolve="tailnet", paths=()) as watch:
        (path,) = watch.gateway.live_routes()[0].paths
        await watch.until(path.name, Health.UP)
        assert watch.reason(path.name) == "r2 (100.64.0.3) answers pings"


async def test_of_a_name_that_nobody_knows_nothing_is_known() -> None:
    async with watching(target=HostPort("r9", 22), resolve="tailnet", paths=()) as watch:
        (path,) = watch.gateway.live_routes()[0].paths
        await watch.checks(path.name, 4)
        assert (path.health, path.health_reason) == (Health.UNKNOWN, "r9: no node of the tailnet has this name")


async def test_nothing_is_left_when_the_watch_ends() -> None:
    async def cycle() -> tuple[int, int]:
        async with watching() as watch:
            await both_are_up(watch)
            watch.stage.daemon.inject(RouterDead("r1"))
            await watch.until("r1", Health.SUSPECT)
        await asyncio.sleep(0)
        return len(open_descriptors()), len(asyncio.all_tasks())

    first = await cycle()
    assert [await cycle() for _ in range(2)] == [first, first]


async def test_a_path_that_is_gone_is_watched_no_more_and_a_new_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async with watching(probe="none") as watch:
        await both_are_up(watch)
        (live,) = watch.gateway.live_routes()
        only_second = replace(live, paths=live.paths[1:])
        monkeypatch.setattr(watch.gateway, "live_routes", lambda: (only_second,))
        await watch.checks("r2", 3)
        before = len(watch.events)
        await watch.checks("r2", 3)
        assert {event.path for event in watch.events[before:] if isinstance(event, PathChecked)} == {"r2"}
        monkeypatch.setattr(watch.gateway, "live_routes", lambda: (live,))
        await watch.checks("r1", 1)


async def test_a_changed_route_is_watched_as_it_is_written_now() -> None:
    async with watching(probe="tcp") as watch:
        await both_are_up(watch)
        written = watch.gateway._config
        quiet = written.routes[0].model_copy(update={"probe": Probe.NONE})
        paths = watch.gateway.live_routes()[0].paths
        await watch.gateway.reconfigure(written.model_copy(update={"routes": (quiet,)}))
        assert watch.gateway.live_routes()[0].paths == paths
        await watch.checks("r1", 3)
        before = len(watch.events)
        await watch.checks("r1", 3)
        assert not [event for event in watch.events[before:] if isinstance(event, TargetProbed)]
        assert watch.healths("r1") == ["up"]


async def test_a_mistake_beside_the_checks_is_told_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    mistakes: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: mistakes.append(context))
    async with watching(probe="none") as watch:
        await both_are_up(watch)
        with monkeypatch.context() as stumbling:
            stumbling.setattr(watch.gateway, "note_health", lambda *_: 1 / 0)
            await watch.checks("r1", 1)
        await watch.checks("r1", 3)
        await watch.checks("r2", 3)
    assert {type(mistake["exception"]) for mistake in mistakes} == {ZeroDivisionError}


async def test_a_mistake_in_a_check_is_told_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    mistakes: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: mistakes.append(context))

    async def stumble(*_: object) -> None:
        raise ZeroDivisionError

    async with watching(probe="none") as watch:
        await both_are_up(watch)
        with monkeypatch.context() as stumbling:
            stumbling.setattr(pinger.Pinger, "_ask", stumble)
            await watch.until("r1", Health.UNKNOWN)
        await watch.until("r1", Health.UP)
    assert {type(mistake["exception"]) for mistake in mistakes} == {ZeroDivisionError}


def kept() -> Ports:
    port = free_port()
    return Ports(host=None, first=port, last=port)


async def looked_at_as(watch: Watch, **settings: Any) -> None:
    other = PathHealth.model_construct(**{"every_s": 0.2, "in_doubt_s": 0.1, "fall": 3, "rise": 2} | settings)
    await watch.gateway.reconfigure(watch.gateway.config.model_copy(update={"path_health": other}))


async def test_who_is_not_looked_at_any_more_is_unknown_until_it_is_again() -> None:
    async with watching(probe="none", listen=kept()) as watch:
        await both_are_up(watch)
        watch.stage.daemon.inject(RouterDead("r1"))
        await watch.until("r1", Health.DOWN)
        await looked_at_as(watch, every_s=0.0)
        await watch.until("r1", Health.UNKNOWN)
        await watch.until("r2", Health.UNKNOWN)
        checked = len([event for event in watch.events if isinstance(event, PathChecked)])
        await asyncio.sleep(0.3)
        assert len([event for event in watch.events if isinstance(event, PathChecked)]) == checked
        watch.stage.daemon.heal(RouterDead("r1"))
        await looked_at_as(watch)
        await both_are_up(watch)


async def test_other_rules_are_for_the_next_check() -> None:
    async with watching(probe="none", every_s=3600.0, listen=kept()) as watch:
        await both_are_up(watch)
        await looked_at_as(watch, fall=1)
        await watch.checks("r1", 3)
        watch.stage.daemon.inject(RouterDead("r1"))
        await watch.until("r1", Health.DOWN)
    changes = [(event.was, event.health) for event in watch.events if isinstance(event, HealthChanged)]
    assert (Health.UP, Health.DOWN) in changes
    assert Health.SUSPECT not in {health for change in changes for health in change}
