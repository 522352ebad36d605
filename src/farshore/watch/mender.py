"""Climbs the ladder in an outage: gathers what a rung needs, does what was decided, says what came of it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from farshore.core.clock import Clock
from farshore.core.events import (
    Announce,
    Event,
    OutageEnded,
    OutageStarted,
    RemedyApplied,
    RemedySuggested,
    RemedyWithheld,
)
from farshore.core.remedy import Remedy, RemedyResult
from farshore.gateway.state import RouteState
from farshore.tailnet import remedy as actions
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure
from farshore.tailnet.remedy import Sighting, sight
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Peer, Status
from farshore.watch.remedies import Apply, Facts, Ladder, Rung, Suggest, Withhold

SETTLE_S = 2.0
RESTART_SETTLE_S = 15.0
FRESH_S = 10.0


class Restarter(Protocol):
    """Who has started this host's tailscaled and can start it again."""

    async def restart(self, reason: str) -> None:
        """End it and start it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the mender sees and acts through.

    `tailscaleds` are the LocalAPIs of those egresses that have one, by the egress's name; the mender closes them.
    """

    routes: Callable[[], Sequence[RouteState]]
    tailscaleds: Mapping[str, LocalApi]
    announce: Announce
    clock: Clock
    restarter: Restarter | None = None


class _Outage:
    """A route in trouble: whether it is over, whether that is proven, and what the last pings said."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.proven = False
        self.seen: tuple[Sighting, ...] = ()
        self.seen_s = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One rung that is due, and all that belongs to it."""

    rung: Rung
    outage: _Outage
    facts: Facts
    api: LocalApi | None = None
    peers: tuple[Peer, ...] = ()


class Mender:
    """The one hand of the gateway. `run` once; `announce` whatever happens."""

    def __init__(self, ladder: Ladder, surroundings: Surroundings) -> None:
        self._ladder = ladder
        self._around = surroundings
        self._clock = surroundings.clock
        self._news = asyncio.Event()
        self._outages: dict[str, _Outage] = {}

    def announce(self, event: Event) -> None:
        """Take note of outages."""
        match event:
            case OutageStarted():
                self._ladder.outage_started(event.route, event.code, event.detail, self._clock.monotonic_s())
                self._outages[event.route] = _Outage()
                self._news.set()
            case OutageEnded():
                self._ladder.outage_ended(event.route)
                outage = self._outages.pop(event.route, None)
                if outage is not None:
                    outage.proven = event.proven
                    outage.over.set()
            case _:
                pass

    async def run(self) -> None:
        """Mend, one remedy after the other, until cancelled."""
        try:
            while True:
                due = self._ladder.due(self._clock.monotonic_s())
                if isinstance(due, Rung):
                    await self._climb_or_give_up(due)
                else:
                    await self._wait(due)
        finally:
            for api in self._around.tailscaleds.values():
                await api.aclose()

    async def _wait(self, until_s: float | None) -> None:
        timeout_s = None if until_s is None else max(0.0, until_s - self._clock.monotonic_s())
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()

    async def _climb_or_give_up(self, rung: Rung) -> None:
        """A mistake of our own ends the help for this outage, never the gateway."""
        try:
            await self._climb(rung)
        except Exception as error:  # noqa: BLE001 - see above
            self._ladder.outage_ended(rung.route)
            told = {"message": f"remedy {rung.remedy} for route {rung.route}", "exception": error}
            asyncio.get_running_loop().call_exception_handler(told)

    async def _climb(self, rung: Rung) -> None:
        case = await self._look(rung)
        decision = self._ladder.decide(rung, case.facts, self._clock.monotonic_s())
        match decision:
            case None:
                pass
            case Apply():
                try:
                    await self._apply(case, decision.why)
                finally:
                    self._ladder.finished(rung, self._clock.monotonic_s())
            case Suggest():
                self._suggest(case, decision.why)
            case Withhold():
                subject = case.facts.subject
                self._around.announce(
                    RemedyWithheld(route=rung.route, remedy=rung.remedy, subject=subject, why=decision.why)
                )
            case _:
                assert_never(decision)

    async def _look(self, rung: Rung) -> _Case:
        """What the ladder has to know, and what the remedy would be done with."""
        outage = self._outages[rung.route]
        state = next(state for state in self._around.routes() if state.name == rung.route)
        api = next((api for path in state.paths if (api := self._around.tailscaleds.get(path.egress))), None)
        if api is None:
            return _Case(
                rung=rung,
                outage=outage,
                facts=Facts(subject=state.egress, trouble=f"egress {state.egress} has no tailscaled to ask"),
            )
        trouble: str | None = None
        peers: tuple[Peer, ...] = ()
        try:
            peers = _owners(await api.status(), state)
        except LocalApiError as error:
            trouble = f"tailscaled cannot be asked: {error.detail}"
        names = ", ".join(peer.host_name for peer in peers)
        facts = Facts(
            subject=names if rung.remedy is Remedy.PING and names else str(api.socket),
            trouble=trouble,
            routers=self._sightings(outage, peers),
            served=tuple(other.name for other in self._around.routes() if self._is_served(other, api)),
            is_ours_to_restart=self._around.restarter is not None,
        )
        return _Case(rung=rung, outage=outage, facts=facts, api=api, peers=peers)

    def _is_served(self, state: RouteState, api: LocalApi) -> bool:
        apis = [self._around.tailscaleds.get(path.egress) for path in state.paths]
        works = state.active > state.held and not self._ladder.in_outage(state.name)
        return works and any(each is not None and each.socket == api.socket for each in apis)

    def _sightings(self, outage: _Outage, peers: Sequence[Peer]) -> tuple[Sighting, ...]:
        is_fresh = outage.seen and self._clock.monotonic_s() - outage.seen_s < FRESH_S
        names = [peer.host_name for peer in peers]
        if is_fresh and [sighting.router for sighting in outage.seen] == names:
            return outage.seen
        return tuple(Sighting(router=name, trouble="not pinged") for name in names)

    async def _apply(self, case: _Case, why: str) -> None:
        started_s = self._clock.monotonic_s()
        try:
            detail = await self._act(case, why)
        except LocalApiError as error:
            if error.reason is LocalApiFailure.NOT_PERMITTED:
                self._suggest(case, f"tailscaled lets this user only read; see `tailscale set --operator`. {why}")
                return
            result, detail = RemedyResult.FAILED, error.detail
        else:
            helped = case.outage.over.is_set() and case.outage.proven
            result = RemedyResult.HELPED if helped else RemedyResult.NO_CHANGE
        self._around.announce(
            RemedyApplied(
                route=case.rung.route,
                remedy=case.rung.remedy,
                subject=case.facts.subject,
                why=why,
                result=result,
                detail=detail,
                duration_ms=round((self._clock.monotonic_s() - started_s) * 1000, 3),
            )
        )

    async def _act(self, case: _Case, why: str) -> str:
        """Do it and give it time; what was seen then."""
        if case.rung.remedy is Remedy.RESTART:
            assert self._around.restarter is not None  # noqa: S101 - the ladder suggests it otherwise
            await self._around.restarter.restart(why)
            await _within(case.outage.over, RESTART_SETTLE_S)
            return "restarted"
        assert case.api is not None  # noqa: S101 - the ladder withholds it otherwise
        match case.rung.remedy:
            case Remedy.REBIND:
                await actions.rebind(case.api)
            case Remedy.BREAK_DERP:
                await actions.break_derp(case.api)
            case _:
                pass
        sightings = await self._ping(case.outage, case.api, case.peers)
        await _within(case.outage.over, SETTLE_S if any(each.answers for each in sightings) else 0.0)
        return "; ".join(map(str, sightings))

    async def _ping(self, outage: _Outage, api: LocalApi, peers: Sequence[Peer]) -> tuple[Sighting, ...]:
        async with asyncio.TaskGroup() as pings:
            tasks = [pings.create_task(sight(api, peer)) for peer in peers]
        outage.seen, outage.seen_s = tuple(task.result() for task in tasks), self._clock.monotonic_s()
        return outage.seen

    def _suggest(self, case: _Case, why: str) -> None:
        rung = case.rung
        self._around.announce(
            RemedySuggested(
                route=rung.route,
                remedy=rung.remedy,
                subject=case.facts.subject,
                why=why,
                command="" if case.api is None else actions.command(rung.remedy, case.api),
            )
        )


def _owners(status: Status, state: RouteState) -> tuple[Peer, ...]:
    """Who serves what the route's paths dial, each once; a name is nobody's."""
    owners: dict[str, Peer] = {}
    for path in state.paths:
        host = path.target.host
        owner = None if isinstance(host, str) else owner_of(status, host)
        if owner is not None:
            owners[owner.key] = owner
    return tuple(owners.values())


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
