"""The script is run by whatever sh there is, beside a `tailscale` that prints what a real one prints."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from farshore.collect.script import System, script_for
from farshore.core.address import parse_host_port

TARGET = parse_host_port("10.9.8.7:1433")
SHELLS = [found for shell in ("dash", "bash", "sh") if (found := shutil.which(shell))]
FAKE = """#!/bin/sh
case "$1" in
status) echo '{"BackendState": "Running", "PublicKey": "nodekey:0123456789abcdef01", "LoginName": "jo@b.example"}' ;;
debug) exit 3 ;;
esac
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH whose first `tailscale`, `nc` and `journalctl` are ours."""
    for name, text in (
        ("tailscale", FAKE),
        ("nc", "#!/bin/sh\necho 'Connection refused' >&2\nexit 1\n"),
        ("journalctl", "#!/bin/sh\necho 'a line of jo.doe@b.example with tskey-auth-abc'\n"),
    ):
        file = tmp_path / name
        file.write_text(text)
        file.chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


@pytest.mark.parametrize("shell", SHELLS)
def test_it_reports_section_by_section_and_leaves_secrets_out(shell: str, path: str) -> None:
    script = script_for(System.LINUX, [TARGET])
    done = subprocess.run(
        [shell], input=script, capture_output=True, text=True, env={"PATH": path}, timeout=30, check=True
    )
    assert done.stderr == ""
    marks = [line for line in done.stdout.splitlines() if line.startswith("==== ")]
    assert (marks[0], marks[-1]) == ("==== router report: about ====", "==== router report: end ====")
    assert '"BackendState": "Running"' in done.stdout
    assert "(ended with 3)" in done.stdout
    assert "connect 10.9.8.7:1433: failed: Connection refused" in done.stdout
    assert not [secret for secret in ("0123456789abcdef", "jo@", "jo.doe@", "tskey-auth") if secret in done.stdout]


@pytest.mark.parametrize("system", System)
def test_it_is_short_plain_and_only_reads(system: System) -> None:
    script = script_for(system, [TARGET])
    assert "@TARGETS@" not in script
    assert str(TARGET) in script
    assert len(script.splitlines()) < 100
    assert max(map(len, script.splitlines())) < 160
    code = [line for line in script.splitlines() if not line.lstrip().startswith("#")]
    changing = (
        "rm ",
        "sudo ",
        "curl",
        "wget",
        "tee ",
        "Set-",
        "Remove-",
        "Invoke-",
        "Restart-",
        "tailscale up",
        "set --accept",
    )
    assert [line for line in code if any(word in line for word in changing)] == []


def test_without_a_target_it_connects_to_nobody(path: str) -> None:
    done = subprocess.run(
        ["/bin/sh"],
        input=script_for(System.LINUX),
        capture_output=True,
        text=True,
        env={"PATH": path},
        timeout=30,
        check=True,
    )
    assert "connect " not in done.stdout
