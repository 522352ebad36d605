"""One question to a journal: it only reads, and is bounded in rows, in time, and in the size of a value."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from farshore.config.did_you_mean import nearest
from farshore.core.clock import Clock
from farshore.store.database import NotOpened, open_readonly, passing_reason
from farshore.store.rows import Values

MAX_VALUE_BYTES = 1 << 20
MAX_SQL_BYTES = 100_000
STEPS = 10_000
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_ALLOWED_PRAGMAS = frozenset({"table_info", "table_xinfo", "table_list", "user_version", "page_count", "page_size"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a question gave. `is_cut`: there are more rows than were asked for."""

    columns: tuple[str, ...]
    rows: tuple[Values, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnswered:
    """Why a question gave nothing: the file and what is wrong, in one sentence without its full stop."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a question may cost."""

    rows: int = 1000
    seconds: float = 30.0


def ask(path: Path, sql: str, clock: Clock, bounds: Bounds) -> Answer | NotAnswered:
    """The rows of one SELECT."""
    connection = open_readonly(path)
    if isinstance(connection, NotOpened):
        return NotAnswered(reason=f"the journal {path} was not read: {connection.reason}")
    with closing(connection):
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_BYTES)
        # Another program's text need not be UTF-8, and a journal is read to its end all the same.
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        known = _known(connection)
        connection.set_authorizer(_authorize)
        connection.set_progress_handler(_until(clock, bounds.seconds), STEPS)
        try:
            return _fetch(connection.execute(sql), bounds.rows)
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            return NotAnswered(reason=_explain(path, error, known, bounds))


def _fetch(cursor: sqlite3.Cursor, limit: int) -> Answer:
    columns = tuple(described[0] for described in cursor.description or ())
    rows = tuple(cursor.fetchmany(limit + 1))
    return Answer(columns=columns, rows=rows[:limit], is_cut=len(rows) > limit)


def _authorize(action: int, first: str | None, *_: str | None) -> int:
    """A read-only connection could still attach another file, or copy this one (sqlite.org/lang_vacuum.html)."""
    allowed = action in _ALLOWED or (action == sqlite3.SQLITE_PRAGMA and first in _ALLOWED_PRAGMAS)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _until(clock: Clock, seconds: float) -> Callable[[], bool]:
    end_s = clock.monotonic_s() + seconds
    return lambda: clock.monotonic_s() >= end_s


def _known(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """The tables, each with its columns."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    listed = "SELECT name FROM pragma_table_xinfo(?)"
    return {table: [name for (name,) in connection.execute(listed, (table,))] for (table,) in tables}


def _explain(path: Path, error: Exception, known: dict[str, list[str]], bounds: Bounds) -> str:
    text = str(error)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    columns = sorted({column for listed in known.values() for column in listed})
    if code == sqlite3.SQLITE_INTERRUPT:
        return f"the question to {path} took more than {bounds.seconds:g} s; ask for less, by `at_us` say"
    if code == sqlite3.SQLITE_AUTH or "not authorized" in text or "prohibited" in text:
        return f"the journal {path} is only read: one SELECT, please"
    if "one statement at a time" in text:
        return f"one SELECT at a time, please; {path} was not asked"
    if missing := re.fullmatch(r"no such column: (.+)", text):
        return f"{path} has no column {missing[1]}; {_hint(missing[1], columns)}"
    if missing := re.fullmatch(r"no such table: (.+)", text):
        return f"{path} has no table {missing[1]}; {_hint(missing[1], sorted(known))}"
    return f"{path} did not answer: {passing_reason(error) or text}"


def _hint(written: str, known: list[str]) -> str:
    meant = nearest(written.rpartition(".")[2], known)
    return f"there is {meant}" if meant else f"there are {', '.join(known)}"
