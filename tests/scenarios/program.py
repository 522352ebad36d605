"""The real program as a child process: its configuration, its log as events, and a target to carry to."""

import json
import queue
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ports import free_port

PATIENCE_S = 60
FARSHORE = [sys.executable, "-m", "farshore"]


@dataclass(kw_only=True)
class Settings:
    """A gateway on loopback whose one route goes to `target` through this host's own network."""

    target: int
    listen: int = field(default_factory=free_port)
    health: int = field(default_factory=free_port)
    admin: int = field(default_factory=free_port)
    settle: str = "0s"
    grace: str = "60s"

    def write(self, folder: Path) -> Path:
        path = folder / "farshore.json"
        path.write_text(
            json.dumps(
                {
                    "egresses": {"out": {"kind": "direct"}},
                    "routes": [
                        {
                            "name": "echo",
                            "listen": f"127.0.0.1:{self.listen}",
                            "target": f"127.0.0.1:{self.target}",
                            "allow_direct": True,
                        }
                    ],
                    "drain": {"settle": self.settle, "grace": self.grace},
                    "health": f"127.0.0.1:{self.health}",
                    "admin": f"127.0.0.1:{self.admin}",
                }
            )
        )
        return path

    @property
    def status_url(self) -> str:
        return f"http://127.0.0.1:{self.admin}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.listen), timeout=PATIENCE_S)

    def echo(self, said: bytes) -> bytes:
        """One connection: what comes back until the end."""
        with self.connect() as client:
            client.sendall(said)
            heard = b""
            while len(heard) < len(said) and (received := client.recv(65536)):
                heard += received
        return heard


class Program:
    """A running `farshore serve`, and what it has logged."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def events(self) -> Iterator[dict[str, Any]]:
        """What it logs, as it comes, to the end of its output."""
        while line := self._lines.get(timeout=PATIENCE_S):
            yield json.loads(line)

    def until(self, name: str) -> list[dict[str, Any]]:
        """All events up to the next one of that name."""
        seen = []
        for event in self.events():
            seen.append(event)
            if event["event"] == name:
                return seen
        msg = f"{name} never came; seen: {seen}; said: {self.said()}"
        raise AssertionError(msg)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it, and read its output to the end: Popen closes the pipe, which must not happen under the reader."""
        self.process.kill()
        self._reader.join(PATIENCE_S)

    def ended(self) -> int:
        return self.process.wait(PATIENCE_S)

    def said(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(b"")


def searching(sockets: Sequence[Path], ports: Sequence[int], *arguments: str) -> list[str]:
    """The command line that looks for tailscaled in these places, since this machine may well have one of its own."""
    program = (
        "import sys\n"
        "from functools import partial\n"
        "from ipaddress import ip_address\n"
        "from pathlib import Path\n"
        "from farshore.app import cli, discovery\n"
        "from farshore.core.address import HostPort\n"
        f"sockets = tuple(map(Path, {[*map(str, sockets)]}))\n"
        f"ports = tuple(HostPort(ip_address('127.0.0.1'), port) for port in {[*ports]})\n"
        "discovery.discover = partial(discovery.discover, sockets=sockets, ports=ports)\n"
        f"sys.exit(cli.run({[*arguments]}))\n"
    )
    return [sys.executable, "-c", program]


def serve_command(config: Path, *flags: str) -> list[str]:
    return [*FARSHORE, "serve", "-c", str(config), "--log-format", "json", *flags]


@contextmanager
def serving(command: list[str]) -> Iterator[Program]:
    """The program, ready to carry; killed at the end if it still runs."""
    with started(command) as process:
        program = Program(process)
        try:
            program.until("ready")
            yield program
        finally:
            program.kill()


@contextmanager
def started(command: list[str], env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        try:
            yield process
        finally:
            process.kill()


def ran(command: list[str]) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def farshore(*arguments: str) -> subprocess.CompletedProcess[str]:
    return ran([*FARSHORE, *arguments])


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while received := self.request.recv(65536):
            self.request.sendall(received)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that is cut off is no news here."""


@contextmanager
def echo_target(port: int = 0) -> Iterator[int]:
    with _Server(("127.0.0.1", port), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
