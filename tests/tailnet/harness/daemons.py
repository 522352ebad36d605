"""A program that runs inside a namespace for as long as the test wants, with its log kept."""

import os
import signal
import subprocess
from pathlib import Path
from typing import IO

from tests.tailnet.harness.namespaces import Namespace


class Daemon:
    """One started program. It is ended by its process id, never by a name."""

    def __init__(self, namespace: Namespace, log: Path, *command: str, env: dict[str, str] | None = None) -> None:
        """Start it; what it says on both streams is appended to `log`."""
        with log.open("ab") as output:
            self._process = self._start(namespace, output, command, env)
        self.log = log

    @staticmethod
    def _start(
        namespace: Namespace, output: IO[bytes], command: tuple[str, ...], env: dict[str, str] | None
    ) -> subprocess.Popen[bytes]:
        return namespace.popen(*command, env=env, stdout=output, stderr=subprocess.STDOUT)

    @property
    def pid(self) -> int:
        """Its process id, also after it ended."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    @property
    def is_running(self) -> bool:
        """Whether it is there, stopped (SIGSTOP) or not."""
        return self._process.poll() is None

    def log_text(self) -> str:
        """Everything it has said so far."""
        return self.log.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.is_running:
            os.kill(self.pid, number)

    def stop(self, number: signal.Signals = signal.SIGTERM, *, deadline_s: float = 10.0) -> None:
        """Signal it and wait; SIGKILL when it doesn't end within `deadline_s` seconds."""
        self.send(number)
        self.send(signal.SIGCONT)
        try:
            self._process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self._process.wait()
