"""Dials every path of a configuration once, through its egress and with the gateway's own attempts.

A check is a connection: it obeys what validation has found harmless, and closes at once what it opened. The paths of
one route are dialled one after the other, so that no target sees two at once.
"""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from random import SystemRandom

from farshore.config import model
from farshore.config.model import Config
from farshore.core.address import HostPort, IPAddress, via_address
from farshore.core.clock import Clock, SystemClock
from farshore.core.outcome import Code
from farshore.gateway.attempt import OWNER_AGE_S, Attempt, Surroundings
from farshore.gateway.egress import Egress, build_egress
from farshore.gateway.judge import Failure
from farshore.gateway.ownership import Answer, View
from farshore.gateway.poller import Poller
from farshore.gateway.redial import REDIAL_S, Redial
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Path, Route, build_routes
from farshore.gateway.sweep import Sweep
from farshore.tailnet.forwarding import Forwards, forwarding_of_system, forwarding_of_unused
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Peer

ROUTES_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PathDialled:
    """What became of one dial. `owner` is who owned the address then, as far as tailscaled says; empty if unknown.

    `code` is None where the target answered; otherwise `detail` says why not.
    """

    path: str
    egress: str
    dialled: str
    owner: str
    owner_os: str
    took_ms: float
    code: Code | None
    detail: str

    @property
    def works(self) -> bool:
        """Whether the target answered."""
        return self.code is None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDialled:
    """A route and its paths in the order of preference; of a range only the first port was dialled."""

    route: str
    listen: str
    target: str
    ports: int
    paths: tuple[PathDialled, ...]

    @property
    def works(self) -> bool:
        """Whether at least one path does."""
        return any(path.works for path in self.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterSeen:
    """What is declared of a router, and what was seen of it; `why` says what it was seen by."""

    router: str
    declared: model.Forwarding
    seen: Forwards
    why: str

    @property
    def is_disproved(self) -> bool:
        """Whether it is declared to forward in the kernel and does not."""
        return self.declared is model.Forwarding.KERNEL and self.seen is Forwards.IN_NETSTACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Everything that was seen."""

    routes: tuple[RouteDialled, ...]
    routers: tuple[RouterSeen, ...]


async def look_live(config: Config) -> Live:
    """Dial every path of every route; `config` is complete with what is found on this host."""
    clock = SystemClock()
    egresses = {name: build_egress(name, each, config.timeouts, clock) for name, each in config.egresses.items()}
    routes = list(_first_ports(config, list(build_routes(config, egresses, SystemRandom(), lambda _: None))))
    try:
        with _dialler(config, clock) as dialler:
            at_once = asyncio.Semaphore(ROUTES_AT_ONCE)
            dialled = await asyncio.gather(*(_route(dialler, route, ports, at_once) for route, ports in routes))
            routers = await _routers(dialler, config, egresses, dialled)
            await dialler.resolver.close()
    finally:
        for egress in egresses.values():
            await egress.close()
    return Live(routes=tuple(dialled), routers=routers)


@dataclass(slots=True, kw_only=True)
class _Dialler:
    shared: Surroundings
    sweep: Sweep
    resolver: Resolver = field(default_factory=Resolver)

    async def dial(self, egress: Egress, target: HostPort, *, tolerate_leaks: bool) -> tuple[Failure | None, float]:
        """Why there was no connection, or None, and the milliseconds it took."""
        call = _Call(self.shared, egress, target, tolerate_leaks=tolerate_leaks)
        started_s = self.shared.clock.monotonic_s()
        self.sweep.add(call)
        try:
            call.start()
            failure = await call.ended
        finally:
            self.sweep.discard(call)
            call.abort()
        return failure, round((self.shared.clock.monotonic_s() - started_s) * 1000, 3)

    async def resolve(self, route: Route) -> HostPort | Failure:
        if not route.target.is_name:
            return route.target
        found: asyncio.Future[HostPort | Failure] = asyncio.get_running_loop().create_future()
        self.resolver.resolve(route, found.set_result, found.set_result)
        return await found


@contextmanager
def _dialler(config: Config, clock: Clock) -> Iterator[_Dialler]:
    loop = asyncio.get_running_loop()
    poller = Poller(loop, lambda _, error: loop.call_exception_handler({"message": "a dial", "exception": error}))
    sweep = Sweep(clock, loop)
    shared = Surroundings(clock=clock, poller=poller, timeouts=config.timeouts, keepalive=config.keepalive)
    try:
        yield _Dialler(shared=shared, sweep=sweep)
    finally:
        sweep.close()
        poller.close()


class _Call:
    """One dial as a session makes it, the second one beside a silent first one included."""

    def __init__(self, shared: Surroundings, egress: Egress, target: HostPort, *, tolerate_leaks: bool) -> None:
        self.ended: asyncio.Future[Failure | None] = asyncio.get_running_loop().create_future()
        self._shared = shared
        self._may_redial = not egress.half_closes
        self._started_s = shared.clock.monotonic_s()
        self._reach: Attempt | Redial = Attempt(egress, target, self, shared, tolerate_leaks=tolerate_leaks)

    def start(self) -> None:
        self._reach.start()

    def abort(self) -> None:
        self._reach.abort()

    def check_deadline(self, now_s: float) -> None:
        self._reach.check_deadline(now_s)
        first = self._reach
        if isinstance(first, Attempt) and self._may_redial and now_s - self._started_s >= REDIAL_S:
            self._reach = Redial(first, first.again(), self, self._shared.clock)
            self._reach.start()

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        del early
        self._shared.poller.remove_reader(upstream.fileno())
        upstream.close()
        self._tell(None)

    def attempt_failed(self, failure: Failure) -> None:
        self._tell(failure)

    def _tell(self, failure: Failure | None) -> None:
        with suppress(asyncio.InvalidStateError):
            self.ended.set_result(failure)


def _first_ports(config: Config, built: Sequence[Route]) -> Iterator[tuple[Route, int]]:
    """The first port of every route that is written, and how many ports that has."""
    at = 0
    for written in config.routes:
        yield built[at], len(written.listen)
        at += len(written.listen)


async def _route(dialler: _Dialler, route: Route, ports: int, at_once: asyncio.Semaphore) -> RouteDialled:
    async with at_once:
        target = await dialler.resolve(route)
        paths = [await _path(dialler, route, path, target) for path in route.paths]
    return RouteDialled(
        route=route.name, listen=str(route.listen), target=route.target_text, ports=ports, paths=tuple(paths)
    )


async def _path(dialler: _Dialler, route: Route, path: Path, target: HostPort | Failure) -> PathDialled:
    dialled = path.target or target
    failure, took_ms = (dialled, 0.0) if isinstance(dialled, Failure) else (None, 0.0)
    owner = None
    if not isinstance(dialled, Failure):
        failure, took_ms = await dialler.dial(path.egress, dialled, tolerate_leaks=route.allow_direct)
        owner = await _owner(path.egress, dialled)
    return PathDialled(
        path=path.name,
        egress=path.egress.name,
        dialled=route.target_text if isinstance(dialled, Failure) else str(dialled),
        owner="" if owner is None else owner.host_name,
        owner_os="" if owner is None else owner.os,
        took_ms=took_ms,
        code=None if failure is None else failure.code,
        detail="" if failure is None else failure.detail,
    )


async def _owner(egress: Egress, dialled: HostPort) -> Peer | None:
    """The peer whose routes lead to the address at the moment; None if none does, or tailscaled cannot be asked."""
    if egress.ownership is None or isinstance(dialled.host, str):
        return None
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    egress.ownership.ask(OWNER_AGE_S, answered.set_result)
    answer = await answered
    return owner_of(answer.status, dialled.host) if isinstance(answer, View) else None


async def _routers(
    dialler: _Dialler, config: Config, egresses: dict[str, Egress], dialled: Sequence[RouteDialled]
) -> tuple[RouterSeen, ...]:
    """What was seen of every router that is declared."""
    seen = []
    for name, declared in config.routers.items():
        found = _by_system(name, config, dialled)
        if found is None and declared.unused is not None:
            found = await _by_unused(dialler, config, egresses, name, declared.unused)
        forwards, why = found or (Forwards.UNKNOWN, "its status says nothing, and no unused: address was dialled")
        seen.append(RouterSeen(router=name, declared=declared.forwarding, seen=forwards, why=why))
    return tuple(seen)


def _by_system(name: str, config: Config, dialled: Sequence[RouteDialled]) -> tuple[Forwards, str] | None:
    for written, route in zip(config.routes, dialled, strict=True):
        for path, seen in zip(written.paths, route.paths, strict=False):
            if path.via == name and (path.site is not None or path.listener is not None):
                forwards = forwarding_of_system(seen.owner_os)
                if forwards is not Forwards.UNKNOWN:
                    return forwards, f"{seen.owner} runs {seen.owner_os}, which forwards in tailscaled's network stack"
    return None


async def _by_unused(
    dialler: _Dialler, config: Config, egresses: dict[str, Egress], router: str, unused: IPAddress
) -> tuple[Forwards, str] | None:
    """Dial the address plainly where the router serves it: one without a machine has no clients to lose.

    Not over 4via6: that goes through tailscaled's network stack on every router (wgengine/netstack/netstack.go,
    `shouldProcessInbound` at v1.102.3), a kernel's included.
    """
    for written in config.routes:
        for path in written.paths:
            own = _of_router_alone(path, written) if path.via == router else None
            if own is None:
                continue
            egress = egresses[path.egress or written.egress or next(iter(egresses))]
            target = HostPort(unused, written.target.first)
            through, serving = await _owner(egress, HostPort(own, target.port)), await _owner(egress, target)
            if through is None:
                return Forwards.UNKNOWN, f"nobody is known to serve {own}, by which {router} is reached"
            if serving is None or serving.key != through.key:
                whose = "nobody" if serving is None else serving.host_name
                return Forwards.UNKNOWN, f"{unused} is served by {whose} now: only a dial through {router} would tell"
            failure, took_ms = await dialler.dial(egress, target, tolerate_leaks=False)
            return _judge_unused(unused, failure, took_ms)
    return None


def _of_router_alone(path: model.Path, route: model.Route) -> IPAddress | None:
    """The address that the path dials where only its router serves it; None for a plain path."""
    host = route.target.host
    if path.listener is not None:
        return None if isinstance(path.listener.host, str) else path.listener.host
    return via_address(path.site, host) if path.site is not None and isinstance(host, IPv4Address) else None


def _judge_unused(unused: IPAddress, failure: Failure | None, took_ms: float) -> tuple[Forwards, str]:
    if failure is None or failure.code is Code.TARGET_REFUSED:
        return Forwards.UNKNOWN, f"{unused} is in use: it answered after {took_ms:.0f} ms"
    if failure.code is not Code.TARGET_UNREACHABLE:
        return Forwards.UNKNOWN, f"the dial of {unused} ended otherwise: {failure.detail}"
    return forwarding_of_unused(failure.detail), f"the dial of {unused}, which no machine has: {failure.detail}"
