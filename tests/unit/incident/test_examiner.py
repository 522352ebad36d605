"""What becomes of a doctor that answers, dies, hangs or talks nonsense."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import pytest
from tests.unit.incident.making import published

from farshore.config.load import load
from farshore.config.model import Config
from farshore.incident import examiner as room
from farshore.incident.child import Surroundings
from farshore.incident.examiner import Examined, Examiner, NotExamined

pytestmark = pytest.mark.anyio

CONFIG = """
egresses: {ts: {kind: socks5, address: 127.0.0.1:1055, tailscale_ips: [100.64.0.1]}}
routes:
  - {name: a, listen: 8082, target: 172.16.20.88:1433}
  - {name: b, listen: 8083, target: 172.16.20.89:1433}
  - {name: many, listen: 9000-9002, target: 172.16.20.90:9000-9002}
control: {kind: headscale, url: "http://127.0.0.1:9", key_env: HEADSCALE_KEY}
otel: {endpoint: "http://127.0.0.1:4318", headers: {Authorization: {plain: "Bearer k3y"}}}
notify:
  - {webhook: {url: {plain: "https://tickets.example/k3y"}}, routes: [b]}
"""
BESIDE = Surroundings(
    environment={**os.environ, "HEADSCALE_KEY": "k3y-of-headscale", "HOOK": "https://a.example/s3cret"},
    hidden=lambda: ["hushhush"],
)
WELL = """
import json, os, pathlib, sys
asked = dict(zip(sys.argv[2::2], sys.argv[3::2]))
pathlib.Path(asked["--bundle"]).write_bytes(b"evidence")
secret = [asked["--hide"] == "-" and sys.stdin.read(), os.environ.get("HEADSCALE_KEY"), os.environ.get("HOOK")]
pathlib.Path({seen!r}).write_text(json.dumps([sys.argv[1], asked, pathlib.Path(asked["--config"]).read_text(), secret]))
print({answer!r})
sys.exit({code})
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "farshore.yaml"
    file.write_text(CONFIG)
    loaded = load(file)
    assert loaded.config is not None, loaded.problems
    return loaded.config


def doctor(config: Config, program: str, url: str | None = None) -> Examiner:
    return Examiner(lambda: config, url, BESIDE, program=(sys.executable, "-c", program))


async def test_it_asks_doctor_about_these_routes_alone(config: Config, tmp_path: Path) -> None:
    seen, answer = tmp_path / "seen", published("M01")
    program = WELL.format(seen=str(seen), answer=msgspec.json.encode(answer).decode(), code=1)
    examiner = doctor(config, program, "http://127.0.0.1:9809")
    found = await examiner.examine(["a", "many:9001"], within_s=5.5, since_s=1_790_000_000.25)
    assert found == Examined(diagnosis=answer, bundle=b"evidence")
    command, asked, written, secret = msgspec.json.decode(seen.read_bytes())
    assert secret == ["hushhush\n", "k3y-of-headscale", None]
    assert (command, asked["--url"], asked["--format"]) == ("doctor", "http://127.0.0.1:9809", "json")
    assert (asked["--within"], asked["--since"]) == ("5.5", "2026-09-21T14:13:20.250000+00:00")
    (tmp_path / "asked.json").write_text(written)
    read = load(tmp_path / "asked.json").config
    assert read is not None
    assert [route.label for route in read.routes] == ["a", "many"]
    assert read.egresses == config.egresses
    # Who is told is nobody's business there, and its passwords least of all.
    assert config.notify
    assert read.notify == ()
    assert config.otel
    assert read.otel is None


@pytest.mark.parametrize("code", [0, 3])
async def test_well_and_undecided_are_diagnoses_as_well(config: Config, tmp_path: Path, code: int) -> None:
    answer = msgspec.json.encode(published(None)).decode()
    found = await doctor(config, WELL.format(seen=str(tmp_path / "seen"), answer=answer, code=code)).examine(["a"])
    assert isinstance(found, Examined)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; print('no such thing', file=sys.stderr); sys.exit(2)", "doctor ended with 2: no such thing"),
        ("print('{}')", "what doctor said is no diagnosis: Object missing required field"),
        ("print('nonsense')", "what doctor said is no diagnosis: "),
    ],
)
async def test_what_is_no_diagnosis_says_why(config: Config, program: str, reason: str) -> None:
    found = await doctor(config, program).examine(["a"])
    assert isinstance(found, NotExamined)
    assert found.reason.startswith(reason)


async def test_a_doctor_that_hangs_is_ended(config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(room, "LONGEST_S", 0.5)
    found = await doctor(config, "import time; time.sleep(600)").examine(["a"])
    assert found == NotExamined(reason="doctor did not end within 0.5 s")


async def test_a_doctor_for_whom_nobody_waits_any_more_is_ended(config: Config, tmp_path: Path) -> None:
    started = tmp_path / "pid"
    os.mkfifo(started)
    program = f"import os, time; open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    asking = asyncio.create_task(doctor(config, program).examine(["a"]))
    pid = await asyncio.to_thread(started.read_text)
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


async def test_a_doctor_that_is_not_there_says_why(config: Config) -> None:
    found = await Examiner(lambda: config, None, BESIDE, program=("/nonexistent/farshore",)).examine(["a"])
    assert found == NotExamined(reason="doctor cannot be started: No such file or directory")


async def test_routes_that_are_gone_are_not_looked_at(config: Config) -> None:
    found = await doctor(config, "raise AssertionError").examine(["gone"])
    assert found == NotExamined(reason="the configuration has these routes no more")
