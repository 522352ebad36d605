"""What a database has to do for us, the tables it holds, and where the SQL lies."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Protocol

Value = str | int | float | None
Record = dict[str, Value]

INTEGER, TEXT = "BIGINT", "VARCHAR"


@dataclass(frozen=True, slots=True)
class Table:
    """A table that rows are loaded into. Times are whole units since 1970 in UTC, 0 where unknown."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def create(self) -> str:
        """Its definition."""
        return f"CREATE TABLE {self.name} ({', '.join(f'{name} {kind}' for name, kind in self.columns)})"


FLOWS = Table(
    "flows",
    (
        ("reporter", TEXT),
        ("section", TEXT),
        ("seen_from", TEXT),
        ("near", TEXT),
        ("far", TEXT),
        ("port", INTEGER),
        ("at_s", INTEGER),
        ("tx_packets", INTEGER),
        ("tx_bytes", INTEGER),
        ("rx_packets", INTEGER),
    ),
)
PACKETS = Table(
    "packets",
    (
        ("seq", INTEGER),
        ("at_us", INTEGER),
        ("client", TEXT),
        ("client_port", INTEGER),
        ("server", TEXT),
        ("server_port", INTEGER),
        ("from_client", INTEGER),
        ("protocol", TEXT),
        ("flags", TEXT),
        ("kind", TEXT),
        ("dropped", INTEGER),
        ("denied", INTEGER),
        ("reason", TEXT),
        ("direction", TEXT),
        ("node", TEXT),
    ),
)


class MissingExtraError(Exception):
    """An engine's library is not installed; the text says how to get it."""


class UnreadableError(Exception):
    """A file holds what the engine cannot read by itself; the readers can say what."""


class Engine(Protocol):
    """A database. Its errors are its own: SQL comes from this package, rows are typed."""

    def run(self, sql: str) -> list[Record]:
        """Execute one statement in DuckDB's dialect; the rows that it gives."""
        ...

    def insert(self, table: Table, rows: Iterable[tuple[Value, ...]]) -> None:
        """Append rows, their values in the order of the table's columns."""
        ...


@cache
def sql(name: str) -> str:
    """The text of `diagnosis/sql/NAME.sql`."""
    return files("farshore.diagnosis").joinpath("sql", f"{name}.sql").read_text("utf-8")


def materialise(engine: Engine, name: str) -> None:
    """Keep what `NAME.sql` gives as a table of that name."""
    engine.run(f"CREATE TABLE {name} AS {sql(name)}")
