"""The command against a listener on loopback."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit


@pytest.fixture
def target() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def probed(target: str, folder: Path, *flags: str) -> Exit:
    journal = str(folder / "probe.db")
    return run(["probe", target, "--direct", "--journal", journal, "--format", "json", *flags])


def test_every_due_time_has_its_probe(target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert probed(target, tmp_path, "--for", "100ms", "--every", "5ms") is Exit.OK
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["finished"]) == ("farshore.health-check/1", True)
    assert (told["probes"], told["successful"]) == (20, 20)


def test_below_the_objective_it_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = f"127.0.0.1:{gone.getsockname()[1]}"
    assert probed(nobody, tmp_path, "--for", "50ms", "--every", "5ms") is Exit.FAILED
    told = json.loads(capsys.readouterr().out)
    assert told["codes"] == {"target.dial.refused": 10}
    assert [burst["failed"] for burst in told["bursts"]] == [10]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--for", "soon"], "--for and --every take"),
        (["--for", "1ms", "--every", "1s"], "--for at least as much"),
        (["--for", "300h", "--every", "10ms"], "more than 10,000,000 probes"),
        (["--concurrency", "0"], "--concurrency takes"),
        (["--slo", "101"], "a percentage"),
        (["--path", "a", "--every-path"], "exclude each other"),
        (["--resume"], "has no check of 127.0.0.1"),
        (["--query", "SELECT 1"], "write a route with `probe_login:`, name its file with -c"),
    ],
)
def test_what_cannot_be_is_refused(
    flags: list[str], says: str, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert probed(target, tmp_path, *flags) is Exit.USAGE
    assert says in capsys.readouterr().err


def test_a_place_for_no_journal_is_refused(target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert probed(target, tmp_path / "absent") is Exit.USAGE
    assert "name another one with --journal" in capsys.readouterr().err
