"""Climbs the ladder in an outage: gathers what a rung needs, does what was decided, says what came of it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, assert_never

from farshore.config.remedies import Mode
from farshore.core.address import HostPort
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
from farshore.gateway.state import PathState, RouteState
from farshore.tailnet import remedy as actions
from farshore.tailnet.control.moves import Move
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure
from farshore.tailnet.remedy import Sighting, sight
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Peer, Status
from farshore.watch.moving import Done, Moving, plain_path
from farshore.watch.outages import Outage, Pinged
from farshore.watch.remedies import Apply, Facts, Ladder, Rung, Suggest, Withhold

SETTLE_S = 2.0
RESTART_SETTLE_S = 15.0
FRESH_S = 10.0
OTHERS = 3


class Restarter(Protocol):
    """Who has started a tailscaled and can start it again."""

    async def restart(self, reason: str) -> None:
        """End it, so that it is started again; nothing where there is none to end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the mender sees and acts through.

    `tailscaleds` are the LocalAPIs of those egresses that have one now, by the egress's name. `restarters` have started
    the tailscaled behind a socket.
    """

    routes: Callable[[], Sequence[RouteState]]
    tailscaleds: Callable[[], Mapping[str, LocalApi]]
    announce: Announce
    clock: Clock
    restarters: Mapping[Path, Restarter] = field(default_factory=dict[Path, Restarter])


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the mender may do; `moving` is there where a control plane can be asked, and the mender closes it."""

    modes: Mapping[Remedy, Mode]
    moving: Moving | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One rung that is due, and all that belongs to it."""

    rung: Rung
    outage: Outage
    facts: Facts
    api: LocalApi | None = None
    peers: tuple[Peer, ...] = ()
    restarter: Restarter | None = None
    target: HostPort | None = None
    move: Move | None = None
    command: str = ""


class Mender:
    """The one hand of the gateway. `run` once; `announce` whatever happens."""

    def __init__(self, allowance: Allowance, surroundings: Surroundings) -> None:
        self._ladder = Ladder(allowance.modes)
        self._moving_by = allowance.moving
        self._next: list[Allowance] = []
        self._around = surroundings
        self._clock = surroundings.clock
        self._news = asyncio.Event()
        self._outages: dict[str, Outage] = {}

    def allow(self, allowance: Allowance) -> None:
        """Another allowance; what is under way ends as it was begun."""
        self._next.append(allowance)
        self._news.set()

    def announce(self, event: Event) -> None:
        """Take note of outages."""
        match event:
            case OutageStarted():
                self._ladder.outage_started(event.route, event.code, event.detail, self._clock.monotonic_s())
                self._outages[event.route] = Outage()
                self._news.set()
            case OutageEnded():
                self._ladder.outage_ended(event.route)
                outage = self._outages.pop(event.route, None)
                if outage is not None:
                    outage.end(proven=event.proven)
            case _:
                pass

    async def run(self) -> None:
        """Mend, one remedy after the other, until cancelled."""
        try:
            while True:
                await self._take_over()
                due = self._ladder.due(self._clock.monotonic_s())
                if isinstance(due, Rung):
                    await self._climb_or_give_up(due)
                else:
                    await self._wait(due)
        finally:
            await self._take_over()
            if self._moving_by is not None:
                await self._moving_by.aclose()

    async def _take_over(self) -> None:
        while self._next:
            allowance = self._next.pop(0)
            retired, self._moving_by = self._moving_by, allowance.moving
            self._ladder.allow(allowance.modes, self._clock.monotonic_s())
            if retired is not None:
                await retired.aclose()

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
        state = next((state for state in self._around.routes() if state.name == rung.route), None)
        if state is None:  # another configuration has no such route
            self._ladder.outage_ended(rung.route)
            return
        case = await self._look(rung, state)
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

    async def _look(self, rung: Rung, state: RouteState) -> _Case:
        """What the ladder has to know, and what the remedy would be done with."""
        outage = self._outages[rung.route]
        path = plain_path(state.paths) if rung.remedy is Remedy.MOVE else None
        paths = state.paths if path is None else (path,)
        tailscaleds = self._around.tailscaleds()
        api = next((tailscaleds[path.egress] for path in paths if path.egress in tailscaleds), None)
        if api is None:
            trouble = f"egress {paths[0].egress} has no tailscaled to ask"
            return _Case(rung=rung, outage=outage, facts=Facts(subject=paths[0].egress, trouble=trouble))
        facts, peers = await self._facts(rung, state, api, outage)
        case = _Case(rung=rung, outage=outage, facts=facts, api=api, peers=peers)
        match rung.remedy:
            case Remedy.RESTART:
                return await self._restarting(case, api)
            case Remedy.MOVE:
                return await self._moving(case, api, path)
            case _:
                return replace(case, command=actions.command(rung.remedy, api))

    async def _facts(
        self, rung: Rung, state: RouteState, api: LocalApi, outage: Outage
    ) -> tuple[Facts, tuple[Peer, ...]]:
        trouble: str | None = None
        peers: tuple[Peer, ...] = ()
        try:
            peers = _owners(await api.status(), state)
        except LocalApiError as error:
            trouble = f"tailscaled cannot be asked: {error.detail}"
        names = ", ".join(peer.host_name for peer in peers)
        facts = Facts(
            subject=names if rung.remedy in {Remedy.PING, Remedy.MOVE} and names else str(api.socket),
            trouble=trouble,
            routers=self._sightings(outage, peers),
            served=tuple(other.name for other in self._around.routes() if self._is_served(other, api)),
        )
        return facts, peers

    async def _restarting(self, case: _Case, api: LocalApi) -> _Case:
        """Somebody else who answers shows that this host's tailscaled works: a restart would change nothing."""
        if case.facts.trouble is None:
            seen = await self._see_others(api, case.peers)
            case = replace(case, facts=replace(case.facts, routers=(*case.facts.routers, *seen)))
        restarter = self._around.restarters.get(api.socket)
        unable = None if restarter is not None else "this gateway did not start it"
        command = "systemctl restart tailscaled (or restart its container)"
        facts = replace(case.facts, only_suggest=unable)
        return replace(case, facts=facts, restarter=restarter, command=command)

    async def _see_others(self, api: LocalApi, routers: Sequence[Peer]) -> tuple[Sighting, ...]:
        """Ping a few peers that are no routers of the route, and that the control plane calls online."""
        known = {peer.key for peer in routers}
        try:
            peers = (await api.status()).peers
        except LocalApiError:
            return ()
        others = [peer for peer in peers if peer.online and peer.key not in known][:OTHERS]
        async with asyncio.TaskGroup() as pings:
            tasks = [pings.create_task(sight(api, peer)) for peer in others]
        return tuple(task.result() for task in tasks)

    async def _moving(self, case: _Case, api: LocalApi, path: PathState | None) -> _Case:
        if path is None:
            against = "no path of the route dials the target's own address"
            return replace(case, facts=replace(case.facts, objection=against))
        moving = self._moving_by
        if case.facts.trouble is not None or not case.peers:
            return case
        if moving is None:
            return replace(
                case,
                facts=replace(case.facts, objection=_not_dead(case.facts), only_suggest="there is no `control:`"),
                command="headscale nodes approve-routes, or the admin console: take the prefix from the dead router",
            )
        plan = await moving.plan(api, path.target, case.facts.routers)
        if isinstance(plan, str):
            return replace(case, facts=replace(case.facts, objection=plan))
        facts = replace(case.facts, subject=str(plan.prefix), only_suggest=moving.only_suggest)
        return replace(case, facts=facts, target=path.target, move=plan, command=moving.mover.command(plan))

    def _is_served(self, state: RouteState, api: LocalApi) -> bool:
        tailscaleds = self._around.tailscaleds()
        apis = [tailscaleds.get(path.egress) for path in state.paths]
        works = state.active > state.held and not self._ladder.in_outage(state.name)
        return works and any(each is not None and each.socket == api.socket for each in apis)

    def _sightings(self, outage: Outage, peers: Sequence[Peer]) -> tuple[Sighting, ...]:
        pinged = outage.pinged
        names = [peer.host_name for peer in peers]
        is_fresh = self._clock.monotonic_s() - pinged.at_s < FRESH_S
        if is_fresh and [sighting.router for sighting in pinged.routers] == names:
            return pinged.routers
        return tuple(Sighting(router=name, trouble="not pinged") for name in names)

    async def _apply(self, case: _Case, why: str) -> None:
        started_s = self._clock.monotonic_s()
        try:
            done = await self._act(case, why)
        except LocalApiError as error:
            if error.reason is LocalApiFailure.NOT_PERMITTED:
                self._suggest(case, f"tailscaled lets this user only read; see `tailscale set --operator`; {why}")
                return
            done = Done(result=RemedyResult.FAILED, detail=error.detail)
        rung, subject = case.rung, case.facts.subject
        if done.result is RemedyResult.WITHHELD:
            self._around.announce(
                RemedyWithheld(route=rung.route, remedy=rung.remedy, subject=subject, why=done.detail)
            )
            return
        self._around.announce(
            RemedyApplied(
                route=rung.route,
                remedy=rung.remedy,
                subject=subject,
                why=why,
                result=done.result,
                detail=done.detail,
                duration_ms=round((self._clock.monotonic_s() - started_s) * 1000, 3),
            )
        )

    async def _act(self, case: _Case, why: str) -> Done:
        """Do it and give it time; what was seen then."""
        assert case.api is not None  # noqa: S101 - the ladder withholds it otherwise
        match case.rung.remedy:
            case Remedy.PING:
                pass
            case Remedy.REBIND:
                await actions.rebind(case.api)
            case Remedy.BREAK_DERP:
                await actions.break_derp(case.api)
            case Remedy.RESTART:
                assert case.restarter is not None  # noqa: S101 - the ladder suggests it otherwise
                await case.restarter.restart(why)
                await case.outage.ends_within(RESTART_SETTLE_S)
                return _done(case.outage, "restarted")
            case Remedy.MOVE:
                moving, move, target = self._moving_by, case.move, case.target
                assert moving is not None and move is not None and target is not None  # noqa: S101, PT018 - as above
                return await moving.carry_out(case.api, move, target, case.outage)
            case _:
                assert_never(case.rung.remedy)
        sightings = await self._ping(case.outage, case.api, case.peers)
        await case.outage.ends_within(SETTLE_S if any(each.answers for each in sightings) else 0.0)
        return _done(case.outage, "; ".join(map(str, sightings)))

    async def _ping(self, outage: Outage, api: LocalApi, peers: Sequence[Peer]) -> tuple[Sighting, ...]:
        async with asyncio.TaskGroup() as pings:
            tasks = [pings.create_task(sight(api, peer)) for peer in peers]
        sightings = tuple(task.result() for task in tasks)
        outage.pinged = Pinged(self._clock.monotonic_s(), sightings)
        return sightings

    def _suggest(self, case: _Case, why: str) -> None:
        rung = case.rung
        self._around.announce(
            RemedySuggested(
                route=rung.route,
                remedy=rung.remedy,
                subject=case.facts.subject,
                why=why,
                command=case.command,
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


def _not_dead(facts: Facts) -> str | None:
    """Why nothing is to be moved, as far as the last pings tell."""
    if any(router.is_silent for router in facts.routers):
        return None
    return f"the router is not shown dead: {'; '.join(map(str, facts.routers))}"


def _done(outage: Outage, detail: str) -> Done:
    result = RemedyResult.HELPED if outage.is_proven_over else RemedyResult.NO_CHANGE
    return Done(result=result, detail=detail)
