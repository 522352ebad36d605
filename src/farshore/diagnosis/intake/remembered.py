"""What a journal holds, as the log lines that were written of the same events: `docs/journal.md`.

A journal comes from anywhere: its pages may be damaged, its tables of any schema, its values of any kind. It is opened
in memory, only read, and every question is bounded.
"""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from farshore.core.events import Event, OutageEnded, RemedySuggested, RemedyWithheld
from farshore.core.journal import PROBE_ENDED, PROBE_RESULTS, TABLES, TARGET_PROBED, event_name
from farshore.core.remedy import RemedyResult

MAX_ROWS = 20_000
MAX_VALUE_BYTES = 1 << 20
STEPS, MAX_TURNS = 10_000, 20_000
# A dial of a search and a look at a path say in the log what the connection and the path's health say as well.
_LEFT_OUT = {"attempts", "checks", "probes"}
# What a damaged or strange file raises; names in it that are no text, too.
UNREADABLE = (sqlite3.Error, UnicodeError)
KINDS = {table: kind for kind, table in TABLES.items() if table not in _LEFT_OUT}
READ = (*KINDS, "events", PROBE_RESULTS)
_PROBES = """
SELECT done.at_us, subject AS route, target, path, code, detail, due_us + late_us AS started_us, took_us, layers
FROM probe_results AS done JOIN probe_runs USING (run, health_check)
WHERE done.at_us >= ? ORDER BY done.at_us DESC LIMIT ?
"""
# Where a route led when its last connection ended: the table of probes does not say it.
_LED = "SELECT route, target, max(at_us) FROM connections GROUP BY route"
# What came to nothing on this host says nothing of the target.
_LOOKS = (
    "SELECT at_us, route, path, result, detail FROM probes WHERE result IN ('connected', 'silent', 'refused')"
    " ORDER BY at_us DESC LIMIT ?"
)
_TRUTHS = {"leaked_dial", "proven"}
_REMEDIES: dict[object, type[Event]] = {
    RemedyResult.SUGGESTED.value: RemedySuggested,
    RemedyResult.WITHHELD.value: RemedyWithheld,
}

Row = dict[str, object]


def open_image(data: bytes) -> sqlite3.Connection:
    """The database whose file has these bytes, in memory.

    Raises:
        UNREADABLE: it is none.
    """
    # A copy in memory has no -wal: as the file says that it has one, it is told to go without (fileformat.html, 1.3.3).
    image = data[:18] + b"\x01\x01" + data[20:]
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(image)
    restrain(connection)
    return connection


def restrain(connection: sqlite3.Connection) -> None:
    """Bound what any question to it may cost, and trust nothing in it."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    turns = iter(range(MAX_TURNS))
    connection.set_progress_handler(lambda: next(turns, None) is None, STEPS)


def lines_of(connection: sqlite3.Connection, table: str, *, most: int, since_us: int = 0) -> Iterator[tuple[int, str]]:
    """The latest rows of a table, the oldest of them first, each as a log line with its time in microseconds.

    Raises:
        UNREADABLE: the table is damaged, or there is none.
    """
    columns = [column for _, column, *_ in connection.execute(f"PRAGMA table_info({table})")]
    if table == PROBE_RESULTS and not columns:  # of a journal from before there were any
        return
    chosen = ", ".join(column for column in columns if column != "run")
    latest = f"SELECT {chosen} FROM {table} WHERE at_us >= ? ORDER BY at_us DESC LIMIT ?"  # noqa: S608 - names from the code and the schema
    cursor = connection.execute(_PROBES if table == PROBE_RESULTS else latest, (since_us, most))
    names = [described[0] for described in cursor.description]
    for values in reversed(cursor.fetchall()):
        yield from _lines(table, dict(zip(names, values, strict=True)))


def probes_of(connection: sqlite3.Connection, *, most: int) -> Iterator[tuple[int, str]]:
    """The gateway's latest probes of its targets, as `lines_of` gives other rows; of routes that had a connection.

    Raises:
        UNREADABLE: a table is damaged, or there is none.
    """
    led = {route: target for route, target, _ in connection.execute(_LED)}
    for at_us, route, path, result, detail in reversed(connection.execute(_LOOKS, (most,)).fetchall()):
        if isinstance(at_us, int) and route in led:
            fields: Row = {"route": route, "path": path, "target": led[route], "result": result, "detail": detail}
            yield at_us, _line(at_us, TARGET_PROBED, fields)


def _lines(table: str, row: Row) -> Iterator[tuple[int, str]]:
    at_us = row.pop("at_us")
    if not isinstance(at_us, int):
        return
    if table == "events":
        name, fields = row.get("event"), _object(row.get("fields"))
        alert = fields.get("alert")  # whose fields the log has as the event's own
        yield at_us, _line(at_us, str(name), alert if isinstance(alert, dict) else fields)
        return
    if table == PROBE_RESULTS:
        yield at_us, _line(at_us, PROBE_ENDED, _probed(row))
        return
    kind = KINDS[table] if table != "remedies" else _REMEDIES.get(row.get("result"), KINDS[table])
    yield at_us, _line(at_us, event_name(kind), {key: row[key] for key in row if key in _fields_of(kind)})
    ended_us = row.get("ended_us")
    if table == "outages" and isinstance(ended_us, int):
        fields = {key: row[key] for key in row if key in _fields_of(OutageEnded)}
        yield ended_us, _line(ended_us, event_name(OutageEnded), fields)


def _probed(row: Row) -> Row:
    """A probe's end in the words in which a connection's is told."""
    started_us, dial_ms = row.pop("started_us"), _object(row.pop("layers")).get("dial")
    began_s = started_us / 1e6 if isinstance(started_us, int) else None
    took_us = row.pop("took_us")
    duration_ms = took_us / 1e3 if isinstance(took_us, int) else None
    return row | {"started_at_s": began_s, "dial_ms": dial_ms, "duration_ms": duration_ms}


def _fields_of(kind: type[Event]) -> set[str]:
    return {*kind.__struct_fields__, "result"}


def _line(at_us: int, name: str, fields: Row) -> str:
    plain = {key: bool(value) if key in _TRUTHS else value for key, value in fields.items()}
    return msgspec.json.encode({"at": _time(at_us), "level": "info", "event": name, **plain}, enc_hook=str).decode()


def _time(at_us: int) -> str:
    try:
        at = datetime.fromtimestamp(at_us / 1e6, UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _object(text: object) -> Row:
    try:
        found = msgspec.json.decode(text) if isinstance(text, str) else None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
