"""ClickHouse: the same questions beyond one machine. The SQL is the same text, transpiled by sqlglot.

Written against clickhouse-connect (the extra `clickhouse`); any client with its `query` and `insert` will do.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Protocol
from urllib.parse import urlsplit

from farshore.diagnosis.lake.engine import MissingExtraError, Record, Table, Value

BATCH = 100_000


class QueryResult(Protocol):
    """What clickhouse-connect's `query` gives."""

    @property
    def column_names(self) -> Sequence[str]:
        """The names of the columns."""
        ...

    @property
    def result_rows(self) -> Sequence[Sequence[object]]:
        """The rows."""
        ...


class Client(Protocol):
    """The part of clickhouse-connect's client that is used."""

    def query(self, query: str) -> QueryResult:
        """Execute one statement."""
        ...

    def insert(self, table: str, data: Sequence[Sequence[object]], column_names: Sequence[str]) -> object:
        """Append rows."""
        ...


class ClickHouseEngine:
    """A database on a server: its tables are only read; what is made there is temporary and goes with the session."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def run(self, sql: str) -> list[Record]:
        """Execute one statement in DuckDB's dialect."""
        result = self._client.query(to_clickhouse(sql))
        return [
            {name: _plain(value) for name, value in zip(result.column_names, row, strict=True)}
            for row in result.result_rows
        ]

    def insert(self, table: Table, rows: Iterable[tuple[Value, ...]]) -> None:
        """Append rows."""
        waiting = iter(rows)
        while batch := list(islice(waiting, BATCH)):
            self._client.insert(table.name, batch, column_names=[name for name, _ in table.columns])


def connect(url: str, password: str = "") -> ClickHouseEngine:
    """Open `clickhouse://user@host:port/database`; a password within it goes before the other.

    Raises:
        MissingExtraError: clickhouse-connect or sqlglot is not installed.
    """
    try:
        import clickhouse_connect  # noqa: PLC0415 - an extra
        import sqlglot  # noqa: F401, PLC0415 - the same; better said now than in the middle
    except ImportError:
        msg = "--engine clickhouse://… needs clickhouse-connect and sqlglot: pip install 'farshore[clickhouse]'"
        raise MissingExtraError(msg) from None
    own = urlsplit(url).password
    return ClickHouseEngine(clickhouse_connect.get_client(dsn=url, password="" if own else password))


def to_clickhouse(sql: str) -> str:
    """A statement of this package in ClickHouse's words; tables that it makes are temporary."""
    import sqlglot  # noqa: PLC0415 - an extra
    from sqlglot import exp  # noqa: PLC0415

    statement = sqlglot.parse_one(sql, read="duckdb")
    if isinstance(statement, exp.Create):
        made = [exp.TemporaryProperty(), exp.EngineProperty(this=exp.to_identifier("Memory"))]
        statement.set("properties", exp.Properties(expressions=made))
    return statement.sql(dialect="clickhouse", comments=False)


def _plain(value: object) -> Value:
    return value if isinstance(value, int | float | str) or value is None else str(value)
