import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import msgspec
import pytest
from tests.unit.surface.seen import route_state
from tests.unit.tailnet.control.planes import Plane
from tests.unit.watch.daemon import R1, R2, Daemon, running

from farshore.config.remedies import Mode
from farshore.core.address import HostPort
from farshore.core.clock import SystemClock
from farshore.core.events import (
    Event,
    OutageEnded,
    OutageStarted,
    RemedyApplied,
    RemedyEvent,
    RemedySuggested,
    RemedyWithheld,
)
from farshore.core.outcome import Code
from farshore.core.remedy import Remedy, RemedyResult
from farshore.gateway.breaker import BreakerState
from farshore.gateway.state import PathState, RouteState
from farshore.tailnet import remedy
from farshore.tailnet.control.mover import Mover, NoLease
from farshore.tailnet.localapi import LocalApi
from farshore.watch import mender
from farshore.watch.mender import Allowance, Mender, Surroundings
from farshore.watch.moving import Moving

pytestmark = pytest.mark.anyio
OFF = dict.fromkeys(Remedy, Mode.OFF)
STARTED = OutageStarted(route="db", code=Code.NO_ANSWER, detail="r1: nobody answered")
ENDED = OutageEnded(route="db", duration_s=1.0, served=1, refused=0)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remedy, "PING_S", 0.05)
    monkeypatch.setattr(mender, "SETTLE_S", 0.05)


def path(target: str = "172.16.20.88", egress: str = "tailnet") -> PathState:
    host = ip_address(target) if target[0].isdigit() else target
    return PathState(
        name="r1", egress=egress, target=HostPort(host, 1433), state=BreakerState.CLOSED, patience_ms=250.0
    )


@dataclass
class Told:
    """Everything that was announced; `until` waits for one remedy's event."""

    events: list[RemedyEvent] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def announce(self, event: Event) -> None:
        if isinstance(event, RemedyEvent):
            self.events.append(event)
            self.news.set()

    async def next(self) -> RemedyEvent:
        while not self.events:
            self.news.clear()
            await self.news.wait()
        return self.events.pop(0)


@dataclass
class Kit:
    daemon: Daemon
    mender: Mender
    told: Told
    routes: list[RouteState]


class Restarted:
    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.done = asyncio.Event()

    async def restart(self, reason: str) -> None:
        self.reasons.append(reason)
        self.done.set()


@asynccontextmanager
async def kit(
    modes: dict[Remedy, Mode],
    *,
    restarter: Restarted | None = None,
    socket: Path | None = None,
    moving: Moving | None = None,
) -> AsyncIterator[Kit]:
    async with running() as daemon, asyncio.timeout(20):
        told = Told()
        api = LocalApi(socket or daemon.path)
        routes = [route_state("db", active=1, held=1, paths=(path(),))]
        around = Surroundings(
            routes=lambda: routes,
            tailscaleds=lambda: {"tailnet": api},
            announce=told.announce,
            clock=SystemClock(),
            restarters={} if restarter is None else {api.socket: restarter},
        )
        made = Mender(Allowance(modes={**OFF, **modes}, moving=moving), around)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(made.run())
            yield Kit(daemon=daemon, mender=made, told=told, routes=routes)
            task.cancel()
        await api.aclose()


async def test_without_an_outage_nothing_is_asked_or_done() -> None:
    async with kit(dict.fromkeys(Remedy, Mode.AUTO)) as it:
        for _ in range(20):
            await asyncio.sleep(0)
        assert (it.daemon.asked, it.told.events) == ([], [])


async def test_a_dead_router_is_pinged_both_ways_and_found_silent() -> None:
    async with kit({Remedy.PING: Mode.AUTO}) as it:
        it.daemon.answering.clear()
        it.mender.announce(STARTED)
        event = await it.told.next()
        assert isinstance(event, RemedyApplied)
        assert (event.remedy, event.subject, event.result) == (Remedy.PING, "r1", RemedyResult.NO_CHANGE)
        assert event.detail == "r1: disco silent, TSMP silent"
        assert {f"ping?ip={R1}&type=disco", f"ping?ip={R1}&type=TSMP"} <= set(it.daemon.asked)
        assert not any(asked.startswith("debug") for asked in it.daemon.asked)


async def test_a_remedy_has_helped_when_the_outage_ends_meanwhile() -> None:
    async with kit({Remedy.REBIND: Mode.AUTO}) as it:
        it.daemon.answering.clear()
        it.mender.announce(STARTED)
        await it.daemon.done.wait()
        it.mender.announce(ENDED)
        event = await it.told.next()
        assert isinstance(event, RemedyApplied)
        assert (event.remedy, event.result) == (Remedy.REBIND, RemedyResult.HELPED)
        assert [asked for asked in it.daemon.asked if asked.startswith("debug")] == [
            "debug?action=rebind",
            "debug?action=restun",
        ]


async def test_an_end_that_nobody_has_seen_is_no_help() -> None:
    async with kit({Remedy.REBIND: Mode.AUTO}) as it:
        it.daemon.answering.clear()
        it.mender.announce(STARTED)
        await it.daemon.done.wait()
        it.mender.announce(OutageEnded(route="db", duration_s=1.0, served=0, refused=0, proven=False))
        event = await it.told.next()
        assert isinstance(event, RemedyApplied)
        assert event.result is RemedyResult.NO_CHANGE


async def test_the_next_rung_follows_and_breaks_the_connections_to_relays() -> None:
    async with kit({Remedy.PING: Mode.AUTO, Remedy.BREAK_DERP: Mode.AUTO}) as it:
        it.daemon.answering.clear()
        it.mender.announce(STARTED)
        assert [(await it.told.next()).remedy, (await it.told.next()).remedy] == [Remedy.PING, Remedy.BREAK_DERP]
        assert "debug?action=break-derp-conns" in it.daemon.asked


async def test_what_pings_have_told_keeps_the_next_rung_from_doing_harm() -> None:
    async with kit({Remedy.PING: Mode.AUTO, Remedy.REBIND: Mode.AUTO}) as it:
        it.mender.announce(STARTED)
        await it.told.next()
        event = await it.told.next()
        assert isinstance(event, RemedyWithheld)
        assert event.why == "pings are answered by r1: what is broken lies behind"
        assert "debug?action=rebind" not in it.daemon.asked


async def test_who_may_only_read_suggests_the_command() -> None:
    async with kit({Remedy.REBIND: Mode.AUTO}) as it:
        it.daemon.answering.clear()
        it.daemon.may_write = False
        it.mender.announce(STARTED)
        event = await it.told.next()
        assert isinstance(event, RemedySuggested)
        assert "lets this user only read" in event.why
        tailscale = f"tailscale --socket={it.daemon.path}"
        assert event.command == f"{tailscale} debug rebind && {tailscale} debug restun"


async def test_a_suggestion_does_nothing() -> None:
    async with kit({Remedy.BREAK_DERP: Mode.SUGGEST}) as it:
        it.mender.announce(STARTED)
        event = await it.told.next()
        assert isinstance(event, RemedySuggested)
        assert (event.route, event.why) == ("db", "tailnet.dial.no-answer: r1: nobody answered")
        assert event.command.endswith("debug break-derp-conns")
        assert it.daemon.asked == ["status"]


async def test_a_tailscaled_that_is_gone_is_restarted_by_who_started_it(tmp_path: Path) -> None:
    restarted = Restarted()
    modes = {Remedy.REBIND: Mode.AUTO, Remedy.RESTART: Mode.AUTO}
    async with kit(modes, restarter=restarted, socket=tmp_path / "absent") as it:
        it.mender.announce(STARTED)
        withheld = await it.told.next()
        assert isinstance(withheld, RemedyWithheld)
        assert withheld.why.startswith("tailscaled cannot be asked: ")
        await restarted.done.wait()
        it.mender.announce(ENDED)
        event = await it.told.next()
        assert isinstance(event, RemedyApplied)
        assert (event.remedy, event.result) == (Remedy.RESTART, RemedyResult.HELPED)
        assert restarted.reasons == ["tailnet.dial.no-answer: r1: nobody answered"]


@pytest.mark.parametrize(
    ("answering", "asked_for"), [({R2}, []), (set(), ["tailnet.dial.no-answer: r1: nobody answered"])]
)
async def test_a_tailscaled_is_restarted_only_where_no_peer_answers_it(
    answering: set[str], asked_for: list[str]
) -> None:
    restarted = Restarted()
    async with kit({Remedy.RESTART: Mode.AUTO}, restarter=restarted) as it:
        it.daemon.answering = answering
        it.mender.announce(STARTED)
        if asked_for:
            await restarted.done.wait()
            it.mender.announce(ENDED)
        event = await it.told.next()
        assert restarted.reasons == asked_for
        if not asked_for:
            assert isinstance(event, RemedyWithheld)
            assert event.why == "pings are answered by r2: this host's tailscaled works"


async def test_nothing_is_restarted_while_another_route_is_served() -> None:
    restarted = Restarted()
    async with kit({Remedy.RESTART: Mode.AUTO}, restarter=restarted) as it:
        it.routes.append(route_state("files", active=3, paths=(path("172.16.20.90"),)))
        it.mender.announce(STARTED)
        event = await it.told.next()
        assert isinstance(event, RemedyWithheld)
        assert event.why == "it would end the connections of files, which work"
        assert restarted.reasons == []


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        ((path(egress="proxy"),), "egress proxy has no tailscaled to ask"),
        ((path("db.example"),), "no peer's routes cover what the route dials"),
        ((path("10.9.9.9"),), "no peer's routes cover what the route dials"),
    ],
)
async def test_where_nobody_can_be_pinged_it_says_why(paths: tuple[PathState, ...], why: str) -> None:
    async with kit({Remedy.PING: Mode.AUTO}) as it:
        it.routes[:] = [route_state("db", paths=paths)]
        it.mender.announce(STARTED)
        event = await it.told.next()
        assert isinstance(event, RemedyWithheld)
        assert event.why == why


async def test_a_mistake_of_our_own_is_reported_and_costs_only_this_outage() -> None:
    mistakes: asyncio.Queue[str] = asyncio.Queue()
    async with kit({Remedy.PING: Mode.AUTO}) as it:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: mistakes.put_nowait(told["message"]))
        routes, it.routes[:] = list(it.routes), [route_state("db", paths=())]
        it.mender.announce(STARTED)
        assert await mistakes.get() == "remedy ping-router for route db"
        it.mender.announce(ENDED)
        it.routes[:] = routes
        it.mender.announce(STARTED)
        assert isinstance(await it.told.next(), RemedyApplied)


def moving(plane: Plane, only_suggest: str | None = None) -> Moving:
    return Moving(Mover(plane=plane, lease=NoLease(), kernel=frozenset()), only_suggest)


async def test_a_route_is_moved_where_that_is_allowed() -> None:
    plane = Plane(failing={1})
    async with kit({Remedy.MOVE: Mode.AUTO}, moving=moving(plane)) as it:
        it.daemon.answering = {R2}
        it.mender.announce(STARTED)
        event = await it.told.next()
        assert isinstance(event, RemedyApplied)
        assert (event.subject, event.result, event.detail) == (
            "172.16.20.0/24",
            RemedyResult.FAILED,
            "no; nothing was changed",
        )
    assert plane.closed


@pytest.mark.parametrize("only_suggest", [None, "replicas"])
async def test_where_it_may_only_be_suggested_the_exact_command_is_told(only_suggest: str | None) -> None:
    plane = Plane()
    mode = Mode.SUGGEST if only_suggest is None else Mode.AUTO
    async with kit({Remedy.MOVE: mode}, moving=moving(plane, only_suggest)) as it:
        it.daemon.answering = {R2}
        it.mender.announce(STARTED)
        event = await it.told.next()
        assert isinstance(event, RemedySuggested)
        assert (event.subject, event.command) == ("172.16.20.0/24", "approve r1 ")
        assert event.why.startswith(only_suggest or "tailnet.dial.no-answer")
        assert plane.writes == 0


async def test_a_control_plane_that_is_down_is_told_and_nothing_is_done() -> None:
    async with kit({Remedy.MOVE: Mode.AUTO}, moving=moving(Plane(is_up=False))) as it:
        it.daemon.answering = {R2}
        it.mender.announce(STARTED)
        event = await it.told.next()
        assert isinstance(event, RemedyWithheld)
        assert event.why == "the control plane cannot be asked, nothing was changed: it is down"


async def test_without_a_control_plane_a_move_is_suggested_only_when_the_router_is_shown_dead() -> None:
    async with kit({Remedy.PING: Mode.AUTO, Remedy.MOVE: Mode.SUGGEST}) as it:
        it.daemon.answering.clear()
        it.mender.announce(STARTED)
        assert isinstance(await it.told.next(), RemedyApplied)
        suggested = await it.told.next()
        assert isinstance(suggested, RemedySuggested)
        assert "take the prefix from the dead router" in suggested.command
        it.mender.announce(ENDED)
        it.daemon.answering = {R1, R2}
        it.mender.announce(STARTED)
        assert isinstance(await it.told.next(), RemedyApplied)
        withheld = await it.told.next()
        assert isinstance(withheld, RemedyWithheld)
        assert withheld.why == "the router is not shown dead: r1: disco 2 ms, TSMP 2 ms"


async def test_a_route_that_never_uses_the_plain_address_has_nothing_to_move() -> None:
    async with kit({Remedy.MOVE: Mode.AUTO}, moving=moving(Plane())) as it:
        it.routes[:] = [route_state("db", paths=(path("100.64.0.2"),))]
        it.mender.announce(STARTED)
        event = await it.told.next()
        assert isinstance(event, RemedyWithheld)
        assert event.why == "no path of the route dials the target's own address"


async def test_a_route_that_was_configured_away_is_nobodys_any_more() -> None:
    async with kit({Remedy.PING: Mode.AUTO}) as it:
        it.routes[:] = [route_state("files", paths=(path(),))]
        it.mender.announce(STARTED)
        it.mender.announce(msgspec.structs.replace(STARTED, route="files"))
        event = await it.told.next()
        assert (event.route, event.remedy) == ("files", Remedy.PING)
        assert it.told.events == []


async def test_what_is_allowed_in_the_middle_of_an_outage_is_done_and_what_is_taken_back_is_closed() -> None:
    before, after = Plane(), Plane(failing={1})
    async with kit({}, moving=moving(before)) as it:
        it.daemon.answering = {R2}
        it.mender.announce(STARTED)
        it.mender.allow(Allowance(modes={**OFF, Remedy.MOVE: Mode.AUTO}, moving=moving(after)))
        event = await it.told.next()
        assert isinstance(event, RemedyApplied)
        assert event.remedy is Remedy.MOVE
        assert (before.closed, after.closed) == (True, False)
    assert after.closed
