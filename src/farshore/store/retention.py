"""How much the journal keeps: rows by their age, and the file by its size. Each step is short, and its own transaction.

What is bulky goes by `keep`, and makes room first where the file has grown too large; everything else is rare and worth
more, and goes by `keep_outages`. A table that a later migration adds is taken for rare unless it is named in `BULKY`.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

BULKY = frozenset({"connections", "attempts", "checks", "probes", "samples", "tailscaled_lines"})
CHUNK_ROWS = 500
CHUNK_PAGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long rows are kept, in seconds, and what the file may grow to."""

    bulky_s: float
    rare_s: float
    max_bytes: int


class Retention:
    """Takes away what is too much, one short step after the other. `run_us` is the run that is never taken away."""

    def __init__(self, keep: Keep, run_us: int) -> None:
        self._keep = keep
        self._run_us = run_us

    def step(self, connection: sqlite3.Connection, now_s: float) -> bool:
        """Do at most one step; whether there may be more to do.

        Raises:
            sqlite3.Error: the disk does not take it.
        """
        oldest = dict(_oldest(connection))
        if self._too_old(connection, oldest, now_s) or self._too_large(connection, oldest):
            return True
        return self._too_long(connection)

    def _too_old(self, connection: sqlite3.Connection, oldest: dict[str, int], now_s: float) -> bool:
        for table, at_us in oldest.items():
            before_us = int((now_s - self._kept_s(table)) * 1e6)
            if at_us < before_us and self._delete(connection, table, before_us):
                return True
        return False

    def _kept_s(self, table: str) -> float:
        """A run is kept as long as any row may name it."""
        if table == "runs":
            return max(self._keep.bulky_s, self._keep.rare_s)
        return self._keep.bulky_s if table in BULKY else self._keep.rare_s

    def _too_large(self, connection: sqlite3.Connection, oldest: dict[str, int]) -> bool:
        if _used_bytes(connection) <= self._keep.max_bytes:
            return False
        bulky = {table: at_us for table, at_us in oldest.items() if table in BULKY}
        of_whom = bulky or oldest
        table = min(of_whom, key=of_whom.__getitem__, default=None)
        return table is not None and self._delete(connection, table, 1 << 62)

    def _too_long(self, connection: sqlite3.Connection) -> bool:
        """Give free pages at the end of the file back where it is larger than it may be."""
        pages = int(connection.execute("PRAGMA page_count").fetchone()[0])
        if pages * _page_bytes(connection) <= self._keep.max_bytes or not _free(connection):
            return False
        # It frees a page with each row that it is asked for (sqlite.org/pragma.html#pragma_incremental_vacuum).
        connection.execute(f"PRAGMA incremental_vacuum({CHUNK_PAGES})").fetchall()
        return True

    def _delete(self, connection: sqlite3.Connection, table: str, before_us: int) -> bool:
        chosen = f"SELECT at_us FROM {table} WHERE at_us < ? AND at_us <> ? ORDER BY at_us LIMIT {CHUNK_ROWS}"  # noqa: S608 - a name from the schema
        deleted = connection.execute(f"DELETE FROM {table} WHERE at_us IN ({chosen})", (before_us, self._run_us))  # noqa: S608
        return deleted.rowcount > 0


def _oldest(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """When the oldest row of each table was written, of those that have any."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    for (table,) in connection.execute(named).fetchall():
        at_us = connection.execute(f"SELECT min(at_us) FROM {table}").fetchone()[0]  # noqa: S608
        if at_us is not None:
            yield table, at_us


def _used_bytes(connection: sqlite3.Connection) -> int:
    pages = int(connection.execute("PRAGMA page_count").fetchone()[0])
    return (pages - _free(connection)) * _page_bytes(connection)


def _free(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA freelist_count").fetchone()[0])


def _page_bytes(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA page_size").fetchone()[0])
