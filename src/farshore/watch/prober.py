"""Looks at every path of every route, all the time, and tells the gateway how they are.

One task for each path: a check, then a wait, cut short by whatever makes a check worth its while: a word on
tailscaled's bus, or a client that was overtaken on the path. Paths through one router share its pings. Does I/O; what
it means is decided in `verdict`, `health` and `redundancy`.
"""

import asyncio
from collections.abc import Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from random import Random

from farshore.config.model import PathHealth
from farshore.config.model import Probe as ProbeSetting
from farshore.core.events import Announce, Health, PathChecked, TargetProbed
from farshore.gateway.breaker import BreakerState
from farshore.gateway.egress import Egress
from farshore.gateway.gateway import Gateway
from farshore.gateway.judge import Failure
from farshore.gateway.ownership import Ownership
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Path, Route
from farshore.tailnet.localapi import BusMask, LocalApiError
from farshore.tailnet.status import Peer
from farshore.watch.call import address_of
from farshore.watch.health import HealthRules, Result, Track
from farshore.watch.owner import ask
from farshore.watch.pinger import Pinger
from farshore.watch.redundancy import Redundancy
from farshore.watch.routers import router_of
from farshore.watch.shared import Shared
from farshore.watch.target import probe
from farshore.watch.verdict import Check, Ping, Pinged, Probe, Probed, judge, wants_a_witness

WARM_UP_S = 30.0
LOOK_AROUND_S = 1.0
BUS_AGAIN_S = 5.0
# A word on the bus is worth a check, a hundred of them in a second are not worth a hundred.
BETWEEN_CHECKS_S = 0.5
# How old another path's answer may be that is to bear witness, or a router's that several paths ask for.
SAME_TIME_S = 0.5
_BUS = BusMask.INITIAL_STATE | BusMask.PEER_CHANGES | BusMask.PEER_PATCHES | BusMask.PEER_STATE
_NO_NEWS = frozenset({"Version", "SessionID", "Engine", "Health", "Prefs"})


@dataclass(slots=True, kw_only=True, eq=False)
class _Watched:
    """A path that is looked at."""

    route: Route
    path: Path
    track: Track
    probing: Shared[Probed] | None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    breaker: BreakerState = BreakerState.CLOSED
    was_silent: bool = False
    task: asyncio.Task[None] | None = None


class Prober:
    """Watches the paths of a gateway as its `path_health` says. Belongs to one event loop; cancel `run` to end it."""

    def __init__(self, gateway: Gateway, announce: Announce, random: Random) -> None:
        self._gateway = gateway
        self._settings = gateway.config.path_health
        self._announce = announce
        self._random = random
        self._shared = gateway.surroundings
        self._clock = self._shared.clock
        self._resolver = Resolver()
        self._watched: dict[Path, _Watched] = {}
        self._pingers: dict[tuple[Ownership, str], tuple[Pinger, Shared[Pinged]]] = {}
        self._buses: dict[Ownership, asyncio.Task[None]] = {}
        self._redundancy: dict[str, Redundancy] = {}

    async def run(self) -> None:
        """Watch what the gateway has, and follow it when that changes."""
        try:
            while True:
                await self._follow()
                self._hear_of_breakers()
                await asyncio.sleep(LOOK_AROUND_S)
        finally:
            await self._stop()

    async def _follow(self) -> None:
        """Begin to watch what is new, and cease to watch what is gone."""
        self._take_over(self._gateway.config.path_health)
        routes = self._gateway.live_routes()
        live = {path: route for route in routes for path in route.paths if self._settings.every_s}
        for path, watched in list(self._watched.items()):
            if live.get(path) is not watched.route or _has_ended(watched.task):
                await self._forget(self._watched.pop(path))
                if not self._settings.every_s:
                    self._gateway.note_health(watched.route.name, path.name, Health.UNKNOWN, "nobody looks any more")
        for path, route in live.items():
            if path not in self._watched and (path.egress.ownership or route.probe is not ProbeSetting.NONE):
                self._watch(route, path)
        self._redundancy = {route.name: self._redundancy.get(route.name, Redundancy(route.name)) for route in routes}
        wanted = {path.egress.ownership for path in live if path.egress.ownership is not None}
        for ownership, listening in list(self._buses.items()):
            if ownership not in wanted or _has_ended(listening):
                self._buses.pop(ownership).cancel()
        self._pingers = {key: pinger for key, pinger in self._pingers.items() if key[0] in wanted}
        for ownership in wanted - self._buses.keys():
            self._buses[ownership] = asyncio.get_running_loop().create_task(self._listen(ownership))

    def _take_over(self, settings: PathHealth) -> None:
        """Look as it is written now; what is known stays."""
        if settings == self._settings:
            return
        self._settings = settings
        for watched in self._watched.values():
            watched.track.rules = _rules(settings)
            watched.wake.set()

    def _watch(self, route: Route, path: Path) -> None:
        rules = _rules(self._settings)
        probing = None if route.probe is ProbeSetting.NONE else Shared(lambda: self._probe(route, path), self._clock)
        watched = _Watched(route=route, path=path, track=Track(rules, self._random), probing=probing)
        self._watched[path] = watched
        watched.task = asyncio.get_running_loop().create_task(self._keep_watching(watched))

    async def _forget(self, watched: _Watched) -> None:
        if watched.task is not None:
            watched.task.cancel()
            await asyncio.wait([watched.task])
        if watched.probing is not None:
            await watched.probing.close()

    async def _stop(self) -> None:
        for task in self._buses.values():
            task.cancel()
        await asyncio.gather(*self._buses.values(), *map(self._forget, self._watched.values()), return_exceptions=True)
        await asyncio.gather(*(pinging.close() for _, pinging in self._pingers.values()))
        await self._resolver.close()

    def _hear_of_breakers(self) -> None:
        """A path that clients were overtaken on, or failed on, is looked at at once."""
        for watched in self._watched.values():
            before, watched.breaker = watched.breaker, watched.path.breaker.state
            if before is BreakerState.CLOSED and watched.breaker is not BreakerState.CLOSED:
                watched.wake.set()

    async def _listen(self, ownership: Ownership) -> None:
        """Look at the paths of an egress as soon as tailscaled tells something about the state, a peer or a route."""
        while True:
            with suppress(LocalApiError):
                async with aclosing(ownership.api.watch_bus(_BUS)) as messages:
                    async for message in messages:
                        if message.keys() - _NO_NEWS:
                            self._wake(ownership)
            self._wake(ownership)
            await asyncio.sleep(BUS_AGAIN_S * self._random.uniform(0.8, 1.2))

    def _wake(self, ownership: Ownership) -> None:
        for watched in self._watched.values():
            if watched.path.egress.ownership is ownership:
                watched.wake.set()

    async def _keep_watching(self, watched: _Watched) -> None:
        await asyncio.sleep(watched.track.first_check_in_s())
        while True:
            begun_s = self._clock.monotonic_s()
            watched.wake.clear()
            check = await self._checked(watched)
            took_s = self._clock.monotonic_s() - begun_s
            self._note(watched, check, begun_s, took_s)
            await self._wait(watched, max(watched.track.next_check_in_s() - took_s, BETWEEN_CHECKS_S))

    async def _wait(self, watched: _Watched, delay_s: float) -> None:
        """Until the next check is due, or worth its while; the tunnel is kept awake meanwhile."""
        await asyncio.sleep(BETWEEN_CHECKS_S)
        left_s = delay_s - BETWEEN_CHECKS_S
        while left_s > 0:
            nap_s = min(left_s, WARM_UP_S) if watched.route.warm_up else left_s
            with suppress(TimeoutError):
                async with asyncio.timeout(nap_s):
                    await watched.wake.wait()
            if watched.wake.is_set():
                return
            left_s -= nap_s
            if left_s > 0:
                await self._pinged(watched.path, watched.route)

    def _note(self, watched: _Watched, check: Check, begun_s: float, took_s: float) -> None:
        route, path = watched.route.name, watched.path.name
        health = watched.track.note(check.result)
        took_ms = round(took_s * 1000, 3)
        self._announce(
            PathChecked(route=route, path=path, result=check.result.value, reason=check.reason, took_ms=took_ms)
        )
        self._gateway.note_health(route, path, health, check.reason, begun_s)
        paths = {path.name: path.health for path in watched.route.paths}
        event = self._redundancy[route].note(paths) if route in self._redundancy else None
        if event is not None:
            self._announce(event)

    async def _checked(self, watched: _Watched) -> Check:
        try:
            return await self._check(watched)
        except Exception as error:  # noqa: BLE001 - a mistake of our own in one check must not end all of them
            asyncio.get_running_loop().call_exception_handler({"message": "checking a path", "exception": error})
            return Check(result=Result.NOTHING, reason=f"checking it failed: {error!r}")

    async def _check(self, watched: _Watched) -> Check:
        """The router and the target at once; another path only where its word decides.

        Where dials hear nothing already (clients are held, or a suspect path was silent to both), a router that does
        not answer pings is not dialled through: that is known sooner, and what a dead router ignores reaches the target
        when it is back.
        """
        if watched.probing is None:
            return judge(await self._pinged(watched.path, watched.route), None, witness=None)
        if (watched.was_silent and watched.track.health is Health.SUSPECT) or self._holds(watched.route):
            ping = await self._pinged(watched.path, watched.route)
            if ping is not None and ping.ping is Ping.SILENT:
                return judge(ping, None, witness=None)
        ping, seen = await asyncio.gather(self._pinged(watched.path, watched.route), watched.probing.get(SAME_TIME_S))
        watched.was_silent = ping is not None and ping.ping is Ping.SILENT and seen.probe is Probe.SILENT
        witness = await self._witness(watched) if wants_a_witness(ping, seen) else None
        return judge(ping, seen, witness=witness)

    def _holds(self, route: Route) -> bool:
        """Whether clients are held because no path has answered them."""
        return route in self._gateway.live_routes() and len(self._gateway.waiting_room(route)) > 0

    async def _witness(self, watched: _Watched) -> str | None:
        """The name of another path that connects now, None if none does. Who is down already is not asked."""
        for other in self._others(watched):
            seen = None if other.probing is None else await other.probing.get(SAME_TIME_S)
            if seen is not None and seen.probe is Probe.CONNECTED:
                return other.path.name
        return None

    def _others(self, watched: _Watched) -> Iterable[_Watched]:
        for path in watched.route.paths:
            other = self._watched.get(path)
            if other is not None and other is not watched and other.track.health is not Health.DOWN:
                yield other

    async def _probe(self, route: Route, path: Path) -> Probed:
        seen = await probe(route, path, self._shared, self._resolver)
        self._announce(TargetProbed(route=route.name, path=path.name, result=seen.probe.value, detail=seen.detail))
        return seen

    async def _pinged(self, path: Path, route: Route) -> Pinged | None:
        """The router that owns the path's address, pinged; None where nobody can be asked."""
        ownership = path.egress.ownership
        if ownership is None:
            return None
        target = await address_of(route, path, self._resolver)
        if isinstance(target, Failure):
            return Pinged(ping=Ping.NOTHING, detail=target.detail)
        assert not isinstance(target.host, str)  # noqa: S101 - resolved above
        owner = router_of(await ask(ownership, SAME_TIME_S), target.host)
        if isinstance(owner, Peer):
            return await self._ping(path.egress, ownership, owner)
        return None if route.allow_direct and owner is not None and owner.ping is Ping.SILENT else owner

    async def _ping(self, egress: Egress, ownership: Ownership, router: Peer) -> Pinged:
        address = router.ips[0]
        key = ownership, f"{router.key} {address}"
        if key not in self._pingers:
            pinger = Pinger(ownership.api, address, f"{router.host_name} ({address})", self._clock)
            self._pingers[key] = pinger, Shared(pinger.ping, self._clock)
        pinged = await self._pingers[key][1].get(SAME_TIME_S)
        if pinged.ping is Ping.SILENT and pinged.is_cut_off and not self._hears_anybody(ownership):
            detail = f"tailscaled of {egress.name} has lost its own network: {pinged.detail}"
            return Pinged(ping=Ping.NOTHING, detail=detail)
        return pinged

    def _hears_anybody(self, ownership: Ownership) -> bool:
        since_s = self._clock.monotonic_s() - self._settings.every_s
        pingers = [pinger for (asked, _), (pinger, _) in self._pingers.items() if asked is ownership]
        return any(pinger.answered_s > since_s for pinger in pingers)


def _rules(settings: PathHealth) -> HealthRules:
    return HealthRules(every_s=settings.every_s, in_doubt_s=settings.in_doubt_s, fall=settings.fall, rise=settings.rise)


def _has_ended(task: asyncio.Task[None] | None) -> bool:
    """Whether a mistake of our own has ended what should go on; it is told."""
    if task is None or not task.done():
        return False
    if not task.cancelled():
        asyncio.get_running_loop().call_exception_handler({"message": "watching paths", "exception": task.exception()})
    return True
