"""A running `farshore serve` that keeps a journal."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.program import Settings, echo_target, farshore, ran, serve_command, serving
from tests.scenarios.test_serve import get

from farshore.app.exits import Exit


@pytest.fixture
def settings() -> Iterator[Settings]:
    with echo_target() as target:
        yield Settings(target=target)


def keeping(settings: Settings, folder: Path, journal: Path) -> Path:
    config = settings.write(folder)
    config.write_text(json.dumps(json.loads(config.read_text()) | {"journal": {"path": str(journal)}}))
    return config


def asked(config: Path, sql: str) -> list[dict[str, Any]]:
    answer = farshore("journal", "query", sql, "-c", str(config), "--format", "json")
    assert answer.returncode == Exit.OK, answer.stderr
    rows: list[dict[str, Any]] = json.loads(answer.stdout)
    return rows


def test_connections_are_remembered_and_can_be_asked_for(settings: Settings, tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    config = keeping(settings, tmp_path, journal)
    with serving(serve_command(config)) as program:
        for _ in range(3):
            assert settings.echo(b"hello") == b"hello"
        logged = [program.until("connection-ended")[-1] for _ in range(3)]
        assert "journal" not in get(settings.health, "/readyz").json()
        program.signal(signal.SIGTERM)
        assert program.ended() == Exit.OK
    rows = asked(config, "SELECT * FROM connections ORDER BY at_us")
    kept = [{key: row[key] for key in row if key not in {"at_us", "at", "run"}} for row in rows]
    assert kept == [{key: event[key] for key in kept[0]} for event in logged]
    [run] = asked(config, "SELECT ended_us IS NOT NULL AS ended, lost FROM runs")
    assert run == {"ended": 1, "lost": 0}
    seen = {row["event"] for row in asked(config, "SELECT event FROM events")}
    assert {"listener-opened", "drain-started", "drain-ended", "listener-closed"} <= seen


def test_a_place_that_cannot_be_is_refused_at_the_start(settings: Settings, tmp_path: Path) -> None:
    config = keeping(settings, tmp_path, tmp_path / "absent" / "journal.db")
    refused = ran(serve_command(config))
    assert refused.returncode == Exit.USAGE
    assert refused.stderr == (
        f"farshore: the journal {tmp_path}/absent/journal.db cannot be kept: its folder {tmp_path}/absent does not "
        "exist; mend it, or change `journal.path`.\n"
    )
