"""The same SQL text on ClickHouse itself, embedded (chdb): every table equals SQLite's."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from types import ModuleType, SimpleNamespace

import pytest
from tests.unit.diagnosis.traffic import outage

from farshore.diagnosis.lake.clickhouse import ClickHouseEngine, QueryResult, connect, to_clickhouse
from farshore.diagnosis.lake.engine import FLOWS, MissingExtraError, materialise
from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.traffic.analysis import analyse


class Embedded:
    """chdb behind the two calls of clickhouse-connect that are used."""

    def __init__(self) -> None:
        self._session = pytest.importorskip("chdb", reason="chdb is not installed").connect(":memory:")

    def query(self, query: str) -> QueryResult:
        cursor = self._session.cursor()
        cursor.execute(query)
        names = cursor.column_names() if query.startswith(("SELECT", "WITH")) else []
        rows = cursor.fetchall() if names else []
        return SimpleNamespace(column_names=names, result_rows=rows)

    def insert(self, table: str, data: Sequence[Sequence[object]], column_names: Sequence[str]) -> object:
        rows = ", ".join(f"({', '.join(_literal(value) for value in row)})" for row in data)
        self.query(f"INSERT INTO {table} ({', '.join(column_names)}) VALUES {rows}")  # noqa: S608 - a test's own rows
        return len(data)

    def close(self) -> None:
        self._session.close()


def _literal(value: object) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if isinstance(value, str) else str(value)


@pytest.fixture
def engine() -> Iterator[ClickHouseEngine]:
    with closing(Embedded()) as client:
        yield ClickHouseEngine(client)


def test_every_table_is_the_same_as_in_sqlite(engine: ClickHouseEngine) -> None:
    outage.fill(engine)
    found = analyse(engine, has=("flows", "packets"))
    with closing(SqliteEngine()) as sqlite:
        outage.fill(sqlite)
        wanted = analyse(sqlite, has=("flows", "packets"))
    assert found.tables.keys() == wanted.tables.keys()
    for name, rows in wanted.tables.items():
        assert found.tables[name] == rows, name
    assert found == wanted


def test_rows_go_in_by_batches(engine: ClickHouseEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("farshore.diagnosis.lake.clickhouse.BATCH", 2)
    engine.run(FLOWS.create)
    engine.insert(FLOWS, (("it's", "virtual", "", "x", "y", 1, 2, 3, at, 5) for at in range(5)))
    materialise(engine, "flow_minutes")
    (row,) = engine.run("SELECT * FROM flow_minutes")
    assert (row["reporter"], row["flows"], row["tx_packets"]) == ("it's", 5, 15)


def test_what_is_made_there_is_temporary() -> None:
    assert to_clickhouse("CREATE TABLE a AS SELECT 1 AS b").startswith("CREATE TEMPORARY TABLE a ENGINE=Memory AS")
    assert to_clickhouse("SELECT a % 60 AS b FROM c").startswith("SELECT")


@pytest.mark.parametrize(("url", "given"), [("clickhouse://me@db:8123/flows", "k3y"), ("clickhouse://me:own@db/a", "")])
def test_a_password_need_not_stand_in_the_url(monkeypatch: pytest.MonkeyPatch, url: str, given: str) -> None:
    client = ModuleType("clickhouse_connect")
    asked: dict[str, str] = {}
    monkeypatch.setattr(client, "get_client", lambda **words: asked.update(words), raising=False)
    monkeypatch.setitem(sys.modules, "clickhouse_connect", client)
    connect(url, "k3y")
    assert asked == {"dsn": url, "password": given}


def test_without_its_client_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "clickhouse_connect", None)
    with pytest.raises(MissingExtraError, match=r"farshore\[clickhouse\]"):
        connect("clickhouse://db.example:8123/flows")
