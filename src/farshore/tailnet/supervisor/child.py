"""One life of tailscaled as a process: its command line, its environment, what it says, and how it is ended."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from farshore.config.tailscaled import Tailscaled
from farshore.tailnet.supervisor import launch

TERM_S = 5.0
LAST_WORDS_S = 1.0
MAX_LINE = 4096

# Whoever starts Farshore may keep secrets in its environment; only what tailscaled understands is handed on.
_PASSED_ON = re.compile(
    r"PATH|HOME|USER|LANG|LC_ALL|TZ|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR|KUBERNETES_SERVICE_(?:HOST|PORT)"
    r"|GO(?:DEBUG|MAXPROCS|MEMLIMIT|GC)|(?:HTTPS?|NO|ALL)_PROXY|(?:https?|no|all)_proxy|TS_[A-Z0-9_]+"
)
_SECRET = re.compile(r"TS_.*(?:KEY|SECRET|TOKEN|PASS|OAUTH|ID_TOKEN)")


def command_of(settings: Tailscaled, program: Path, socket: Path, state_dir: Path, port: int) -> list[str]:
    """Tailscaled's command line (cmd/tailscaled/tailscaled.go at v1.102.3). Nothing secret is on it.

    `port` is for UDP; where somebody else has it by then, tailscaled takes another.
    """
    command = [
        str(program),
        "--tun=userspace-networking",
        f"--statedir={state_dir}",
        f"--socket={socket}",
        f"--port={port}",
    ]
    if settings.socks5 is not None:
        command.append(f"--socks5-server={settings.socks5}")
    return command


def environment_of(inherited: Mapping[str, str]) -> dict[str, str]:
    """What of the environment is handed on: proxies, certificates, tailscaled's own knobs, and no key of any kind."""
    return {
        name: value for name, value in inherited.items() if _PASSED_ON.fullmatch(name) and not _SECRET.fullmatch(name)
    }


class Child:
    """A running tailscaled. Dies with this process, whatever ends it."""

    def __init__(self, process: asyncio.subprocess.Process, output: int, said: Callable[[bytes], None]) -> None:
        """`output` is the reading end of what it writes to, and belongs to the child from now on."""
        self._process = process
        self._reader = asyncio.get_running_loop().create_task(_read(output, said))

    @classmethod
    async def start(cls, command: list[str], environment: Mapping[str, str], said: Callable[[bytes], None]) -> "Child":
        """Start it; `said` gets each of its lines.

        Raises:
            OSError: it could not be started.
        """
        launcher = [sys.executable, "-I", "-S", launch.__file__, str(os.getpid())]
        # A pipe of our own: asyncio's would let `wait` last as long as anybody has the writing end.
        output, written = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *launcher,
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                env=dict(environment),
                start_new_session=True,  # Ctrl-C asks Farshore alone, which drains first
            )
        except BaseException:
            os.close(output)
            raise
        finally:
            os.close(written)
        return cls(process, output, said)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def has_failed(self) -> bool:
        """Whether it ended by itself, and not well."""
        return (self._process.returncode or 0) > 0

    async def wait(self) -> str:
        """Wait for its end, and say how it ended."""
        code = await self._process.wait()
        # Somebody whom tailscaled has started may keep its output open after it.
        await asyncio.wait({self._reader}, timeout=LAST_WORDS_S)
        self._reader.cancel()
        if code >= 0:
            return f"tailscaled ended with exit code {code}"
        try:
            return f"tailscaled was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"tailscaled was ended by signal {-code}"

    async def end(self, *, grace_s: float = TERM_S) -> None:
        """Ask it to end (SIGTERM), and kill it if it has not done so within the grace."""
        self._send(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace_s):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()

    def kill(self) -> None:
        """End it at once."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            try:
                self._process.send_signal(number)
            except ProcessLookupError:
                return


async def _read(output: int, said: Callable[[bytes], None]) -> None:
    """Hand on line after line; of an endless one only the beginning."""
    stream = asyncio.StreamReader()
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(output, "rb", buffering=0)
    )
    line = bytearray()
    try:
        while part := await stream.read(1 << 16):
            *whole, rest = part.split(b"\n")
            for end in whole:
                said(bytes(line + end)[:MAX_LINE])
                line.clear()
            line += rest
            del line[MAX_LINE:]
        if line:
            said(bytes(line))
    finally:
        pipe.close()
