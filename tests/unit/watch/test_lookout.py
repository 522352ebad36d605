"""The routers of a route in an outage, in the lab's tailnet: who is held dials seldom, and at once when one is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.unit.gateway.gates import route, tailscaled
from tests.unit.gateway.wires import until

from farshore.config.model import Config
from farshore.core.clock import SystemClock
from farshore.core.events import Event, OutageEnded, OutageStarted
from farshore.core.outcome import Code
from farshore.gateway.gateway import Gateway
from farshore.gateway.hold import WaitingRoom
from farshore.gateway.route import Path, Route
from farshore.lab.faults import RouterDead
from farshore.lab.stage import SQL_SERVER, Stage, set_stage
from farshore.watch import lookout
from farshore.watch.lookout import Lookout

pytestmark = pytest.mark.anyio

PATHS = ({"via": "r1", "site": 1}, {"via": "r2", "site": 2})
STARTED = OutageStarted(route="db", code=Code.NO_ANSWER, detail="")
ENDED = OutageEnded(route="db", duration_s=1.0, served=1, refused=0, proven=True)
ENOUGH_PINGS_S = 0.3
LONG_S = 30.0


@dataclass(kw_only=True)
class Outlook:
    """A lookout over a route, and what it has told the waiting room."""

    lookout: Lookout
    stage: Stage
    rests: list[float]
    looks: list[str]
    ended: list[object]

    async def answers(self) -> None:
        """Let some pings more come to their end."""
        enough = len(self.ended) + 6
        await until(lambda: len(self.ended) >= enough)

    async def pings(self) -> None:
        """Let it ping a few times; it says the same of each, or nothing."""
        await asyncio.sleep(ENOUGH_PINGS_S)


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "EVERY_S", 0.02)
    monkeypatch.setattr(lookout, "PATIENCE_S", 0.1)
    monkeypatch.setattr(lookout, "OWNERS_S", 0.1)


@asynccontextmanager
async def looking_out(monkeypatch: pytest.MonkeyPatch, *, localapi: bool = True) -> AsyncIterator[Outlook]:
    """A gateway over both routers of the lab, with a lookout that has not heard of any outage."""
    rests: list[float] = []
    looks: list[str] = []
    monkeypatch.setattr(WaitingRoom, "rest", lambda _, __, until_s: rests.append(until_s))

    def look_over(_: WaitingRoom, __: Route, path: Path) -> None:
        looks.append(path.name)

    monkeypatch.setattr(WaitingRoom, "look_over", look_over)
    ended: list[object] = []
    ping = Lookout._ping

    async def counted(self: Lookout, *of: Any) -> None:
        await ping(self, *of)
        ended.append(of)

    monkeypatch.setattr(Lookout, "_ping", counted)
    clock = SystemClock()
    async with set_stage(clock) as stage:
        egresses = {"tailnet": tailscaled(stage.daemon.socket)}
        config = Config.model_validate({"egresses": egresses, "routes": (route(SQL_SERVER, paths=PATHS),)})
        told: list[Event] = []
        gateway = Gateway(config, announce=told.append, clock=clock)
        if not localapi:
            for path in gateway.live_routes()[0].paths:
                path.egress = replace(path.egress, ownership=None)
        out = Lookout(gateway, clock)
        running = asyncio.get_running_loop().create_task(out.run())
        try:
            yield Outlook(lookout=out, stage=stage, rests=rests, looks=looks, ended=ended)
        finally:
            running.cancel()
            await asyncio.wait([running])
            await gateway.close()
        assert not stage.daemon.mistakes


async def test_while_no_router_answers_the_held_rest_and_the_first_answer_makes_one_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # However busy the machine is, an answer that comes is none that came too late.
    monkeypatch.setattr(lookout, "PATIENCE_S", LONG_S)
    async with looking_out(monkeypatch) as found:
        for router in ("r1", "r2"):
            found.stage.daemon.inject(RouterDead(router))
        found.lookout.announce(STARTED)
        await until(lambda: len(found.rests) > 10)
        assert found.looks == []
        found.stage.daemon.heal(RouterDead("r2"))
        await until(lambda: found.looks == ["r2"])
        await found.answers()
        rests = len(found.rests)
        await found.answers()
        assert (found.looks, len(found.rests)) == (["r2"], rests)
        monkeypatch.setattr(lookout, "PATIENCE_S", 0.1)
        found.stage.daemon.inject(RouterDead("r2"))
        await until(lambda: len(found.rests) > rests)


async def test_nobody_is_pinged_before_an_outage_and_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking_out(monkeypatch) as found:
        await found.pings()
        assert (found.rests, found.looks) == ([], [])
        for router in ("r1", "r2"):
            found.stage.daemon.inject(RouterDead(router))
        found.lookout.announce(STARTED)
        await until(lambda: len(found.rests) > 2)
        found.lookout.announce(ENDED)
        await found.pings()
        rests = len(found.rests)
        await found.pings()
        assert len(found.rests) == rests


async def test_where_there_is_no_localapi_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking_out(monkeypatch, localapi=False) as found:
        found.lookout.announce(STARTED)
        await found.pings()
        assert (found.rests, found.looks) == ([], [])


async def test_where_tailscaled_is_gone_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking_out(monkeypatch) as found:
        await found.stage.daemon.kill()
        found.lookout.announce(STARTED)
        await found.pings()
        assert (found.rests, found.looks) == ([], [])


async def test_a_mistake_of_our_own_is_told_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))

    async def stumble(*_: object) -> None:
        msg = "a mistake"
        raise ValueError(msg)

    async with looking_out(monkeypatch) as found:
        monkeypatch.setattr(lookout, "address_of", stumble)
        found.lookout.announce(STARTED)
        await until(lambda: told == ["pinging the routers of route db"])
