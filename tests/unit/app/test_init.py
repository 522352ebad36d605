"""Dividing is done in a process of its own; as process 1 of a PID namespace it is tested on the real tailnet."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

PROGRAM = """
import os, signal, sys, time
from farshore.app import init
code = init.divide()
if code is not None:
    sys.exit(code)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
signal.signal(signal.SIGHUP, lambda *_: print("reloaded", flush=True))
print(os.getpid(), flush=True)
while True:
    time.sleep(60)
"""


@contextmanager
def divided() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The first process, and the number of the program."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        program = int(first.stdout.readline())
        assert program != first.pid
        yield first, program


def test_signals_are_handed_on_and_the_programs_exit_code_is_ours() -> None:
    with divided() as (first, _):
        first.send_signal(signal.SIGHUP)
        assert first.stdout is not None
        assert first.stdout.readline() == "reloaded\n"
        first.send_signal(signal.SIGTERM)
        assert first.wait(30) == 7


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_program_that_was_killed_is_told_as_a_shell_does(number: signal.Signals) -> None:
    with divided() as (first, program):
        os.kill(program, number)
        assert first.wait(30) == 128 + number
