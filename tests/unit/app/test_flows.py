import io
import json
import sys
import threading
from pathlib import Path
from threading import Event
from typing import cast

import pytest
from rich.console import Console
from rich.progress import Progress
from tests.unit.diagnosis.traffic import outage

from farshore.app import flows as command
from farshore.app.cli import run
from farshore.app.exits import Exit
from farshore.app.flows import bulk_files, followed, span
from farshore.diagnosis.lake.duck import DuckEngine
from farshore.diagnosis.traffic.packet_documents import NO_FLOW

HUBBLE = "Mar  4 05:59:45.1: apps/a:43006 -> edge/gw:8082 policy-verdict:none INGRESS DENIED (TCP Flags: SYN)\n"


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_files_of_both_kinds_are_counted_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outage.write(tmp_path / "flows.ndjson")
    (tmp_path / "hubble.txt").write_text(HUBBLE)
    (tmp_path / "other.txt").write_text("something else\n")
    assert run(["flows", str(tmp_path), "--format", "json"]) is Exit.OK
    found = told(capsys)
    assert (found["flows"], found["packets"]) == (474, 1)
    assert [each["source"] for each in found["unread"]] == ["other.txt"]  # type: ignore[attr-defined]


@pytest.fixture
def read_in_place(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that DuckDB reads files with."""
    made: list[str] = []
    view = DuckEngine.view

    def noted(engine: DuckEngine, name: str, selects: list[str]) -> None:
        made.extend(selects)
        view(engine, name, selects)

    monkeypatch.setattr(DuckEngine, "view", noted)
    return made


LARGE = {
    "lines.ndjson": "\n".join(json.dumps(each) for each in outage.messages()),
    "envelopes.ndjson": "\n".join(json.dumps({"event": each}) for each in outage.messages()),
    "table.csv": "nodeId,type,src,dst,txPkts,start\n"
    + "n1,subnet,100.64.0.1:9,10.9.8.7:22,3,2026-03-04T05:50:00Z\n" * 30,
    "api.json": json.dumps({"logs": outage.messages() * 6}, indent=2),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_file_goes_through_duckdb_and_says_the_same(
    name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    read_in_place: list[str],
) -> None:
    path = tmp_path / name
    path.write_text(LARGE[name])
    (tmp_path / "more.csv").write_text("nodeId,src,dst,txPkts\nn1,100.64.0.1:1,10.9.8.7:22,4\n")
    arguments = ["flows", str(path), str(tmp_path / "more.csv"), "--format", "json"]
    assert run(arguments) is Exit.OK
    small = told(capsys)
    assert not read_in_place
    monkeypatch.setattr(command, "BULK_BYTES", 1000)
    assert run(arguments) is Exit.OK
    assert told(capsys) == small
    assert len(read_in_place) == 2


def test_large_hubble_exports_go_through_duckdb_and_say_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hubble.jsonl"
    verdict = {"verdict": "DROPPED", "event_type": {"type": 5}, "time": "2026-03-04T05:59:45.1Z"}
    ends = {"source": {"pod_name": "a"}, "destination": {"pod_name": "b"}}
    lines: list[object] = [{"flow": {**verdict, **ends, "l4": {"TCP": {"source_port": 40000 + n}}}} for n in range(20)]
    path.write_text("\n".join(map(json.dumps, [*lines, {"node_status": {}}, {"node_status": {}}])))
    (tmp_path / "more.txt").write_text(HUBBLE)
    arguments = ["flows", str(path), str(tmp_path / "more.txt"), "--format", "json"]
    assert run(arguments) is Exit.OK
    small = told(capsys)
    monkeypatch.setattr(command, "BULK_BYTES", 1000)
    assert command.bulk_files([path]).packets == (path,)
    assert run(arguments) is Exit.OK
    found = told(capsys)
    assert small["packets"] == 21
    assert {**found, "unread": []} == {**small, "unread": []}
    assert [each["reason"] for each in found["unread"]] == [f"2 lines are {NO_FLOW}"]  # type: ignore[attr-defined]


def test_a_terminal_is_shown_how_far_duckdb_is() -> None:
    asked, before = Event(), threading.active_count()

    class Counting:
        def progress_percent(self) -> float:
            asked.set()
            return 40.0

    with (
        Progress(console=Console(file=io.StringIO(), force_terminal=True), auto_refresh=False) as progress,
        followed(cast("DuckEngine", Counting()), progress, [Path("a"), Path("b")]),
    ):
        assert asked.wait(30)
    assert [(task.description, task.completed) for task in progress.tasks] == [("counting 2 large files", 40.0)]
    assert threading.active_count() == before


def test_a_large_file_with_an_odd_line_is_left_to_the_readers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "BULK_BYTES", 1)
    path = outage.write(tmp_path / "flows.ndjson")
    path.write_text(path.read_text() + "{broken\n")
    assert run(["flows", str(path), "--format", "json"]) is Exit.OK
    found = told(capsys)
    assert found["flows"] == 474
    assert [each["reason"] for each in found["unread"]] == ["no JSON object"]  # type: ignore[attr-defined]


def test_without_duckdb_a_large_file_is_read_slowly_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "BULK_BYTES", 1)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    path = outage.write(tmp_path / "flows.ndjson")
    assert run(["flows", str(path)]) is Exit.OK
    assert "farshore[analysis]" in capsys.readouterr().out
    assert run(["flows", str(path), "--engine", "duckdb"]) is Exit.USAGE
    assert "farshore[analysis]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "name a file"),
        (["missing.json"], "does not exist"),
        (["--engine", "oracle", "."], "--engine takes"),
        ([".", "--during", "yesterday"], "--during takes"),
        ([".", "--during", "2026-03-04T06:30:00Z/2026-03-04T05:50:00Z"], "--during takes"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["flows", *arguments]) is Exit.USAGE
    assert word in capsys.readouterr().err


def test_nothing_readable_is_an_unusable_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "note.txt").write_text("a note\n")
    assert run(["flows", str(tmp_path)]) is Exit.USAGE
    assert "No rows: nothing in what was given" in capsys.readouterr().out


def test_a_span_is_read_in_utc() -> None:
    assert span("2026-03-04T05:50:00Z/2026-03-04T06:30:00Z") == (outage.BEGIN_S, outage.BEGIN_S + 2400)
    assert span(None) is None


def test_only_large_files_of_messages_are_bulk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = outage.write(tmp_path / "flows.ndjson"), tmp_path / "other"
    other.write_text("a note\n")
    assert bulk_files([path]).paths == []
    monkeypatch.setattr(command, "BULK_BYTES", 1)
    assert bulk_files([path, other, tmp_path]).paths == [path]
