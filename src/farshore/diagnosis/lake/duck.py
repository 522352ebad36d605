"""DuckDB: files of any size, read where they lie, within a bound of memory. The extra `analysis`."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from farshore.diagnosis.lake.engine import MissingExtraError, Record, Table, UnreadableError, Value

MEMORY = "640MB"
# Each thread holds buffers of its own; more threads than cores cost a fifth more work.
MOST_THREADS = 4


class DuckEngine:
    """A database in memory, spilling to a folder of its own that goes with it.

    Raises:
        MissingExtraError: DuckDB is not installed.
    """

    def __init__(self) -> None:
        try:
            import duckdb  # noqa: PLC0415 - an extra
        except ImportError:
            msg = "files of this size need DuckDB: pip install 'farshore[analysis]'"
            raise MissingExtraError(msg) from None
        self._temporary = tempfile.TemporaryDirectory(prefix="farshore-flows-")
        self.folder = Path(self._temporary.name)
        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY,
                "threads": min(MOST_THREADS, os.cpu_count() or 1),
                "preserve_insertion_order": False,
                "temp_directory": self._temporary.name,
            },
        )
        # A time without a zone is read as UTC, as the readers do.
        self.connection.execute("SET TimeZone = 'UTC'")
        # It is never printed; without it `progress_percent` knows nothing.
        self.connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")

    def progress_percent(self) -> float:
        """How much of the running statement is done, for another thread to ask; below 0 where that is not known."""
        return self.connection.query_progress()

    def view(self, name: str, selects: Sequence[str]) -> None:
        """Make a view of what several statements give together; nothing is read before it is asked."""
        self.connection.execute(f"CREATE VIEW {name} AS {' UNION ALL '.join(selects)}")

    def keep(self, name: str, select: str) -> None:
        """Make a table of what a statement gives, in the order of the files that it reads.

        Raises:
            UnreadableError: as `run`.
        """
        self.connection.execute("SET preserve_insertion_order = true")
        self.run(f"CREATE TABLE {name} AS {select}")
        self.connection.execute("SET preserve_insertion_order = false")

    def run(self, sql: str) -> list[Record]:
        """Execute one statement.

        Raises:
            UnreadableError: a file holds a line that is no message, or no JSON.
        """
        import duckdb  # noqa: PLC0415 - an extra

        try:
            cursor = self.connection.execute(sql)
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            raise UnreadableError(str(error)) from error
        names = [column[0] for column in cursor.description or ()]
        return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]

    def insert(self, table: Table, rows: Iterable[tuple[Value, ...]]) -> None:
        """Append rows; by way of a file, for row by row DuckDB is slow."""
        names = [name for name, _ in table.columns]
        path = self.folder / "rows.ndjson"
        with path.open("wb") as file:
            file.writelines(msgspec.json.encode(dict(zip(names, row, strict=True))) + b"\n" for row in rows)
        columns = ", ".join(f"{name}: '{kind}'" for name, kind in table.columns)
        read = f"read_json('{path}', format = 'newline_delimited', columns = {{{columns}}})"
        self.connection.execute(f"INSERT INTO {table.name} SELECT * FROM {read}")  # noqa: S608 - our own names
        path.unlink()

    def close(self) -> None:
        """Give memory and folder back."""
        self.connection.close()
        self._temporary.cleanup()


def _plain(value: object) -> Value:
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, int | float | str) or value is None else str(value)
