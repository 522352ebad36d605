import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from farshore.tailnet.supervisor import launch
from farshore.tailnet.supervisor.launch import NOT_STARTED

LAUNCH = [sys.executable, "-I", "-S", launch.__file__]


def test_it_becomes_the_program_with_its_arguments() -> None:
    done = subprocess.run(
        [*LAUNCH, str(os.getpid()), "/bin/echo", "a b", "$c"], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "a b $c\n"


def test_a_program_that_is_not_there_is_told() -> None:
    command = [*LAUNCH, str(os.getpid()), "/no/such/program"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (NOT_STARTED, "/no/such/program: No such file or directory\n")


def test_nothing_is_started_for_a_parent_that_is_gone() -> None:
    command = [*LAUNCH, "999999999", "/bin/echo", "alive"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (NOT_STARTED, "")


@pytest.mark.parametrize("stopped", [False, True], ids=["running", "stopped"])
def test_it_dies_with_its_parent(tmp_path: Path, stopped: bool) -> None:  # noqa: FBT001 - a table's column
    """The parent is a program between: it starts the child, says its number, and waits."""
    program = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen({LAUNCH!r} + [str(os.getpid()), '/bin/sleep', '600'])\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        watch = os.pidfd_open(child)
        while Path(f"/proc/{child}/comm").read_text() != "sleep\n":
            os.sched_yield()
        if stopped:
            os.kill(child, signal.SIGSTOP)
        parent.kill()
    try:
        ready, _, _ = select.select([watch], [], [], 30)
        assert ready == [watch]
    finally:
        os.close(watch)
