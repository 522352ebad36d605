import json
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.diagnosis.traffic import outage

from farshore.diagnosis.lake.duck import DuckEngine
from farshore.diagnosis.lake.engine import FLOWS, Record, UnreadableError
from farshore.diagnosis.lake.flow_files import EACH, Framing, select_flows
from farshore.diagnosis.traffic.analysis import analyse
from farshore.diagnosis.traffic.flow_documents import flow_values

LINES = Framing()


def rows_of(path: Path, framing: Framing = LINES) -> list[Record]:
    with closing(DuckEngine()) as engine:
        return engine.run(select_flows([path], framing))


def wanted() -> list[Record]:
    names = [name for name, _ in FLOWS.columns]
    return [dict(zip(names, row, strict=True)) for row in flow_values(outage.flow_list())]


@pytest.mark.parametrize(
    ("framing", "text"),
    [
        (LINES, "\n".join(json.dumps(each) for each in outage.messages())),
        (Framing(steps=("event",)), "\n".join(json.dumps({"time": 1, "event": each}) for each in outage.messages())),
        (
            Framing(steps=("a b", "logs", EACH)),
            json.dumps({"a b": {"logs": outage.messages()}}) + '\n{"a b":{"logs":[]}}',
        ),
        (Framing("array"), json.dumps(outage.messages(), indent=2)),
        (Framing("array", ("fields",)), json.dumps([{"fields": each} for each in outage.messages()])),
    ],
    ids=["lines", "envelopes", "responses", "array", "array of envelopes"],
)
def test_a_file_read_in_place_gives_the_rows_of_the_readers(tmp_path: Path, framing: Framing, text: str) -> None:
    path = tmp_path / "it's.json"
    path.write_text(text)
    assert sorted(map(repr, rows_of(path, framing))) == sorted(map(repr, wanted()))


@pytest.mark.parametrize(
    "line",
    [
        "{broken",
        '{"event": {"nodeId": "n1"}}',
        '{"nodeId":"n","virtualTraffic":[{"txPkts":"x"}]}',
        '{"nodeId":"n","virtualTraffic":[{"src":"a:1","dst":"b:1","txPkts":-1}]}',
        '{"nodeId":"n","virtualTraffic":[{"src":"a:1"}]}',
    ],
)
def test_a_line_that_is_of_no_use_is_never_dropped_silently(tmp_path: Path, line: str) -> None:
    path = outage.write(tmp_path / "f.ndjson")
    path.write_text(path.read_text() + line + "\n")
    with closing(DuckEngine()) as engine:
        engine.view("flows", [select_flows([path], LINES)])
        with pytest.raises(UnreadableError):
            analyse(engine, has=("flows",))


def test_a_line_without_the_list_of_the_others_is_told(tmp_path: Path) -> None:
    path = tmp_path / "f.ndjson"
    path.write_text(json.dumps({"logs": outage.messages()[:1]}) + '\n{"nologs": []}\n')
    found = rows_of(path, Framing(steps=("logs", EACH)))
    assert [row["reporter"] for row in found if row["section"] == "unread"] == [None]


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
    assert {row["reporter"]: row["at_s"] for row in rows_of(path)} == {
        "a": outage.BEGIN_S, "b": outage.BEGIN_S, "c": outage.BEGIN_S, "d": 0,
    }  # fmt: skip


@pytest.mark.parametrize("section", ["subnet", "exit", "virtual", "physical"])
@pytest.mark.parametrize(
    ("src", "dst"),
    [
        ("100.64.0.1:5", "10.0.0.1:22"),
        ("10.0.0.1:22", "100.127.255.1:40001"),
        ("100.63.0.1:22", "100.128.0.1:40001"),
        ("100.63.0.1:22", "100.99.0.1:40001"),
        ("[fd00::7]:1433", "[fd7a:115c:a1e0::b]:42000"),
        ("[fd7a:115c:a1e0::b]:42000", "[fd00::7]:1433"),
        ("100.64.0.1:0", "127.3.3.40:11"),
        ("100.64.0.1", "100.64.0.2"),
    ],
)
def test_ends_are_turned_as_the_readers_turn_them(tmp_path: Path, section: str, src: str, dst: str) -> None:
    message = {"nodeId": "n", f"{section}Traffic": [{"src": src, "dst": dst, "txPkts": 1}]}
    path = tmp_path / "f.ndjson"
    path.write_text(json.dumps(message))
    (read,) = flow_values(outage.rows_of(message))
    assert tuple(rows_of(path)[0].values()) == read
