"""A health check that is interrupted or killed goes on, and its totals are those of the journal."""

import json
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.scenarios.program import FARSHORE, PATIENCE_S

PLANNED = 160
GAP_NAMES = {"start", "end", "length_s"}


@pytest.fixture
def target() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def command(target: str, journal: Path, *flags: str) -> list[str]:
    fixed = ["--direct", "--every", "50ms", "--for", "8s", "--format", "json", "--journal", str(journal)]
    return [*FARSHORE, "probe", target, *fixed, *flags]


def written(journal: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
            count: int = connection.execute("SELECT count(*) FROM probe_results").fetchone()[0]
            return count
    except sqlite3.Error:
        return 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_goes_on_where_it_was_ended(how: signal.Signals, target: str, tmp_path: Path) -> None:
    journal = tmp_path / "probe.db"
    first = subprocess.Popen(command(target, journal), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        until_s = time.monotonic() + PATIENCE_S
        while not written(journal) and time.monotonic() < until_s:
            time.sleep(0.01)
        first.send_signal(how)
        said, complaint = first.communicate(timeout=PATIENCE_S)
    finally:
        first.kill()
    before = written(journal)
    assert 0 < before < PLANNED
    if how is not signal.SIGKILL:
        assert first.returncode == 130
        assert json.loads(said)["probes"] == before
        assert b"`--resume` goes on" in complaint

    resumed = subprocess.run(command(target, journal, "--resume"), capture_output=True, timeout=PATIENCE_S, check=False)

    told = json.loads(resumed.stdout)
    assert told["probes"] == written(journal) == told["successful"] + told["failed"]
    assert told["finished"]
    assert [set(pause) for pause in told["pauses"]] == [GAP_NAMES]
    again = subprocess.run(command(target, journal, "--resume"), capture_output=True, timeout=PATIENCE_S, check=False)
    assert (again.returncode, again.stdout) == (2, b"")
    assert f"finished: all of its {PLANNED} due times have come".encode() in again.stderr
    assert list(tmp_path.glob("*-check-*")) == []
    with closing(sqlite3.connect(journal)) as connection:
        rows = connection.execute("SELECT count(*), count(DISTINCT number), max(number) FROM probe_results").fetchone()
        stretches = connection.execute("SELECT count(*), count(DISTINCT health_check) FROM probe_runs").fetchone()
    assert (rows[0], rows[2], stretches) == (rows[1], PLANNED - 1, (2, 1))
