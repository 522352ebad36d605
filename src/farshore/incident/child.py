"""A `farshore` of its own beside the gateway: nicer to others, bounded in time, ended when nobody waits. I/O."""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

NICER = 10
PROGRAM = (sys.executable, "-m", "farshore")
# Whoever starts the gateway may keep secrets in its environment: only what Python and the doctor go by is handed on.
_PASSED_ON = re.compile(
    r"PATH|HOME|USER|LANG|LC_[A-Z]+|TZ|TMPDIR|PYTHON[A-Z]*|VIRTUAL_ENV|LD_LIBRARY_PATH|COLUMNS|SSL_CERT_(?:FILE|DIR)"
    r"|KUBERNETES_SERVICE_(?:HOST|PORT)|DBUS_SYSTEM_BUS_ADDRESS|XDG_[A-Z_]+"
    r"|(?:HTTPS?|NO|ALL)_PROXY|(?:https?|no|all)_proxy"
)
STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A child's environment, and its standard input, for what must stand neither there nor on a command line."""

    environment: dict[str, str] = field(repr=False)
    told: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The gateway's environment, and the secrets that it knows by now: `hidden` may read files."""

    environment: Mapping[str, str] = field(repr=False)
    hidden: Callable[[], Iterable[str]]

    def given(self, needed: Iterable[str | None] = ()) -> Given:
        """What a child gets: nothing of the environment that may be a secret, but for the variables it has need of.

        The secrets go to its standard input, one a line, as `--hide` takes them. Reads files.
        """
        named = frozenset(needed)
        passed = {name: each for name, each in self.environment.items() if name in named or _PASSED_ON.fullmatch(name)}
        return Given(environment=passed, told="".join(f"{each}\n" for each in self.hidden()).encode())


class ChildFailedError(Exception):
    """It did not do what it was asked for; `str()` says why."""


async def output(
    command: Sequence[str],
    name: str,
    *,
    well: Collection[int],
    within_s: float,
    given: Given,
) -> bytes:
    """What it printed, where it ended with one of the exit codes that mean `well`. `name` is how it is spoken of.

    It is killed when it takes longer than `within_s`, or when nobody waits for it any more.

    Raises:
        ChildFailedError: it could not be started, did not end, or ended otherwise.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=given.environment,
        )
    except OSError as error:
        msg = f"{name} cannot be started: {error.strerror}"
        raise ChildFailedError(msg) from error
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICER)
    try:
        async with asyncio.timeout(within_s):
            said, complained = await process.communicate(given.told)
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
