"""In an outage: pings the routers of the route six times a second, so that the held clients need not dial.

A ping makes no connection and no target sees it, and a router that is back answers one at once. While every router of
the route is silent, the waiting room is told to rest; the first answer of a router lets one client look over its path.
Where that cannot be known, because an egress has no LocalAPI, because tailscaled does not answer, or knows no router
for an address, nothing is said, and the room looks as it does by itself. Does I/O; decides little.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from farshore.core.address import IPAddress
from farshore.core.clock import Clock
from farshore.core.events import Event, OutageEnded, OutageStarted
from farshore.gateway.gateway import Gateway
from farshore.gateway.hold import WaitingRoom
from farshore.gateway.judge import Failure
from farshore.gateway.ownership import Ownership
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Path, Route
from farshore.tailnet.localapi import LocalApiError, LocalApiFailure, PingKind
from farshore.tailnet.status import Peer
from farshore.watch.call import address_of
from farshore.watch.owner import ask
from farshore.watch.routers import router_of

EVERY_S = 0.15
# Pings overlap: over a relay the answer may take longer than the time between two of them.
PATIENCE_S = 1.0
# Who has the address may change, but not with every ping.
OWNERS_S = 1.0

_Asked = tuple[Ownership, IPAddress]


@dataclass(slots=True)
class _Seen:
    """What the pings of one outage have shown: who has answered the last one, and until when nothing is believed."""

    answering: dict[_Asked, float] = field(default_factory=dict)
    blind_until_s: float = 0.0

    def silent(self, router: _Asked, since_s: float) -> None:
        """A ping of that time was not answered; a later one may have been."""
        if self.answering.get(router, since_s) <= since_s:
            self.answering.pop(router, None)

    def answered(self, router: _Asked, now_s: float) -> bool:
        """Whether this is the first answer after its silence."""
        is_first = router not in self.answering
        self.answering[router] = now_s
        return is_first


class Lookout:
    """One for a gateway. `announce` whatever happens, `run` until cancelled."""

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self._gateway = gateway
        self._clock = clock
        self._resolver = Resolver()
        self._news = asyncio.Event()
        self._ill: dict[str, None] = {}
        self._watches: dict[str, asyncio.Task[None]] = {}

    def announce(self, event: Event) -> None:
        """Take note of outages."""
        match event:
            case OutageStarted():
                self._ill[event.route] = None
                self._news.set()
            case OutageEnded():
                self._ill.pop(event.route, None)
                self._news.set()
            case _:
                pass

    async def run(self) -> None:
        """Watch over every route that has an outage, for as long as it has."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                for name in [name for name in self._watches if name not in self._ill]:
                    self._watches.pop(name).cancel()
                for name in [name for name in self._ill if name not in self._watches]:
                    self._watches[name] = asyncio.get_running_loop().create_task(self._watch(name))
        finally:
            for watch in self._watches.values():
                watch.cancel()
            await asyncio.gather(*self._watches.values(), return_exceptions=True)
            await self._resolver.close()

    async def _watch(self, name: str) -> None:
        """A mistake of our own ends the help for this outage, never the gateway."""
        try:
            while (
                route := next((each for each in self._gateway.live_routes() if each.name == name), None)
            ) is not None:
                await self._watch_route(route)
        except Exception as error:  # noqa: BLE001 - see above
            told = {"message": f"pinging the routers of route {name}", "exception": error}
            asyncio.get_running_loop().call_exception_handler(told)

    async def _watch_route(self, route: Route) -> None:
        """Until the route is changed."""
        room, seen = self._gateway.waiting_room(route), _Seen()
        async with asyncio.TaskGroup() as pings:
            while route in self._gateway.live_routes():
                routers = await self._routers(route)
                asked_again_s = self._clock.monotonic_s() + OWNERS_S
                while (now_s := self._clock.monotonic_s()) < asked_again_s:
                    if routers and not seen.answering and now_s >= seen.blind_until_s:
                        room.rest(route, now_s + 2 * EVERY_S)
                    for router, paths in (routers or {}).items():
                        pings.create_task(self._ping(route, room, seen, router, paths))
                    await asyncio.sleep(EVERY_S)

    async def _ping(self, route: Route, room: WaitingRoom, seen: _Seen, router: _Asked, paths: list[Path]) -> None:
        ownership, address = router
        begun_s = self._clock.monotonic_s()
        try:
            pong = await ownership.api.ping(address, PingKind.TSMP, timeout_s=PATIENCE_S)
        except LocalApiError as error:
            seen.silent(router, begun_s)
            if error.reason is not LocalApiFailure.TIMEOUT:
                seen.blind_until_s = self._clock.monotonic_s() + PATIENCE_S
            return
        if pong.error:
            seen.blind_until_s = self._clock.monotonic_s() + PATIENCE_S
            return
        for path in paths:
            path.answered_s = self._clock.monotonic_s()
        if seen.answered(router, self._clock.monotonic_s()):
            for path in paths:
                room.look_over(route, path)

    async def _routers(self, route: Route) -> dict[_Asked, list[Path]] | None:
        """Whom to ping, and for which paths; None where that is not known of each."""
        routers: defaultdict[_Asked, list[Path]] = defaultdict(list)
        for path in route.paths:
            ownership = path.egress.ownership
            if ownership is None:
                return None
            target = await address_of(route, path, self._resolver)
            if isinstance(target, Failure):
                return None
            assert not isinstance(target.host, str)  # noqa: S101 - resolved above
            owner = router_of(await ask(ownership, OWNERS_S), target.host)
            if not isinstance(owner, Peer):
                return None
            routers[ownership, owner.ips[0]].append(path)
        return dict(routers)
