import sys
from contextlib import closing

import pytest
from tests.unit.diagnosis.traffic import outage

from farshore.diagnosis.lake.duck import DuckEngine
from farshore.diagnosis.lake.engine import FLOWS, MissingExtraError, materialise
from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.traffic.analysis import analyse


def test_every_table_is_the_same_as_in_sqlite() -> None:
    with closing(DuckEngine()) as duck, closing(SqliteEngine()) as sqlite:
        outage.fill(duck)
        outage.fill(sqlite)
        one, other = (analyse(engine, has=("flows", "packets")) for engine in (duck, sqlite))
    assert one == other


def test_without_duckdb_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtraError, match=r"farshore\[analysis\]"):
        DuckEngine()


def test_rows_that_are_inserted_come_back() -> None:
    with closing(DuckEngine()) as engine:
        engine.run(FLOWS.create)
        engine.insert(FLOWS, [("a,\"b\n'", "virtual", "", "x", "y", 1, 2, 3, 4, 5)])
        materialise(engine, "flow_minutes")
        (row,) = engine.run("SELECT * FROM flow_minutes")
    assert (row["reporter"], row["seen_from"], row["tx_packets"]) == ("a,\"b\n'", "", 3)
