"""The page of a gateway that was ended and started again still shows the hour."""

import json
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
from tests.ports import free_port
from tests.scenarios.program import PATIENCE_S, Settings, echo_target, serve_command, serving
from tests.unit.store.journals import value


def until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def counted(settings: Settings) -> tuple[int, int]:
    told: dict[str, Any] = httpx2.get(f"{settings.status_url}/api/v1/history", timeout=PATIENCE_S).json()
    return sum(told["good"]), sum(told["bad"])


def test_what_ended_before_a_restart_is_shown_after_it(tmp_path: Path) -> None:
    """The first is killed: its last rows are still in the journal's write-ahead log."""
    journal = tmp_path / "journal.db"
    with echo_target() as target:
        settings, dead = Settings(target=target), Settings(target=free_port())
        config = settings.write(tmp_path)
        document = json.loads(config.read_text())
        route = {"name": "dead", "listen": f"127.0.0.1:{dead.listen}", "target": f"127.0.0.1:{dead.target}"}
        document["routes"].append({**route, "allow_direct": True})
        config.write_text(json.dumps(document | {"journal": {"path": str(journal)}}))
        with serving(serve_command(config)):
            for _ in range(3):
                assert settings.echo(b"x") == b"x"
            with suppress(ConnectionError):
                dead.echo(b"x")
            until(lambda: counted(settings) == (3, 1))
            until(lambda: value(journal, "SELECT count(*) FROM connections") == 4)
        with serving(serve_command(config)) as program:
            until(lambda: counted(settings) == (3, 1))
            assert settings.echo(b"x") == b"x"
            until(lambda: counted(settings) == (4, 1))
            page = httpx2.get(settings.status_url, timeout=PATIENCE_S).text
            assert "connections of dead, the last 60 minutes: 1 bad, 0 partly bad, 0 good" in page
            program.signal(signal.SIGTERM)
            assert program.ended() == 0
