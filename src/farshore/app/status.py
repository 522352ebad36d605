"""`farshore status`: what a running gateway says about itself, for a person or as JSON."""

from datetime import UTC, datetime

import msgspec
from rich.table import Table

from farshore.app.admin import Admin, ask
from farshore.app.exits import Exit, Refusal
from farshore.surface.lists import columns, console, duration
from farshore.surface.views import Connections, ConnectionView, PathView, RemediesView, RouteView, Stats
from farshore.watch.audit import AuditRow

SHOWN_CONNECTIONS = 100
SHOWN_REMEDIES = 20


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What `--format json` prints."""

    stats: Stats
    connections: Connections
    remedies: RemediesView


def status(url: str, *, as_json: bool) -> Exit | Refusal:
    """Print the routes and connections of the gateway whose admin listener is at `url`."""
    snapshot = ask(url, _snapshot)
    if isinstance(snapshot, Refusal):
        return snapshot
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(snapshot)).decode())  # noqa: T201 - the command's output
    else:
        _show(snapshot)
    return Exit.OK


def _snapshot(gateway: Admin) -> Snapshot:
    return Snapshot(
        stats=gateway.get("/stats", Stats),
        connections=gateway.get("/api/v1/connections", Connections, limit=SHOWN_CONNECTIONS),
        remedies=gateway.get("/api/v1/remedies", RemediesView),
    )


def _show(snapshot: Snapshot) -> None:
    stats = snapshot.stats
    output = console()
    state = "ready" if stats.ready else f"not ready: {stats.reason}"
    output.print(
        f"farshore {stats.version}, {state}, up {duration(stats.uptime_s)}, "
        f"{stats.active} open, {stats.accepted} accepted"
    )
    output.print("", _routes(stats.routes), sep="\n")
    if any(map(_shows_paths, stats.routes)):
        output.print("", _paths(stats.routes), sep="\n")
    if stats.ended:
        output.print("", _endings(stats.routes), sep="\n")
    if snapshot.remedies.remedies:
        output.print("", _remedies(snapshot.remedies.remedies[-SHOWN_REMEDIES:]), sep="\n")
    if snapshot.connections.connections:
        output.print("", _connections(snapshot.connections.connections), sep="\n")
    hidden = snapshot.connections.total - len(snapshot.connections.connections)
    if hidden > 0:
        output.print(f"and {hidden} more")


def _routes(routes: list[RouteView]) -> Table:
    table = columns("route", "listen", "target", "egress", "open", "held", "accepted")
    for route in routes:
        egress = f"{route.egress} ({route.egress_kind})"
        counts = (route.active, route.held, route.accepted)
        table.add_row(route.name, route.listen, route.target, egress, *map(str, counts))
    return table


def _paths(routes: list[RouteView]) -> Table:
    table = columns("route", "path", "state", "open", "health", "egress", "target", "next after", "because")
    for route in filter(_shows_paths, routes):
        for path in route.paths:
            table.add_row(
                route.name,
                path.name,
                path.state,
                str(path.connections),
                _health(path),
                path.egress,
                path.target,
                f"{path.patience_ms:.0f} ms",
                path.health_reason,
            )
    return table


def _shows_paths(route: RouteView) -> bool:
    """Of a route with one path there is something to show only where its health is known."""
    return len(route.paths) > 1 or any(path.health_for_s is not None for path in route.paths)


def _health(path: PathView) -> str:
    return path.health if path.health_for_s is None else f"{path.health} for {duration(path.health_for_s)}"


def _endings(routes: list[RouteView]) -> Table:
    table = columns("route", "ended", "how")
    for route in routes:
        for code, count in sorted(route.ended.items(), key=lambda item: -item[1]):
            table.add_row(route.name, str(count), code)
    return table


def _remedies(rows: list[AuditRow]) -> Table:
    table = columns("at (UTC)", "route", "remedy", "done to", "result", "why, and what was seen or what to run")
    for row in rows:
        at = datetime.fromtimestamp(row.at_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
        told = "; ".join(text for text in (row.why, row.detail or row.command) if text)
        table.add_row(at, row.route, row.remedy, row.subject, row.result, told)
    return table


def _connections(connections: list[ConnectionView]) -> Table:
    table = columns("id", "route", "path", "client", "phase", "age", "from client", "from target")
    for connection in connections:
        table.add_row(
            str(connection.connection),
            connection.route,
            connection.path,
            connection.client,
            connection.phase,
            duration(connection.age_s),
            _size(connection.client_bytes),
            _size(connection.upstream_bytes),
        )
    return table


def _size(count: int) -> str:
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:  # noqa: PLR2004 - SI prefixes
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} GB"
