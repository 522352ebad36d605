"""The systemd unit, as systemd reads it."""

import re
import subprocess
import sys
from pathlib import Path

from tests.interop.parts import program

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "farshore.service"


def analyze(*words: object) -> subprocess.CompletedProcess[str]:
    command = [program("systemd-analyze", "systemd"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    farshore = Path(sys.executable).with_name("farshore")
    installed = tmp_path / UNIT.name
    installed.write_text(UNIT.read_text().replace("/opt/farshore/bin/farshore", str(farshore)))
    done = analyze("verify", installed)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_is_confined() -> None:
    done = analyze("security", "--offline=true", UNIT)
    (level,) = re.findall(r"Overall exposure level for farshore.service: (\d+\.\d+)", done.stdout)
    assert float(level) < 2.5, done.stdout
