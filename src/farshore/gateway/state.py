"""What a gateway shows of itself: values of one moment, for status, metrics and readiness."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import msgspec

from farshore.core.address import HostPort
from farshore.core.events import Health
from farshore.core.outcome import Code, Phase
from farshore.gateway.breaker import BreakerState
from farshore.gateway.peer import label
from farshore.gateway.route import Path, Route
from farshore.gateway.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether clients should be sent here, and why not."""

    ready: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PathState:
    """A path at one moment; after `patience_ms` without an answer the next path is dialled beside it.

    `connections` are those that it carries and those that are dialled on it.

    `health_for_s` says how long the health has been what it is, and is None as long as nothing is known.
    """

    name: str
    egress: str
    target: HostPort
    state: BreakerState
    patience_ms: float
    connections: int = 0
    health: Health = Health.UNKNOWN
    health_for_s: float | None = None
    health_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteState:
    """A route at one moment."""

    name: str
    listen: HostPort
    target: HostPort
    egress: str
    egress_kind: str
    protocol: str
    active: int
    held: int
    accepted: int
    ended: dict[Code, int]
    paths: tuple[PathState, ...]


class ConnectionState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A connection at one moment; `path` is the one that carries it, empty as long as none does.

    Thousands are made for one look: made quickly, and no work for the garbage collector.
    """

    connection: int
    route: str
    path: str
    client: str
    target: str
    phase: Phase
    age_s: float
    client_bytes: int
    upstream_bytes: int


def route_state(route: Route, *, held: int, now_s: float) -> RouteState:
    """The route as it is now, with so many of its clients held."""
    return RouteState(
        name=route.name,
        listen=route.listen,
        target=route.target,
        egress=route.egress.name,
        egress_kind=route.egress.kind,
        protocol=route.protocol,
        active=route.tally.active,
        held=held,
        accepted=route.tally.accepted,
        ended=dict(route.tally.ended),
        paths=tuple(_path_state(path, route.target, now_s) for path in route.paths),
    )


def connection_state(session: Session) -> ConnectionState:
    """The connection as it is now."""
    return ConnectionState(
        connection=session.number,
        route=session.route.name,
        path=session.path.name if session.is_joined else "",
        client=label(session.peer),
        target=session.route.target_text,
        phase=session.phase,
        age_s=session.age_s,
        client_bytes=session.client_bytes,
        upstream_bytes=session.upstream_bytes,
    )


class Opened(Sequence[ConnectionState]):
    """Connections as they were counted at one moment, each as it is when it is looked at.

    A state costs microseconds and there may be thousands, while the loop that makes them carries everybody: who needs
    a page of them takes a slice.
    """

    def __init__(self, sessions: Iterable[Session]) -> None:
        self._sessions = tuple(sessions)

    def __len__(self) -> int:
        return len(self._sessions)

    @overload
    def __getitem__(self, at: int) -> ConnectionState: ...

    @overload
    def __getitem__(self, at: slice) -> list[ConnectionState]: ...

    def __getitem__(self, at: int | slice) -> ConnectionState | list[ConnectionState]:
        if isinstance(at, slice):
            return [connection_state(session) for session in self._sessions[at]]
        return connection_state(self._sessions[at])


def end_by_hand(sessions: Iterable[Session], number: int) -> bool:
    """End the connection of that number, if it is joined with its target."""
    session = next((each for each in sessions if each.number == number and each.is_joined), None)
    if session is not None:
        session.end(Code.ENDED_BY_HAND)
    return session is not None


def _path_state(path: Path, target: HostPort, now_s: float) -> PathState:
    return PathState(
        name=path.name,
        egress=path.egress.name,
        target=path.target or target,
        state=path.breaker.state,
        patience_ms=round(path.dial_times.patience_s * 1000, 3),
        health=path.health,
        health_for_s=None if path.health is Health.UNKNOWN else now_s - path.health_since_s,
        health_reason=path.health_reason,
        connections=path.connections,
    )
