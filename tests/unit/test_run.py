"""`tests/run`: what fails twice fails the lane, what fails once is named."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[1] / "run"
ONCE = """
from pathlib import Path
def test_well():
    Path({ran!r}).open("a").write("well ")
def test_bad_moment():
    ran = Path({ran!r})
    ran.open("a").write("bad ")
    assert ran.read_text().count("bad") > {fails}
"""


@pytest.mark.parametrize(
    ("fails", "code", "again", "ran"),
    [(0, 0, [], "well bad "), (1, 0, ["test_bad_moment"], "well bad bad "), (2, 1, [], "well bad bad ")],
    ids=["never", "once", "twice"],
)
def test_what_fails_runs_once_more(tmp_path: Path, fails: int, code: int, again: list[str], ran: str) -> None:
    log, lane = tmp_path / "ran", tmp_path / "test_lane.py"
    lane.write_text(ONCE.format(ran=str(log), fails=fails))
    done = run(tmp_path, lane)
    assert (done.returncode, log.read_text()) == (code, ran)
    assert re.findall(r"^passed only when run again: .*::(\w+)$", done.stdout, re.MULTILINE) == again


def test_what_cannot_be_collected_is_not_run_again(tmp_path: Path) -> None:
    lane = tmp_path / "test_lane.py"
    lane.write_text("import no_such_module")
    done = run(tmp_path, lane)
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "once more" not in done.stdout


def test_a_skip_that_ci_does_not_accept_stays_a_failure(tmp_path: Path) -> None:
    lane = tmp_path / "test_lane.py"
    lane.write_text("import pytest\ndef test_part(): pytest.skip('not installed')")
    (tmp_path / "conftest.py").write_text(
        "def pytest_sessionfinish(session):\n    if session.exitstatus == 0: session.exitstatus = 1"
    )
    assert run(tmp_path, lane).returncode == pytest.ExitCode.TESTS_FAILED


def run(folder: Path, lane: Path) -> subprocess.CompletedProcess[str]:
    options = [f"--rootdir={folder}", "-c", os.devnull, "-p", "no:randomly", "-o", f"cache_dir={folder / 'cache'}"]
    return subprocess.run(
        [RUN, *options, str(lane)],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
