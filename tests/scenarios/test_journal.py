"""A running `farshore serve` that keeps a journal."""

import json
import os
import resource
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.program import Program, Settings, echo_target, farshore, ran, serve_command, serving
from tests.scenarios.test_serve import get
from tests.unit.store.journals import rows

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


def filled_up(program: Program, mount: Path) -> Callable[[], None]:
    """Fill the small file system that the program alone sees; what empties it again."""
    filler = Path(f"/proc/{program.process.pid}/root{mount}/filler")
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return filler.unlink


def bounded(program: Program, _: Path) -> Callable[[], None]:
    """No file of the program may grow any more (setrlimit(2), RLIMIT_FSIZE); what takes the bound away again."""
    pid = program.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))

    def mend() -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))

    return mend


def mounting(mount: Path, command: list[str]) -> list[str]:
    """The command in a mount namespace of its own, with a file system of 1 MiB at `mount`."""
    script = f'mount -t tmpfs -o size=1m,mode=700 farshore {mount} && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", *command]


def may_mount(mount: Path) -> bool:
    return subprocess.run(mounting(mount, ["true"]), capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("fault", [filled_up, bounded])
def test_a_disk_that_takes_nothing_is_said_and_survived(
    settings: Settings, tmp_path: Path, fault: Callable[[Program, Path], Callable[[], None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        mount = Path(folder)
        journal = mount / "journal.db"
        config = keeping(settings, tmp_path, journal)
        command = serve_command(config)
        if fault is filled_up:
            if not may_mount(mount):
                pytest.skip("this user may not mount a file system")
            command = mounting(mount, command)
        with serving(command) as program:
            assert settings.echo(b"before") == b"before"
            program.until("connection-ended")
            mend = fault(program, mount)
            # A row more than the pages that are there can hold, whichever way they are cut.
            for _ in range(50):
                assert settings.echo(b"during") == b"during"
            failed = program.until("journal-failed")[-1]
            assert (failed["level"], failed["path"]) == ("error", str(journal))
            ready = get(settings.health, "/readyz")
            assert (ready.status_code, bool(ready.json()["journal"])) == (200, True)
            assert "farshore_journal_up 0.0" in get(settings.health, "/metrics").text
            assert settings.echo(b"still") == b"still"
            mend()
            recovered = program.until("journal-recovered")[-1]
            assert recovered["lost"] == 0
            assert "journal" not in get(settings.health, "/readyz").json()
            # The file system lives as long as its folder is open.
            inside = os.open(f"/proc/{program.process.pid}/root{mount}", os.O_RDONLY | os.O_DIRECTORY)
            program.signal(signal.SIGTERM)
            assert program.ended() == Exit.OK
            copy = tmp_path / "journal.db"
            with os.fdopen(os.open("journal.db", os.O_RDONLY, dir_fd=inside), "rb") as kept:
                copy.write_bytes(kept.read())
            os.close(inside)
    # Fifty-two were carried, and all of them are there, because the disk was well again in time.
    assert rows(copy, "SELECT count(*) AS n FROM connections") == [{"n": 52}]
    assert rows(copy, "SELECT event FROM events WHERE event LIKE 'journal-%' ORDER BY at_us") == [
        {"event": "journal-failed"},
        {"event": "journal-recovered"},
    ]
