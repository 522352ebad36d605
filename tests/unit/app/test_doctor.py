"""`farshore doctor` on the lab's tailnet, and `diagnose` on what it wrote: the same answer."""

import asyncio
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.store.journals import KEEP, ended

from farshore.app.cli import run
from farshore.app.exits import Exit
from farshore.collect import pings
from farshore.core.clock import SystemClock
from farshore.lab import faults
from farshore.lab.stage import POSTGRES, R1, Stage, set_stage
from farshore.store.ledger import Batch, Ledger

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The lab in a loop and a thread of its own, as a daemon beside the command."""
    monkeypatch.setattr(pings, "PATIENCE_S", 0.6)
    monkeypatch.setattr(pings, "BETWEEN_TRIES_S", 0.1)
    ready, done = threading.Event(), asyncio.Event()
    held: list[tuple[Stage, asyncio.AbstractEventLoop]] = []

    async def play() -> None:
        async with set_stage(SystemClock()) as standing:
            held.append((standing, asyncio.get_running_loop()))
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(play()))
    thread.start()
    assert ready.wait(10)
    standing, loop = held[0]
    yield standing
    loop.call_soon_threadsafe(done.set)
    thread.join()


@pytest.fixture
def doctor(stage: Stage, tmp_path: Path) -> Callable[..., Exit]:
    """The command, with a configuration for the lab."""
    config = tmp_path / "farshore.yaml"
    daemon = stage.daemon
    config.write_text(
        json.dumps(
            {
                "egresses": {"tn": {"kind": "tailscaled", "socket": str(daemon.socket), "socks5": str(daemon.socks5)}},
                "routes": [{"name": "db", "listen": 18082, "target": str(POSTGRES), "protocol": "postgres"}],
            }
        )
    )
    return lambda *arguments: run(["doctor", "-c", str(config), "--url", NOBODY, *arguments])


def answer(capsys: pytest.CaptureFixture[str]) -> list[tuple[str | None, str]]:
    verdicts = json.loads(capsys.readouterr().out)["verdicts"]
    return [(verdict["code"], verdict["confidence"]) for verdict in verdicts]


def test_nothing_wrong(doctor: Callable[..., Exit], capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor("db") == Exit.OK
    out = capsys.readouterr().out
    assert "the target speaks postgres" in out
    assert out.endswith("Nothing wrong in what was given.\n")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults.RouterDead(R1), "M01"),
        (faults.TargetRefuses(POSTGRES), "M05"),
        (faults.RoutesNotAccepted(), "M07"),
    ],
    ids=["M01", "M05", "M07"],
)
@pytest.mark.parametrize("redact", ["names", "addresses"])
def test_a_cause_is_named_and_named_again_from_the_archive(
    stage: Stage,
    doctor: Callable[..., Exit],
    fault: faults.Fault,
    code: str,
    redact: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stage.daemon.inject(fault)
    bundle = tmp_path / "b.tar.gz"
    assert doctor("--format", "json", "--bundle", str(bundle), "--redact", redact) == Exit.FAILED
    told = answer(capsys)
    assert [each for each, _ in told] == [code]
    assert run(["diagnose", str(bundle), "--format", "json"]) == Exit.FAILED
    assert answer(capsys) == told
    with tarfile.open(bundle) as archive:
        texts = [file.read() for member in archive if (file := archive.extractfile(member)) is not None]
    assert any(b"172.16.20." in text for text in texts) == (redact == "names")


def test_what_the_gateway_s_journal_remembers_is_taken_in(
    doctor: Callable[..., Exit], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, journal, archive = tmp_path / "farshore.yaml", tmp_path / "journal.db", tmp_path / "seen.tar.gz"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"journal": {"path": str(journal)}}))
    assert doctor() is Exit.OK
    assert "journal.db: not collected: no such file or directory" in " ".join(capsys.readouterr().out.split())
    clock = SystemClock()
    ledger = Ledger(journal, KEEP, clock, lambda _: None)
    ledger.write(Batch(entries=[(clock.wall_s() - 5, ended(4711))]))
    ledger.close(0)
    assert doctor("--bundle", str(archive)) is Exit.OK
    with tarfile.open(archive) as opened:
        [member] = [each for each in opened.getmembers() if each.name.endswith("journal.log")]
        content = opened.extractfile(member)
        assert content is not None
        assert json.loads(content.read())["connection"] == 4711


def test_what_the_journal_remembers_from_before_is_of_another_outage(
    doctor: Callable[..., Exit], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, journal, archive = tmp_path / "farshore.yaml", tmp_path / "journal.db", tmp_path / "seen.tar.gz"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"journal": {"path": str(journal)}}))
    clock = SystemClock()
    ledger = Ledger(journal, KEEP, clock, lambda _: None)
    ledger.write(Batch(entries=[(clock.wall_s() - ago_s, ended(number)) for number, ago_s in ((1, 90), (2, 2))]))
    ledger.close(0)
    since = datetime.fromtimestamp(clock.wall_s() - 45, UTC).isoformat()
    assert doctor("--bundle", str(archive), "--since", since) is Exit.OK
    with tarfile.open(archive) as opened:
        [member] = [each for each in opened.getmembers() if each.name.endswith("journal.log")]
        content = opened.extractfile(member)
        assert content is not None
        assert [json.loads(line)["connection"] for line in content.read().splitlines()] == [2]


def test_a_broken_hop_that_no_cause_explains_is_undecided(
    stage: Stage,
    doctor: Callable[..., Exit],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("farshore.diagnosis.engine.CATALOGUE", ())
    stage.daemon.inject(faults.LoggedOut())
    bundle = tmp_path / "b.tar.gz"
    assert doctor("db", "--bundle", str(bundle)) == Exit.UNDECIDED
    assert "no known cause explains what is broken" in capsys.readouterr().out
    assert run(["diagnose", str(bundle)]) == Exit.UNDECIDED
    assert "no known cause explains what is broken" in capsys.readouterr().out


def test_a_broken_hop_of_which_no_fact_speaks_is_undecided(
    stage: Stage, doctor: Callable[..., Exit], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farshore.diagnosis.engine.CATALOGUE", ())
    monkeypatch.setattr("farshore.diagnosis.engine.unexplained", lambda _: ())
    stage.daemon.inject(faults.LoggedOut())
    assert doctor("db") == Exit.UNDECIDED
    assert "no known cause explains it" in capsys.readouterr().err


def test_what_was_brought_is_read_and_what_was_not_is_listed(
    stage: Stage,
    doctor: Callable[..., Exit],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    stage.daemon.inject(faults.TargetRefuses(POSTGRES))
    bundle, log = tmp_path / "b.tar.gz", tmp_path / "router.log"
    log.write_text("2026/03/04 05:06:07 netstack: could not connect to local backend server at 172.16.20.88:5432\n")
    both = ("db", "--log", str(log), "--log", str(tmp_path / "no.log"), "--bundle", str(bundle))
    assert doctor(*both) == Exit.FAILED
    out = capsys.readouterr().out
    # A long path is wrapped.
    assert f"‼{tmp_path / 'no.log'}:Nosuchfileordirectory" in "".join(out.split())
    assert "· Kubernetes: this is no pod" in out
    assert doctor(*both, "--format", "json") == Exit.FAILED
    told = json.loads(capsys.readouterr().out)
    assert run(["diagnose", str(bundle), "--format", "json"]) == Exit.FAILED
    again = json.loads(capsys.readouterr().out)
    assert [verdict["code"] for verdict in told["verdicts"]] == [verdict["code"] for verdict in again["verdicts"]]
    for said in (told, again):
        assert [each["reason"] for each in said["unread"]] == [
            f"{tmp_path / 'no.log'}: not collected: No such file or directory"
        ]
    with tarfile.open(bundle) as archive:
        names = [Path(member.name).name for member in archive]
    assert {"bus.jsonl", "metrics.txt", "log-1-router.log"} <= set(names)


def test_what_a_file_names_is_taken_out_of_the_list_and_of_the_archive(
    doctor: Callable[..., Exit], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hidden, bundle = tmp_path / "hidden", tmp_path / "b.tar.gz"
    assert doctor("db") is Exit.OK
    assert "r1" in capsys.readouterr().out
    hidden.write_text("r1\n")
    assert doctor("db", "--hide", str(hidden), "--bundle", str(bundle)) is Exit.OK
    assert "r1" not in capsys.readouterr().out
    with tarfile.open(bundle) as archive:
        texts = [file.read() for member in archive if (file := archive.extractfile(member)) is not None]
    assert texts
    assert not [text for text in texts if b'"r1' in text]
    assert doctor("db", "--hide", str(tmp_path / "none")) is Exit.USAGE
    assert "--hide: " in capsys.readouterr().err


def test_what_was_not_tested_leaves_it_undecided(
    doctor: Callable[..., Exit], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pings, "PATIENCE_S", 5.0)
    assert doctor("db", "--within", "2") == Exit.UNDECIDED
    told = capsys.readouterr()
    assert "pings of the router: not tested: out of time" in told.out
    assert "out of time before everything was tested" in told.err
    assert doctor("db", "--within", "nan") == Exit.USAGE
    assert "--within takes seconds, from 1 up." in capsys.readouterr().err


def test_what_is_not_there_is_refused_in_a_sentence(
    doctor: Callable[..., Exit], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor("nonsense") == Exit.USAGE
    assert "has no route nonsense; it has db." in capsys.readouterr().err
    assert run(["doctor", "--url", NOBODY]) == Exit.USAGE
    assert "name one as HOST:PORT" in capsys.readouterr().err
    assert doctor("db", "--bundle", str(tmp_path / "no" / "b.tgz")) == Exit.USAGE
    assert "cannot be written" in capsys.readouterr().err


def test_without_any_tailscaled_it_says_where_it_looked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farshore.tailnet.discover.discover.__defaults__", ((Path("/nowhere/s.sock"),), ()))
    assert run(["doctor", "10.9.8.7:1433", "--url", NOBODY]) == Exit.FAILED
    out = capsys.readouterr().out
    assert "M23" in out
    assert "no tailscaled was found on this host" in out
    assert "farshore doctor -c FILE" in " ".join(out.split())
    assert "looked at /nowhere/s.sock (No such file or directory); start it with" in " ".join(out.split())
    assert run(["doctor", "10.9.8.7", "--url", NOBODY]) == Exit.USAGE
    assert "10.9.8.7 is no target as HOST:PORT, and no gateway runs" in capsys.readouterr().err
