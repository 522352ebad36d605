"""A journal under test: a clock that goes when it is told to, one event of each kind, and plain reading."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from farshore.core.events import (
    AttemptFailed,
    ConfigurationApplied,
    ConfigurationRefused,
    ConnectionEnded,
    DrainEnded,
    DrainStarted,
    Event,
    FirstFlightReplayed,
    Health,
    HealthChanged,
    JournalFailed,
    JournalRecovered,
    LeakRefused,
    ListenerClosed,
    ListenerOpened,
    OutageEnded,
    OutageStarted,
    PathChanged,
    PathChecked,
    RedundancyLost,
    RedundancyRegained,
    ReloadReason,
    RemedyApplied,
    RemedySuggested,
    RemedyWithheld,
    TailscaledChanged,
    TailscaledSaid,
    TargetProbed,
)
from farshore.core.outcome import ClientEnd, Code
from farshore.core.remedy import Remedy, RemedyResult
from farshore.core.sampled import NodeSeen, TailscaledSampled
from farshore.store.retention import Keep

KEEP = Keep(bulky_s=30 * 86400.0, rare_s=366 * 86400.0, max_bytes=512 << 20)
NOON_S = 1_790_000_000.25


@dataclass
class SetClock:
    """Shows what it was set to."""

    wall: float = NOON_S
    monotonic: float = 100.0

    def wall_s(self) -> float:
        return self.wall

    def monotonic_s(self) -> float:
        return self.monotonic


def ended(connection: int = 7, route: str = "billing", code: Code = Code.CLIENT_CLOSED) -> ConnectionEnded:
    return ConnectionEnded(
        connection=connection,
        route=route,
        egress="tailnet",
        path="r1",
        client="10.1.2.3:50123",
        target="172.16.20.88:1433",
        code=code,
        detail=None,
        client_end=ClientEnd.FIN,
        started_at_s=NOON_S - 2,
        connect_ms=0.125,
        handshake_ms=None,
        dial_ms=12.5,
        first_byte_ms=13.25,
        reached_ms=12.75,
        duration_ms=2000.0,
        client_bytes=100,
        upstream_bytes=2000,
        leaked_dial=False,
    )


def sampled(*, online: bool | None = True, at_s: float = NOON_S) -> TailscaledSampled:
    router = NodeSeen(
        name="r1",
        ip="100.64.0.1",
        online=online,
        key_expiry_s=at_s + 86_400,
        last_handshake_s=at_s - 30,
        ping_ok=True,
        is_router=True,
    )
    return TailscaledSampled(egress="tailnet", backend_state="Running", nodes=(router,), health=("no DERP",))


_WRITTEN: tuple[Event, ...] = (
    ListenerOpened(route="billing", listen="127.0.0.1:8082", target="172.16.20.88:1433", egress="tailnet"),
    ListenerClosed(route="billing", listen="127.0.0.1:8082"),
    ended(),
    LeakRefused(route="billing", egress="tailnet", target="172.16.20.88:1433", tell="no owner", connected=False),
    AttemptFailed(
        route="billing",
        path="r1",
        egress="tailnet",
        target="172.16.20.88:1433",
        code=Code.NO_ANSWER,
        detail="no answer",
        took_ms=5001.5,
    ),
    FirstFlightReplayed(route="billing", path="r1", onto="r2", reason="reset"),
    HealthChanged(route="billing", path="r1", health=Health.DOWN, was=Health.UP, reason="no ping"),
    PathChanged(route="billing", path="r1", state="open", was="closed", reason="three failures"),
    OutageStarted(route="billing", code=Code.NO_ANSWER, detail="r1: no answer"),
    OutageEnded(route="billing", duration_s=4.5, served=3, refused=1),
    PathChecked(route="billing", path="r1", result="answered", reason="r1 answers pings", took_ms=1.5),
    TargetProbed(route="billing", path="r1", result="connected", detail="in 3 ms"),
    RedundancyLost(route="billing", left="r2", down=("r1",)),
    RedundancyRegained(route="billing", up=("r1", "r2")),
    ConfigurationApplied(
        reason=ReloadReason.FILE, added=("a",), removed=(), changed=(), unchanged=3, needs_restart=("health",)
    ),
    ConfigurationRefused(reason=ReloadReason.SIGHUP, sentence="line 3 is wrong."),
    DrainStarted(connections=3),
    DrainEnded(cut=0),
    RemedyApplied(
        route="billing",
        remedy=Remedy.PING,
        subject="r1",
        why="silent",
        result=RemedyResult.FAILED,
        detail="no pong",
        duration_ms=5000.0,
    ),
    RemedySuggested(route="billing", remedy=Remedy.MOVE, subject="10.0.0.0/8", why="r1 is dead", command="move it"),
    RemedyWithheld(route="billing", remedy=Remedy.MOVE, subject="10.0.0.0/8", why="r2 is dead, too"),
    TailscaledChanged(phase="running", reason="logged in", pid=77, starts=1),
    TailscaledSaid(severity="warning", component="magicsock", text="derp-1 does not answer", left_out=4),
    sampled(),
    JournalFailed(path="/var/lib/farshore/journal.db", reason="the disk is full"),
    JournalRecovered(path="/var/lib/farshore/journal.db", failed_for_s=4.5, lost=0),
)


Made = TypeVar("Made", bound=msgspec.Struct)


def _made(kind: type[Made]) -> Made:
    """An event of a kind that is not written above: whatever its fields take."""
    return msgspec.convert({name: _any(hint) for name, hint in get_type_hints(kind).items()}, type=kind)


def _any(hint: Any) -> object:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint)).value
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return msgspec.to_builtins(_made(hint))
    plain: dict[Any, object] = {str: "x", int: 3, float: 1.5, bool: True}
    return plain.get(hint, ("x",) if get_origin(hint) is tuple else None)


ONE_OF_EACH: tuple[Event, ...] = (
    *_WRITTEN,
    *(_made(kind) for kind in get_args(Event) if kind not in {type(event) for event in _WRITTEN}),
)


def rows(path: Path, sql: str) -> list[dict[str, Any]]:
    """What plain SQLite reads from the file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def value(path: Path, sql: str) -> Any:
    """The one value that plain SQLite reads from the file."""
    [row] = rows(path, sql)
    [read] = row.values()
    return read
