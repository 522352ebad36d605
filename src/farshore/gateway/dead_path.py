"""The connections of a path whose router is dead. They cannot be moved; those that wait for an answer are reset.

A driver that waits for a dead router hears nothing for minutes, because tailscaled neither keeps a connection alive
nor ends it. After a reset its pool opens another connection, which takes the path that works or is held with all others
until one does. So a reset does not wait for another path: with none left, the driver at least is told.

A byte or a new connection that came over the path proves more than all pings: as long as one does, nobody is reset.
There is no timer for each connection: the sweep looks twice a second at those of paths that are down.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from farshore.core.events import Health
from farshore.core.outcome import Code
from farshore.gateway.breaker import Breaker
from farshore.gateway.route import Path, Route
from farshore.gateway.session import Session
from farshore.gateway.sweep import Sweep

LOOK_S = 0.5
# A question that has stood for less may have an answer on its way.
UNANSWERED_S = 0.25
RESETS_AT_ONCE = 256


class Carried(Protocol):
    """What is asked of an established connection."""

    @property
    def upstream_bytes(self) -> int:
        """Bytes taken from the target."""
        ...

    @property
    def awaits_answer(self) -> bool:
        """Whether it is the target's turn to speak."""
        ...


C = TypeVar("C", bound=Carried)


class Silence(Generic[C]):
    """What is heard over one path while it is down, and whose connections are to be reset. Does no I/O."""

    def __init__(self, now_s: float, connections: Iterable[C], *, grace_s: float, resets_idle: bool) -> None:
        self._grace_s = grace_s
        self._resets_idle = resets_idle
        self._since_s = now_s
        self._heard = {connection: connection.upstream_bytes for connection in connections}
        self._asked_s = {connection: now_s for connection in self._heard if connection.awaits_answer}

    def doomed(self, now_s: float, connections: Iterable[C]) -> list[C]:
        """Who is to be reset now, the oldest first, when nobody has heard anything for the grace."""
        heard = {connection: connection.upstream_bytes for connection in connections}
        if any(self._heard.get(connection) != count for connection, count in heard.items()):
            self._since_s = now_s
        self._heard = heard
        asked_s = self._asked_s
        self._asked_s = {each: asked_s.get(each, now_s) for each in heard if each.awaits_answer}
        if now_s - self._since_s < self._grace_s:
            return []
        return [each for each in heard if self._resets_idle or self._has_waited(each, now_s)]

    def _has_waited(self, connection: C, now_s: float) -> bool:
        return now_s - self._asked_s.get(connection, now_s) >= UNANSWERED_S


class DeadPaths:
    """The paths that are down, each watched until it is anything else. One look at all connections serves all paths."""

    def __init__(self, sweep: Sweep, sessions: Callable[[], Iterable[Session]]) -> None:
        self._sweep = sweep
        self._sessions = sessions
        self._watches: dict[Path, _Watch] = {}

    def note(self, route: Route, path: Path, now_s: float) -> None:
        """The health of the path has changed: its watch begins, or is over."""
        self._forget(path)
        if path.health is not Health.DOWN:
            return
        if not self._watches:
            self._sweep.add(self, now_s + LOOK_S)
        silence = Silence(
            now_s,
            [session for session in self._sessions() if session.path.breaker is path.breaker and session.is_joined],
            grace_s=route.dead_path_grace_s,
            resets_idle=route.reset_on_dead_path,
        )
        self._watches[path] = _Watch(route=route, silence=silence)

    def succeed(self, routes: Sequence[Route], now_s: float) -> None:
        """These are the routes now. Nobody tells the health of a path that is gone: it may be another by now."""
        running = {path: route for route in routes for path in route.paths}
        for path in [path for path in self._watches if path not in running]:
            self._forget(path)
        for path, route in running.items():
            watch = self._watches.get(path)
            if path.health is Health.DOWN and (watch is None or watch.route is not route):
                self.note(route, path, now_s)

    def check_deadline(self, now_s: float) -> None:
        """Look, and reset; many are done a few at a time, so that those of other paths are served in between."""
        established = self._established()
        doomed = [
            (path, session)
            for path, watch in self._watches.items()
            for session in watch.silence.doomed(now_s, established[path.breaker])
        ]
        self._sweep.add(self, now_s if len(doomed) > RESETS_AT_ONCE else now_s + LOOK_S)
        for path, session in doomed[:RESETS_AT_ONCE]:
            down_s = now_s - path.health_since_s
            session.end(Code.ROUTER_DEAD, f"{path.name} is down for {down_s:.1f} s: {path.health_reason}")

    def _established(self) -> dict[Breaker, list[Session]]:
        """By the breaker of the path: those of FTP's data connections stand for the same one."""
        established: dict[Breaker, list[Session]] = {path.breaker: [] for path in self._watches}
        for session in self._sessions():
            if session.path.breaker in established and session.is_joined:
                established[session.path.breaker].append(session)
        return established

    def _forget(self, path: Path) -> None:
        if self._watches.pop(path, None) is not None and not self._watches:
            self._sweep.discard(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watch:
    route: Route
    silence: Silence[Session]
