"""Silences in the journal: written by `farshore alert silence`, read by a gateway and by whoever lists them."""

import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from farshore import __version__
from farshore.core.alerts import Silenced
from farshore.core.clock import Clock
from farshore.store.database import NotOpened, open_readonly, open_writable, passing_reason

_COLUMNS = "silence, routes, at_us, until_us, who, why"
_NOW = f"SELECT {_COLUMNS} FROM silences WHERE until_us > ? AND ended_us IS NULL ORDER BY silence"  # noqa: S608 - words of the code
_RUN = "INSERT OR IGNORE INTO runs (at_us, version, host, pid, ended_us, lost) VALUES (?, ?, ?, ?, ?, 0)"
_ADD = f"""
INSERT INTO silences (at_us, run, silence, routes, until_us, who, why)
VALUES ((SELECT max(:at_us, ifnull(max(at_us), 0) + 1) FROM silences), :run,
(SELECT ifnull(max(silence), 0) + 1 FROM silences), :routes, :until_us, :who, :why) RETURNING {_COLUMNS}
"""  # noqa: S608 - words of the code
_END = f"""
UPDATE silences SET ended_us = :at_us WHERE silence = :silence AND until_us > :at_us AND ended_us IS NULL
RETURNING {_COLUMNS}
"""  # noqa: S608 - words of the code


class NewSilence(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: nobody is to be told of these routes, or of anything, until then (seconds since 1970)."""

    routes: tuple[str, ...]
    until_s: float
    who: str
    why: str


def silences_of(connection: sqlite3.Connection, now_s: float) -> tuple[Silenced, ...]:
    """Those that hold.

    Raises:
        sqlite3.Error: they cannot be read.
    """
    return tuple(_silenced(row) for row in connection.execute(_NOW, (int(now_s * 1e6),)))


def silences_in(journal: Path, now_s: float) -> tuple[Silenced, ...] | NotOpened:
    """Those that hold."""
    connection = open_readonly(journal)
    if isinstance(connection, NotOpened):
        return connection
    with closing(connection):
        try:
            return silences_of(connection, now_s)
        except sqlite3.Error as error:
            return NotOpened(reason=passing_reason(error) or f"SQLite says: {error}", is_lasting=True)


def add_silence(journal: Path, wanted: NewSilence, clock: Clock) -> Silenced | NotOpened:
    """Write it down; a gateway that keeps this journal obeys it within a second."""
    values = {
        "routes": msgspec.json.encode(wanted.routes).decode(),
        "until_us": int(wanted.until_s * 1e6),
        "who": wanted.who,
        "why": wanted.why,
    }
    written = _written(journal, _ADD, values, clock)
    assert written is not None  # noqa: S101 - an INSERT returns its row
    return written


def end_silence(journal: Path, number: int, clock: Clock) -> Silenced | NotOpened | None:
    """Let it be over now; None where none of that number holds."""
    return _written(journal, _END, {"silence": number}, clock)


def _written(journal: Path, sql: str, values: dict[str, object], clock: Clock) -> Silenced | NotOpened | None:
    connection = open_writable(journal)
    if isinstance(connection, NotOpened):
        return connection
    at_us = int(clock.wall_s() * 1e6)
    with closing(connection):
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_RUN, (at_us, __version__, socket.gethostname(), os.getpid(), at_us))
            row = connection.execute(sql, {"at_us": at_us, "run": at_us, **values}).fetchone()
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            return NotOpened(reason=passing_reason(error) or f"SQLite says: {error}", is_lasting=False)
    return None if row is None else _silenced(row)


def _silenced(row: tuple[int, str, int, int, str, str]) -> Silenced:
    number, routes, at_us, until_us, who, why = row
    return Silenced(
        number=number,
        routes=msgspec.json.decode(routes, type=tuple[str, ...]),
        since_s=at_us / 1e6,
        until_s=until_us / 1e6,
        who=who,
        why=why,
    )
