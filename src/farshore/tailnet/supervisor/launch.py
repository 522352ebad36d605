"""Becomes the program that it is given, and makes sure that the program dies with whoever started it.

Run as a script: `python -I -S launch.py PARENT PROGRAM ARGUMENT...`. A signal at the parent's death
(prctl(2), PR_SET_PDEATHSIG) survives execve(2), and ends even a program that was stopped with SIGSTOP. It cannot be set
between fork and exec of a process with threads, nor by the parent; hence this step.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
NOT_STARTED = 127  # what a shell says of a program that it could not start


def become(parent: int, command: list[str]) -> int:
    """Execute the command in place of this process; returns only if that cannot be done."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return NOT_STARTED  # it died before the signal was set
    try:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
    return NOT_STARTED


if __name__ == "__main__":
    sys.exit(become(int(sys.argv[1]), sys.argv[2:]))
