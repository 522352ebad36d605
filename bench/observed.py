"""Run `farshore` so that it can be looked into from outside, without giving the product a door for it.

    python bench/observed.py DESCRIPTOR FILE serve -c ...

SIGUSR2: the numbers of tasks and threads go to the descriptor, as one JSON line. SIGUSR1: profiling begins; SIGUSR1
again: the profile is in the file, and "profiled" goes to the descriptor. A signal handler runs on the loop's own
thread, between two callbacks.
"""

import asyncio
import cProfile
import json
import os
import runpy
import signal
import sys
import threading
import time

DESCRIPTOR, FILE = int(sys.argv.pop(1)), sys.argv.pop(1)


class _Profile:
    """CPU time of the loop's thread, not elapsed time: others use the machine, too."""

    def __init__(self) -> None:
        self._profile = cProfile.Profile(time.thread_time_ns, 1e-9)
        self._is_on = False

    def toggle(self, _signal: int, _frame: object) -> None:
        self._is_on = not self._is_on
        if self._is_on:
            self._profile.enable()
            return
        self._profile.disable()
        self._profile.dump_stats(FILE)
        _say("profiled")


def count(_signal: int, _frame: object) -> None:
    """Say how many tasks and threads there are."""
    _say({"tasks": len(asyncio.all_tasks()), "threads": threading.active_count()})


def _say(what: object) -> None:
    os.write(DESCRIPTOR, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _Profile().toggle)
    signal.signal(signal.SIGUSR2, count)
    sys.argv[0] = "farshore"
    runpy.run_module("farshore", run_name="__main__", alter_sys=True)
