"""The gateway: opens the ports, keeps the sessions, refuses what is too much, and ends in order."""

import asyncio
import math
import socket
from collections.abc import Callable
from dataclasses import replace
from random import Random, SystemRandom

from farshore.config.egresses import Egress as ConfiguredEgress
from farshore.config.model import Config
from farshore.core.address import HostPort
from farshore.core.clock import Clock
from farshore.core.events import Announce, DrainEnded, DrainStarted, Health, HealthChanged
from farshore.core.outcome import ClientEnd, Code
from farshore.gateway.account import account_of_refused
from farshore.gateway.attempt import Surroundings
from farshore.gateway.closing import Closings
from farshore.gateway.dead_path import DeadPaths
from farshore.gateway.door import why_not
from farshore.gateway.egress import Egress, build_egress
from farshore.gateway.ftp_data import DataPorts
from farshore.gateway.hold import WaitingRoom
from farshore.gateway.household import Household
from farshore.gateway.listener import ListenError
from farshore.gateway.outage import Outage
from farshore.gateway.peer import Peer
from farshore.gateway.pipes import Pipes
from farshore.gateway.poller import Poller
from farshore.gateway.ports import Ports, Reserved
from farshore.gateway.refusal import Refusals
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Route, build_routes
from farshore.gateway.session import Session
from farshore.gateway.state import (
    Opened,
    Readiness,
    RouteState,
    end_by_hand,
    route_state,
)
from farshore.gateway.succession import (
    NotReconfigured,
    Reconfigured,
    Succession,
    succession,
    surviving_egresses,
    why_not_open,
)
from farshore.gateway.sweep import Sweep
from farshore.tailnet.localapi import LocalApi

MAX_IDLE_SWEEP_S = 30.0


class Gateway:
    """Carries what its configuration says. Has to be made and used inside a running event loop."""

    def __init__(self, config: Config, *, announce: Announce, clock: Clock, random: Random | None = None) -> None:
        loop = asyncio.get_running_loop()
        self._config = config
        self._announce = announce
        self._clock = clock
        self._loop = loop
        self._random = random or SystemRandom()
        self._egresses = {name: self._build_egress(config)(name, each) for name, each in config.egresses.items()}
        self._former_egresses: list[Egress] = []
        self._routes = tuple(build_routes(config, self._egresses, self._random, announce))
        self._former_routes: list[Route] = []
        self._cuts: dict[HostPort, asyncio.TimerHandle] = {}
        self._sessions: dict[Session, None] = {}
        self._readiness = Readiness(ready=False, reason="the ports are not open yet")
        self._awaited: str | None = None
        self._draining = False
        self._numbered = 0
        self._empty = asyncio.Event()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._poller = Poller(loop, self._mistaken)
        self._ports = Ports(
            self._poller, self.accept, lambda route, peer: self._refuse(route, peer, Code.NO_DESCRIPTORS), announce
        )
        self._sweep = Sweep(clock, loop)
        self._waiting_rooms = {route.name: self._new_room(route) for route in self._routes}
        self._dead_paths = DeadPaths(self._sweep, lambda: self._sessions)
        self._pipes = Pipes()
        self._closings = Closings(self._sweep, clock, self._poller)
        self._data_ports = DataPorts(self._poller, self._sweep, clock, self._random, self.accept)
        self.refusals = Refusals(self._sweep, clock, self._poller, self._closings)
        self._resolver = Resolver()
        self._house = Household(
            clock=clock,
            poller=self._poller,
            timeouts=config.timeouts,
            limits=config.limits,
            pipes=self._pipes,
            sweep=self._sweep,
            closings=self._closings,
            refusals=self.refusals,
            data_ports=self._data_ports,
            resolver=self._resolver,
            surroundings=Surroundings(
                clock=clock,
                poller=self._poller,
                timeouts=config.timeouts,
                keepalive=config.keepalive,
                announce=announce,
            ),
            announce=announce,
            keeper=self,
        )

    async def open(self) -> None:
        """Open all ports, or none.

        Raises:
            ListenError: one of them could not be opened.
        """
        self._ports.open(self._ports.reserve(self._routes, self._config.keepalive))
        self._readiness = Readiness(ready=True, reason="all ports are open")
        self._arm_idle_sweep()

    def readiness(self) -> Readiness:
        """Whether clients should be sent here."""
        if self._readiness.ready and self._awaited is not None:
            return Readiness(ready=False, reason=self._awaited)
        return self._readiness

    @property
    def config(self) -> Config:
        """What it carries now."""
        return self._config

    def await_outside(self, what: str | None) -> None:
        """Be unready, with the ports open, for as long as something outside is awaited; None ends it."""
        self._awaited = what

    def routes(self) -> list[RouteState]:
        """Every route, in the order of the configuration; then those it no longer names that have open connections."""
        now_s = self._clock.monotonic_s()
        shown = [*self._routes, *(route for route in self._former_routes if route.tally.active)]
        return [route_state(route, held=len(self._waiting_rooms[route.name]), now_s=now_s) for route in shown]

    def live_routes(self) -> tuple[Route, ...]:
        """The routes themselves, for whoever watches their paths; another configuration has other ones."""
        return self._routes

    def tailscaleds(self) -> dict[str, LocalApi]:
        """The LocalAPI of each egress that a route uses now and that has one; the gateway closes them."""
        egresses = {path.egress for route in self._routes for path in route.paths}
        return {egress.name: egress.ownership.api for egress in egresses if egress.ownership is not None}

    @property
    def surroundings(self) -> Surroundings:
        """What every attempt shares, for whoever dials without a client."""
        return self._house.surroundings

    def connections(self) -> Opened:
        """Every open connection, the oldest first."""
        return Opened(self._sessions)

    def end_connection(self, number: int) -> bool:
        """End one by hand; False where no such one is joined with its target."""
        return end_by_hand(self._sessions, number)

    def open_bytes(self) -> dict[str, tuple[int, int]]:
        """Bytes that open connections have carried, by route: from clients, from targets. For every scrape: no more."""
        sums: dict[str, tuple[int, int]] = {}
        for session in self._sessions:
            name = session.route.name
            client_bytes, upstream_bytes = sums.get(name, (0, 0))
            sums[name] = client_bytes + session.client_bytes, upstream_bytes + session.upstream_bytes
        return sums

    def note_health(self, route: str, path: str, health: Health, reason: str, looked_s: float = math.inf) -> None:
        """Take in what somebody has seen of a path without any client; announced if it is another thing than before.

        The look began at `looked_s`, on the monotonic clock. Who watches may be a configuration behind: a route or path
        that is not there (any more) is passed over.
        """
        on = next((known for known in self._routes if known.name == route), None)
        found = None if on is None else next((known for known in on.paths if known.name == path), None)
        if on is None or found is None:
            return
        was, now_s = found.health, self._clock.monotonic_s()
        found.health_reason, found.checked_s = reason, min(looked_s, now_s)
        if health is was:
            return
        found.health, found.health_since_s = health, now_s
        self._dead_paths.note(on, found, found.health_since_s)
        self._announce(HealthChanged(route=route, path=path, health=health, was=was, reason=reason))

    async def reconfigure(self, config: Config) -> Reconfigured | NotReconfigured:
        """Carry what another configuration says, or where that cannot be, go on unchanged.

        Connections that are open never notice: they keep the route, the egress and the limits they came by. Those
        whose port is closed for good are cut when `drain.grace` is over. `health` and `admin` are not the gateway's.
        """
        if self._draining or self._idle_timer is None:
            return NotReconfigured(reason=f"nothing is carried: {self._readiness.reason}")
        egresses = surviving_egresses(self._config, config, self._egresses, self._build_egress(config))
        same = frozenset(n for n, settings in config.egresses.items() if self._config.egresses.get(n) == settings)
        next_ = succession(
            self._routes, self._former_routes, tuple(build_routes(config, egresses, self._random, self._announce)), same
        )
        try:
            reserved = self._ports.reserve(next_.to_open, config.keepalive)
        except ListenError as error:
            return NotReconfigured(reason=why_not_open(error, next_.to_close), error=error)
        self._former_egresses += [old for name, old in self._egresses.items() if egresses.get(name) is not old]
        self._config, self._egresses = config, egresses
        self._house = replace(
            self._house,
            timeouts=config.timeouts,
            limits=config.limits,
            surroundings=replace(self._house.surroundings, timeouts=config.timeouts, keepalive=config.keepalive),
        )
        self._succeed(next_, reserved)
        await self._close_former_egresses()
        return next_.told

    async def drain(self) -> None:
        """Become unready, go on accepting for `drain.settle`, then wait up to `drain.grace` and cut what is left."""
        drain = self._config.drain
        self._readiness = Readiness(ready=False, reason="shutting down")
        self._announce(DrainStarted(connections=len(self._sessions)))
        await asyncio.sleep(drain.settle_s)
        self._draining = True
        self._ports.close_all()
        if self._sessions:
            self._empty.clear()
            try:
                async with asyncio.timeout(drain.grace_s):
                    await self._empty.wait()
            except TimeoutError:
                pass
        cut = len(self._sessions)
        await self.close()
        self._announce(DrainEnded(cut=cut))

    async def close(self) -> None:
        """End everything at once. Idempotent."""
        self._readiness = Readiness(ready=False, reason="stopped")
        self._draining = True
        self._ports.close_all()
        for session in list(self._sessions):
            _cut(session)
        for timer in self._cuts.values():
            timer.cancel()
        for room in self._waiting_rooms.values():
            room.outage.close()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._data_ports.close_all()
        self.refusals.close()
        self._closings.close()
        self._sweep.close()
        self._pipes.close()
        self._poller.close()
        await self._resolver.close()
        for egress in [*self._egresses.values(), *self._former_egresses]:
            await egress.close()

    def session_ended(self, session: Session, code: Code) -> None:
        """Forget a session."""
        session.route.tally.ended[code] += 1
        del self._sessions[session]
        session.route.tally.active -= 1
        if not self._sessions:
            self._empty.set()

    def waiting_room(self, route: Route) -> WaitingRoom:
        """Where the held clients of a route wait."""
        return self._waiting_rooms[route.name]

    def _build_egress(self, config: Config) -> Callable[[str, ConfiguredEgress], Egress]:
        return lambda name, settings: build_egress(name, settings, config.timeouts, self._clock)

    def _new_room(self, route: Route) -> WaitingRoom:
        outage = Outage(route.name, self._announce, self._clock, self._sweep)
        return WaitingRoom(route.max_held, outage, route.tally.retries, self._random)

    def _succeed(self, next_: Succession, reserved: Reserved) -> None:
        """Let the next routes take the place of those before; no client comes in between."""
        kept = [route for route in next_.routes if route not in next_.to_open]
        names = {route.name for route in next_.routes}
        self._former_routes = [
            route for route in (*self._former_routes, *self._routes) if route.name not in names and route.tally.active
        ]
        rooms = {route.name: self._waiting_rooms[route.name] for route in self._former_routes}
        for route in next_.routes:
            room = self._waiting_rooms.get(route.name)
            rooms[route.name] = room = self._new_room(route) if room is None else room
            room.max_held = route.max_held
        for name, room in self._waiting_rooms.items():
            if name not in rooms:
                room.outage.close()
        self._waiting_rooms = rooms
        self._routes = next_.routes
        self._dead_paths.succeed(self._routes, self._clock.monotonic_s())
        self._ports.open(reserved)
        for route in kept:
            self._ports.hand_over(route, self._config.keepalive)
        for route in next_.routes:
            if (timer := self._cuts.pop(route.listen, None)) is not None:
                timer.cancel()
        for route in next_.to_close:
            self._ports.close(route)
            self._cuts[route.listen] = self._loop.call_later(self._config.drain.grace_s, self._cut, route.listen)
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._arm_idle_sweep()

    def _cut(self, listen: HostPort) -> None:
        """The grace of a port that was closed for good is over."""
        del self._cuts[listen]
        for session in [session for session in self._sessions if session.route.listen == listen]:
            _cut(session)

    async def _close_former_egresses(self) -> None:
        """Close those that no connection uses any more: one may still ask for the owner of its target."""
        used = {id(path.egress) for session in self._sessions for path in session.route.paths}
        former, self._former_egresses = self._former_egresses, []
        for egress in former:
            if id(egress) in used:
                self._former_egresses.append(egress)
            else:
                await egress.close()

    def accept(self, route: Route, client: socket.socket, peer: Peer) -> None:
        """Serve a client of a route, on a non-blocking socket that is the gateway's from now on, or refuse it."""
        is_full = len(self._sessions) >= self._config.limits.max_connections
        is_too_late = self._draining and route in self._routes
        reason = Code.DRAINING if is_too_late else why_not(route, peer, is_full=is_full)
        if reason is not None:
            self._refuse(route, peer, reason, self.refusals.send_away(client, route, reason, None, b""))
            return
        self._begin(route, client, peer)

    def _begin(self, route: Route, client: socket.socket, peer: Peer) -> None:
        self._numbered += 1
        route.tally.accepted += 1
        route.tally.active += 1
        session = Session(self._numbered, client, peer, route, self._house)
        self._sessions[session] = None
        try:
            session.start()
        except Exception as error:  # noqa: BLE001 - one connection's mistake must not cost the port
            self._end_by_mistake(session, error)

    def _mistaken(self, fd: int, error: Exception) -> None:
        session = next((session for session in self._sessions if session.holds(fd)), None)
        if session is not None:
            self._end_by_mistake(session, error)
            return
        self._report(error)
        if not self._ports.has(fd):
            self._poller.remove_reader(fd)
            self._poller.remove_writer(fd)

    def _end_by_mistake(self, session: Session, error: Exception) -> None:
        self._report(error)
        session.end(Code.INTERNAL, repr(error))

    def _report(self, error: Exception) -> None:
        self._loop.call_exception_handler({"message": "a mistake of the gateway's own", "exception": error})

    def _refuse(self, route: Route, peer: Peer, code: Code, client_end: ClientEnd = ClientEnd.RST) -> None:
        self._numbered += 1
        route.tally.accepted += 1
        route.tally.ended[code] += 1
        at_s = self._clock.wall_s()
        self._announce(
            account_of_refused(self._numbered, route, peer=peer, code=code, client_end=client_end, at_s=at_s)
        )

    def _arm_idle_sweep(self) -> None:
        period_s = min(self._config.timeouts.idle_s / 4, MAX_IDLE_SWEEP_S)
        self._idle_timer = self._loop.call_later(period_s, self._sweep_idle)

    def _sweep_idle(self) -> None:
        now_s = self._clock.monotonic_s()
        for session in list(self._sessions):
            session.check_idle(now_s)
        self._arm_idle_sweep()


def _cut(session: Session) -> None:
    session.end(Code.DRAIN_CUT if session.is_joined else Code.DRAIN_CUT_DIAL)
