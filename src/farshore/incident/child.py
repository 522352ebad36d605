"""A `farshore` of its own beside the gateway: nicer to others, bounded in time, ended when nobody waits. I/O."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Collection, Sequence

NICER = 10
PROGRAM = (sys.executable, "-m", "farshore")


class ChildFailedError(Exception):
    """It did not do what it was asked for; `str()` says why."""


async def output(command: Sequence[str], name: str, *, well: Collection[int], within_s: float) -> bytes:
    """What it printed, where it ended with one of the exit codes that mean `well`. `name` is how it is spoken of.

    It is killed when it takes longer than `within_s`, or when nobody waits for it any more.

    Raises:
        ChildFailedError: it could not be started, did not end, or ended otherwise.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        msg = f"{name} cannot be started: {error.strerror}"
        raise ChildFailedError(msg) from error
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICER)
    try:
        async with asyncio.timeout(within_s):
            said, complained = await process.communicate()
    except TimeoutError as error:
        msg = f"{name} did not end within {within_s:g} s"
        raise ChildFailedError(msg) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode in well:
        return said
    last = complained.decode(errors="replace").strip().rpartition("\n")[2]
    msg = f"{name} ended with {process.returncode}: {last[:500]}"
    raise ChildFailedError(msg)
