"""SQLite in memory: for what fits there, with nothing to install."""

import sqlite3
from collections.abc import Iterable

from farshore.diagnosis.lake.engine import Record, Table, Value


class SqliteEngine:
    """A database in memory. The SQL is kept within what SQLite, DuckDB and ClickHouse understand alike."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)

    def run(self, sql: str) -> list[Record]:
        """Execute one statement."""
        cursor = self._connection.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def insert(self, table: Table, rows: Iterable[tuple[Value, ...]]) -> None:
        """Append rows."""
        marks = ", ".join("?" for _ in table.columns)
        self._connection.execute("BEGIN")
        self._connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)  # noqa: S608 - our own names
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()
