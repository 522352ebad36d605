"""The open file of the journal: takes one batch after the other, each wholly or not at all. Used by one thread."""

import os
import socket
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from farshore import __version__
from farshore.core.alerts import Silenced
from farshore.core.clock import Clock
from farshore.core.journal import TABLES
from farshore.store.database import NotOpened, open_writable, passing_reason
from farshore.store.retention import Keep, Retention
from farshore.store.rows import Entry, Insert, Statement, Values, besides, row_of, values_of
from farshore.store.silences import silences_of

Stamped = tuple[float, Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Entries, each with the wall time in seconds at which it was handed in.

    `lost` entries before them were too many to be kept, `because` of that.
    """

    entries: Sequence[Stamped]
    lost: int = 0
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """Why nothing of a batch was written; it may be tried again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """All of a batch was written but `refused` entries, which no schema would take: a mistake of whoever made them."""

    refused: int


class Ledger:
    """Opens the file when it is first needed, and again after a failure or where somebody has taken it away.

    `mistaken` is told of entries that the schema refuses.
    """

    def __init__(self, path: Path, keep: Keep, clock: Clock, mistaken: Callable[[Exception], None]) -> None:
        self._path = path
        self._clock = clock
        self._mistaken = mistaken
        self._connection: sqlite3.Connection | None = None
        self._run_is_there = False
        self._file: tuple[int, int] | None = None
        self._run_us = int(clock.wall_s() * 1e6)
        self._retention = Retention(keep, self._run_us)

    def write(self, batch: Batch) -> Written | Unwritten:
        """Write a batch in one transaction; an empty one only makes sure that there could be one."""
        connection = self._open()
        if isinstance(connection, NotOpened):
            return Unwritten(reason=connection.reason)
        try:
            return Written(refused=self._commit(connection, batch))
        except sqlite3.Error as error:
            self._abandon()
            return Unwritten(reason=passing_reason(error) or f"SQLite says: {error}")

    def tidy(self) -> bool:
        """Take a little of what is too old or too much away; whether there may be more of it."""
        if self._connection is None:
            return False
        try:
            return self._retention.step(self._connection, self._clock.wall_s())
        except sqlite3.Error:
            return False  # the next batch says why

    def close(self, lost: int) -> None:
        """Say that this run has ended, and close the file."""
        if self._connection is None:
            return
        with suppress(sqlite3.Error):
            ended_us = int(self._clock.wall_s() * 1e6)
            values = (ended_us, lost, self._run_us)
            self._connection.execute("UPDATE runs SET ended_us = ?, lost = ? WHERE at_us = ?", values)
        self._abandon()

    def silences(self) -> tuple[Silenced, ...] | None:
        """Those that hold now; None where they cannot be read."""
        if self._connection is None:
            return None
        try:
            return silences_of(self._connection, self._clock.wall_s())
        except (sqlite3.Error, msgspec.MsgspecError):
            return None

    def settle(self) -> None:
        """Take what stands beside the file into it, where no reader is in the way: the file alone is enough then."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def size_bytes(self) -> int:
        """How much the file and what SQLite keeps beside it take; 0 where there is none."""
        sizes = 0
        for suffix in ("", "-wal"):
            with suppress(OSError):
                sizes += self._path.with_name(self._path.name + suffix).stat().st_size
        return sizes

    def _open(self) -> sqlite3.Connection | NotOpened:
        if self._connection is not None and self._file == self._file_there():
            return self._connection
        self._leave_moved_file()
        opened = open_writable(self._path)
        if not isinstance(opened, NotOpened):
            self._connection = opened
            self._run_is_there = False
            self._file = self._file_there()
        return opened

    def _file_there(self) -> tuple[int, int] | None:
        try:
            seen = self._path.stat()
        except OSError:
            return None
        return seen.st_dev, seen.st_ino

    def _leave_moved_file(self) -> None:
        """Take everything into the file that was moved away; SQLite would leave it in the -wal that stays here."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._abandon()

    def _abandon(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _commit(self, connection: sqlite3.Connection, batch: Batch) -> int:
        refused = 0
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._begin(connection, batch)
            try:
                _Rows(connection, self._run_us).add(batch.entries)
            except Exception as error:
                if _is_passing(error):
                    raise
                connection.execute("ROLLBACK")
                connection.execute("BEGIN IMMEDIATE")
                self._begin(connection, batch)
                refused = self._add_each(connection, batch.entries)
            connection.execute("COMMIT")
            self._run_is_there = True
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        return refused

    def _begin(self, connection: sqlite3.Connection, batch: Batch) -> None:
        if not self._run_is_there:
            run = (self._run_us, __version__, socket.gethostname(), os.getpid())
            connection.execute("INSERT OR IGNORE INTO runs (at_us, version, host, pid) VALUES (?, ?, ?, ?)", run)
        if batch.lost:
            gap = Insert(table="gaps", columns=("lost", "reason"), values=(batch.lost, batch.because))
            _Rows(connection, self._run_us).add([(self._clock.wall_s(), gap)])

    def _add_each(self, connection: sqlite3.Connection, entries: Iterable[Stamped]) -> int:
        """One by one, so that the mistake in one costs the others nothing; how many were refused."""
        refused = 0
        for stamped in entries:
            connection.execute("SAVEPOINT entry")
            try:
                _Rows(connection, self._run_us).add([stamped])
            except Exception as error:
                if _is_passing(error):
                    raise
                connection.execute("ROLLBACK TO entry")
                self._mistaken(error)
                refused += 1
            connection.execute("RELEASE entry")
        return refused


class _Rows:
    """Adds entries within one transaction: rows of one table together, and statements after what came before them."""

    def __init__(self, connection: sqlite3.Connection, run_us: int) -> None:
        self._connection = connection
        self._run_us = run_us
        self._latest_us: dict[str, int] = {}
        self._rows: defaultdict[tuple[str, tuple[str, ...]], list[Values]] = defaultdict(list)

    def add(self, entries: Iterable[Stamped]) -> None:
        for at_s, entry in entries:
            at_us = int(at_s * 1e6)
            table = TABLES.get(type(entry))  # type: ignore[arg-type]
            if table is not None:
                self._row(table, type(entry).__struct_fields__, at_us, values_of(entry))  # type: ignore[union-attr,arg-type]
                continue
            if isinstance(entry, Insert | Statement):
                self._made(entry, at_us)
                continue
            self._made(row_of(entry), at_us)
            if (more := besides(entry)) is not None:
                self._made(more, at_us)
        self._flush()

    def _made(self, made: Insert | Statement, at_us: int) -> None:
        if isinstance(made, Insert):
            self._row(made.table, made.columns, at_us, made.values)
        else:
            self._flush()
            self._connection.execute(made.sql, {"at_us": at_us, "run": self._run_us, **made.values})

    def _row(self, table: str, columns: tuple[str, ...], at_us: int, values: Values) -> None:
        latest_us = self._latest_us.get(table)
        if latest_us is None:
            latest_us = self._connection.execute(f"SELECT ifnull(max(at_us), 0) FROM {table}").fetchone()[0]  # noqa: S608 - a name from the code
        at_us = max(at_us, latest_us + 1)
        self._latest_us[table] = at_us
        self._rows[table, columns].append((at_us, self._run_us, *values))

    def _flush(self) -> None:
        for (table, columns), rows in self._rows.items():
            names = ", ".join(("at_us", "run", *columns))
            marks = ", ".join("?" * (len(columns) + 2))
            self._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608
        self._rows.clear()


def _is_passing(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) and passing_reason(error) is not None
