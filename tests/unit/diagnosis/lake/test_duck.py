import json
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.diagnosis.traffic import outage

from farshore.diagnosis.lake.duck import IN_FILES, DuckEngine
from farshore.diagnosis.lake.engine import FLOWS, MissingExtraError, Record, UnreadableError, materialise
from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.traffic.analysis import analyse
from farshore.diagnosis.traffic.flow_documents import flow_values

ALL = ", ".join(name for name, _ in FLOWS.columns if name != "proto")


def view_of(path: Path) -> list[Record]:
    with closing(DuckEngine()) as engine:
        engine.read_flow_files([path])
        return engine.run(f"SELECT {ALL} FROM {IN_FILES}")  # noqa: S608 - our own names


def test_a_file_read_in_place_gives_the_rows_of_the_readers(tmp_path: Path) -> None:
    names = [name for name, _ in FLOWS.columns]
    wanted = [dict(zip(names, row, strict=True)) for row in flow_values(outage.flow_list())]
    for row in wanted:
        del row["proto"]
    found = view_of(outage.write(tmp_path / "it's.ndjson"))
    assert sorted(map(repr, found)) == sorted(map(repr, wanted))


def test_every_table_is_the_same_as_in_sqlite() -> None:
    with closing(DuckEngine()) as duck, closing(SqliteEngine()) as sqlite:
        outage.fill(duck)
        outage.fill(sqlite)
        one, other = (analyse(engine, has=("flows", "packets")) for engine in (duck, sqlite))
    assert one == other


@pytest.mark.parametrize(
    "line", ["{broken", '{"event": {"nodeId": "n1"}}', '{"nodeId":"n","virtualTraffic":[{"txPkts":"x"}]}']
)
def test_a_line_that_is_no_message_is_never_dropped_silently(tmp_path: Path, line: str) -> None:
    path = outage.write(tmp_path / "f.ndjson")
    path.write_text(path.read_text() + line + "\n")
    with closing(DuckEngine()) as engine:
        engine.read_flow_files([path])
        engine.run(f"CREATE VIEW flows AS SELECT * FROM {IN_FILES}")  # noqa: S608 - our own names
        with pytest.raises(UnreadableError):
            analyse(engine, has=("flows",))


def test_offsets_and_missing_times(tmp_path: Path) -> None:
    row = [{"src": "100.64.0.1:1", "dst": "100.64.0.2:2", "txPkts": "3"}]
    lines = [
        {"nodeId": "a", "start": "2026-03-04T05:50:00.25Z", "virtualTraffic": row},
        {"nodeId": "b", "start": "2026-03-04T11:20:00+05:30", "virtualTraffic": row},
        {"nodeId": "c", "logged": "2026-03-04T05:50:00Z", "virtualTraffic": row},
        {"nodeId": "d", "virtualTraffic": row},
    ]
    path = tmp_path / "times.ndjson"
    path.write_text("\n".join(map(json.dumps, lines)))
    assert {row["reporter"]: row["at_s"] for row in view_of(path)} == {
        "a": outage.BEGIN_S, "b": outage.BEGIN_S, "c": outage.BEGIN_S, "d": 0,
    }  # fmt: skip


def test_without_duckdb_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtraError, match=r"farshore\[analysis\]"):
        DuckEngine()


def test_rows_that_are_inserted_come_back(tmp_path: Path) -> None:
    with closing(DuckEngine()) as engine:
        engine.run(FLOWS.create)
        engine.insert(FLOWS, [("a,\"b\n'", "virtual", "", 6, "x", "y", 1, 2, 3, 4, 5, 6)])
        materialise(engine, "flow_minutes")
        (row,) = engine.run("SELECT * FROM flow_minutes")
    assert (row["reporter"], row["seen_from"], row["tx_packets"]) == ("a,\"b\n'", "", 3)
