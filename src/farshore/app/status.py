"""`farshore status`: what a running gateway says about itself, for a person or as JSON."""

import re
from datetime import UTC, datetime
from typing import NoReturn

import httpx2
import msgspec
from rich.console import Console
from rich.table import Table

from farshore.app.exits import Exit, Refusal
from farshore.surface.views import Connections, ConnectionView, PathView, RemediesView, RouteView, Stats
from farshore.watch.audit import AuditRow

TIMEOUT_S = 5.0
SHOWN_CONNECTIONS = 100
SHOWN_REMEDIES = 20
PIPED_COLUMNS = 200


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What `--format json` prints."""

    stats: Stats
    connections: Connections
    remedies: RemediesView


class _NotReachedError(Exception):
    """No gateway answered; `str()` says why."""


def status(url: str, *, as_json: bool) -> Exit | Refusal:
    """Print the routes and connections of the gateway whose admin listener is at `url`."""
    try:
        snapshot = _ask(url)
    except _NotReachedError as error:
        return Refusal(
            exit=Exit.NOT_REACHED,
            sentence=f"no running gateway was reached at {url} ({error}); start one with `farshore serve`, "
            "or give the address of its `admin:` listener with `--url`.",
        )
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(snapshot)).decode())  # noqa: T201 - the command's output
    else:
        _show(snapshot)
    return Exit.OK


def _ask(url: str) -> Snapshot:
    """Fetch and read the documents.

    Raises:
        _NotReachedError: nobody answered, or not as a gateway does.
    """
    try:
        with httpx2.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False) as client:
            stats = client.get("/stats").raise_for_status()
            connections = client.get("/api/v1/connections", params={"limit": SHOWN_CONNECTIONS}).raise_for_status()
            remedies = client.get("/api/v1/remedies").raise_for_status()
        return Snapshot(
            stats=msgspec.json.decode(stats.content, type=Stats),
            connections=msgspec.json.decode(connections.content, type=Connections),
            remedies=msgspec.json.decode(remedies.content, type=RemediesView),
        )
    except httpx2.HTTPStatusError as error:
        _not_reached(f"it answered {error.response.status_code}", error)
    except httpx2.TimeoutException as error:
        _not_reached(f"it did not answer within {TIMEOUT_S:g} s", error)
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        _not_reached(re.sub(r"^\[Errno -?\d+\] |\.$", "", str(error)), error)
    except msgspec.DecodeError as error:
        _not_reached("what answered is not a gateway's admin listener", error)


def _not_reached(reason: str, error: Exception) -> NoReturn:
    raise _NotReachedError(reason) from error


def _show(snapshot: Snapshot) -> None:
    stats = snapshot.stats
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = PIPED_COLUMNS
    state = "ready" if stats.ready else f"not ready: {stats.reason}"
    console.print(
        f"farshore {stats.version}, {state}, up {_duration(stats.uptime_s)}, "
        f"{stats.active} open, {stats.accepted} accepted"
    )
    console.print("", _routes(stats.routes), sep="\n")
    if any(map(_shows_paths, stats.routes)):
        console.print("", _paths(stats.routes), sep="\n")
    if stats.ended:
        console.print("", _endings(stats.routes), sep="\n")
    if snapshot.remedies.remedies:
        console.print("", _remedies(snapshot.remedies.remedies[-SHOWN_REMEDIES:]), sep="\n")
    if snapshot.connections.connections:
        console.print("", _connections(snapshot.connections.connections), sep="\n")
    hidden = snapshot.connections.total - len(snapshot.connections.connections)
    if hidden > 0:
        console.print(f"and {hidden} more")


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _routes(routes: list[RouteView]) -> Table:
    table = _table("route", "listen", "target", "egress", "open", "held", "accepted")
    for route in routes:
        egress = f"{route.egress} ({route.egress_kind})"
        counts = (route.active, route.held, route.accepted)
        table.add_row(route.name, route.listen, route.target, egress, *map(str, counts))
    return table


def _paths(routes: list[RouteView]) -> Table:
    table = _table("route", "path", "state", "open", "health", "egress", "target", "next after", "because")
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
    return path.health if path.health_for_s is None else f"{path.health} for {_duration(path.health_for_s)}"


def _endings(routes: list[RouteView]) -> Table:
    table = _table("route", "ended", "how")
    for route in routes:
        for code, count in sorted(route.ended.items(), key=lambda item: -item[1]):
            table.add_row(route.name, str(count), code)
    return table


def _remedies(rows: list[AuditRow]) -> Table:
    table = _table("at (UTC)", "route", "remedy", "done to", "result", "why, and what was seen or what to run")
    for row in rows:
        at = datetime.fromtimestamp(row.at_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
        told = "; ".join(text for text in (row.why, row.detail or row.command) if text)
        table.add_row(at, row.route, row.remedy, row.subject, row.result, told)
    return table


def _connections(connections: list[ConnectionView]) -> Table:
    table = _table("id", "route", "path", "client", "phase", "age", "from client", "from target")
    for connection in connections:
        table.add_row(
            str(connection.connection),
            connection.route,
            connection.path,
            connection.client,
            connection.phase,
            _duration(connection.age_s),
            _size(connection.client_bytes),
            _size(connection.upstream_bytes),
        )
    return table


def _duration(seconds: float) -> str:
    if seconds < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{seconds:.1f} s"
    minutes, whole_s = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole_s} s"


def _size(count: int) -> str:
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:  # noqa: PLR2004 - SI prefixes
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} GB"
