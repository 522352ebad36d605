"""What the admin API says: the JSON contract between a gateway and whoever watches it, `farshore status` included."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from farshore import __version__
from farshore.core.alerts import Alert
from farshore.core.clock import Clock
from farshore.core.events import ConnectionEnded, Health
from farshore.core.journal import event_name
from farshore.gateway.state import ConnectionState, PathState, RouteState
from farshore.incident.record import Record
from farshore.incident.recorder import Recorder
from farshore.incident.shelf import Examination, Shelf
from farshore.surface.logs import CONNECTION_ENDED
from farshore.surface.metrics import Observed
from farshore.surface.page.table import Asked, chosen
from farshore.watch.audit import Audit, AuditRow
from farshore.watch.deliveries import Deliveries, Delivery
from farshore.watch.endings import Endings, ended_at_s
from farshore.watch.sayings import Saying, Sayings

AT_ONCE = 250


class PathView(msgspec.Struct, frozen=True, kw_only=True):
    """One path; `state` is its breaker's, and after `patience_ms` the next path is dialled beside it.

    `connections` are those that it carries and those that are dialled on it.

    `health` is what is known of it without any client, for `health_for_s` now (null: nothing is known).
    """

    name: str
    egress: str
    target: str
    state: str
    patience_ms: float
    connections: int = 0
    health: str = Health.UNKNOWN.value
    health_for_s: float | None = None
    health_reason: str = ""


class RouteView(msgspec.Struct, frozen=True, kw_only=True):
    """One route; `held` of the `active` wait for a path, `ended` counts finished connections by outcome code."""

    name: str
    listen: str
    target: str
    protocol: str
    egress: str
    egress_kind: str
    active: int
    held: int
    accepted: int
    ended: dict[str, int]
    paths: tuple[PathView, ...] = ()


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """One open connection; bytes are counted by who sent them. `path` carries it, and is empty as long as none does."""

    connection: int
    route: str
    path: str = ""
    client: str
    target: str
    phase: str
    age_s: float
    client_bytes: int
    upstream_bytes: int


class Routes(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/v1/routes`."""

    routes: list[RouteView]


class Connections(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/v1/connections`: one page of them, oldest first; `total` counts them all."""

    total: int
    limit: int
    offset: int
    connections: list[ConnectionView]


class RemediesView(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/v1/remedies`: the last 200 remedies that were applied, suggested or withheld, the oldest first."""

    remedies: list[AuditRow]


class EndingView(ConnectionEnded, frozen=True, kw_only=True):
    """One line of `/api/v1/endings`: the log's line about a connection, without level and remedy; `at` is its end."""

    at: str
    event: str = CONNECTION_ENDED


class IncidentsView(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/v1/incidents`: the open ones and the last 50 that were closed, the oldest first."""

    incidents: list[Record]


class AlertsView(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/v1/alerts`: those that fire, and those that are about to, which nobody has been told of."""

    alerts: list[Alert]


class NotificationsView(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/v1/notifications`: the last 200 tries to tell a channel of an alert, the oldest first."""

    notifications: list[Delivery]


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """`/stats`: the totals since the start, in all and for each route."""

    version: str
    started_at_s: float
    uptime_s: float
    ready: bool
    reason: str
    active: int
    accepted: int
    ended: dict[str, int]
    routes: list[RouteView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Who remembers what happened, as far as somebody does."""

    audit: Audit | None = None
    endings: Endings | None = None
    recorder: Recorder | None = None
    sayings: Sayings | None = None
    alerts: Callable[[], list[Alert]] = list
    deliveries: Deliveries | None = None


class Views:
    """Reads a gateway and says what it sees."""

    def __init__(self, gateway: Observed, clock: Clock, kept: Kept | None = None) -> None:
        self._gateway = gateway
        self._kept = Kept() if kept is None else kept
        self._clock = clock
        self._started_at_s = clock.wall_s()
        self._started_s = clock.monotonic_s()

    def routes(self) -> Routes:
        """All routes, in the order of the configuration."""
        return Routes(routes=[_route(state) for state in self._gateway.routes()])

    def connections(self, *, limit: int, offset: int) -> Connections:
        """At most `limit` open connections after the first `offset`, oldest first."""
        opened = self._gateway.connections()
        page = [_connection(state) for state in opened[offset : offset + limit]]
        return Connections(total=len(opened), limit=limit, offset=offset, connections=page)

    async def chosen_connections(self, asked: Asked, *, limit: int) -> Connections:
        """At most `limit` of the open connections that are asked for, in the order that is.

        Where all have to be looked at, clients have their turn in between.
        """
        if asked.is_as_they_stand:
            return self.connections(limit=limit, offset=asked.offset)
        opened = self._gateway.connections()
        looked_at: list[ConnectionState] = []
        for first in range(0, len(opened), AT_ONCE):
            looked_at += opened[first : first + AT_ONCE]
            await asyncio.sleep(0)
        states = chosen(looked_at, asked)
        page = [_connection(state) for state in states[asked.offset : asked.offset + limit]]
        return Connections(total=len(states), limit=limit, offset=asked.offset, connections=page)

    def remedies(self) -> RemediesView:
        """What was done about outages."""
        return RemediesView(remedies=[] if self._kept.audit is None else self._kept.audit.rows())

    def endings(self, *, within_s: float) -> list[EndingView]:
        """How the last connections ended, of those that did so within this time, the earliest first."""
        since_s = self._clock.wall_s() - within_s
        return [] if self._kept.endings is None else [_ending(each) for each in self._kept.endings.since(since_s)]

    def incidents(self) -> IncidentsView:
        """What was noticed; nothing where the configuration asks for no incidents."""
        return IncidentsView(incidents=[] if self._kept.recorder is None else self._kept.recorder.records())

    @property
    def keeps_incidents(self) -> bool:
        """Whether anybody notices that clients fail."""
        return self._kept.recorder is not None

    def examinations(self, incident: str) -> list[Examination]:
        """What was found in examinations of an incident, where they are kept. Reads files."""
        shelf = self._shelf
        return [] if shelf is None else shelf.examinations(incident)

    def incident_report(self, incident: str) -> bytes | None:
        """The report on an incident as HTML; None where there is none. Reads a file."""
        shelf = self._shelf
        return None if shelf is None else shelf.report(incident)

    @property
    def _shelf(self) -> Shelf | None:
        return None if self._kept.recorder is None else self._kept.recorder.shelf

    def alerts(self) -> AlertsView:
        """What people are told of; nothing where the configuration asks for no alerts."""
        return AlertsView(alerts=self._kept.alerts())

    def notifications(self) -> NotificationsView:
        """What became of the last messages."""
        return NotificationsView(notifications=[] if self._kept.deliveries is None else self._kept.deliveries.rows())

    def sayings(self, *, within_s: float) -> list[dict[str, object]]:
        """What the tailscaled of this gateway's own said within this time, as the log has it, the earliest first."""
        since_s = self._clock.wall_s() - within_s
        return [] if self._kept.sayings is None else [_saying(each) for each in self._kept.sayings.since(since_s)]

    def stats(self) -> Stats:
        """The totals since the start."""
        routes = self.routes().routes
        ended: dict[str, int] = {}
        for route in routes:
            for code, count in route.ended.items():
                ended[code] = ended.get(code, 0) + count
        readiness = self._gateway.readiness()
        return Stats(
            version=__version__,
            started_at_s=round(self._started_at_s, 3),
            uptime_s=round(self._clock.monotonic_s() - self._started_s, 3),
            ready=readiness.ready,
            reason=readiness.reason,
            active=sum(route.active for route in routes),
            accepted=sum(route.accepted for route in routes),
            ended=ended,
            routes=routes,
        )


def _route(state: RouteState) -> RouteView:
    return RouteView(
        name=state.name,
        listen=str(state.listen),
        target=str(state.target),
        protocol=str(state.protocol),
        egress=state.egress,
        egress_kind=str(state.egress_kind),
        active=state.active,
        held=state.held,
        accepted=state.accepted,
        ended={str(code): count for code, count in state.ended.items() if count},
        paths=tuple(_path(path) for path in state.paths),
    )


def _path(state: PathState) -> PathView:
    return PathView(
        name=state.name,
        egress=state.egress,
        target=str(state.target),
        state=state.state.value,
        patience_ms=state.patience_ms,
        connections=state.connections,
        health=state.health.value,
        health_for_s=None if state.health_for_s is None else round(state.health_for_s, 3),
        health_reason=state.health_reason,
    )


def _ending(event: ConnectionEnded) -> EndingView:
    return EndingView(at=_stamp(ended_at_s(event)), **msgspec.structs.asdict(event))


def _saying(saying: Saying) -> dict[str, object]:
    event = saying.event
    return {"at": _stamp(saying.at_s), "event": event_name(type(event)), **msgspec.structs.asdict(event)}


def _stamp(wall_s: float) -> str:
    return datetime.fromtimestamp(wall_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _connection(state: ConnectionState) -> ConnectionView:
    return ConnectionView(
        connection=state.connection,
        route=state.route,
        path=state.path,
        client=state.client,
        target=state.target,
        phase=str(state.phase),
        age_s=round(state.age_s, 3),
        client_bytes=state.client_bytes,
        upstream_bytes=state.upstream_bytes,
    )
