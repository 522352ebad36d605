"""Run `farshore` with the arguments after the first; on SIGUSR2 it says how many tasks and threads it has.

It says so on the descriptor that the first argument names.

The only way to count the tasks of a real gateway without giving the product a door for it.
"""

import asyncio
import json
import os
import runpy
import signal
import sys
import threading

DESCRIPTOR = int(sys.argv.pop(1))


def say(_signal: int, _frame: object) -> None:
    """One JSON line. A signal handler runs on the loop's own thread, between two callbacks."""
    counts = {"tasks": len(asyncio.all_tasks()), "threads": threading.active_count()}
    os.write(DESCRIPTOR, json.dumps(counts).encode() + b"\n")


if __name__ == "__main__":
    signal.signal(signal.SIGUSR2, say)
    sys.argv[0] = "farshore"
    runpy.run_module("farshore", run_name="__main__", alter_sys=True)
