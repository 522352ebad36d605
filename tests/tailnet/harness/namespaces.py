"""Network namespaces: programs, sockets and files inside them."""

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

CLONE_NEWNET = 0x40000000
MOUNTS = Path("/run/netns")
_LIBC = ctypes.CDLL(None, use_errno=True)


def in_namespace(name: str, function: Callable[[], T]) -> T:
    """Run `function` in a thread of its own inside a namespace; its result or its exception is handed back.

    A socket stays in the namespace it was created in, whichever thread or loop uses it afterwards.
    """
    results: list[T] = []
    failures: list[BaseException] = []

    def enter_and_run() -> None:
        try:
            _enter(name)
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - carried over to the caller's thread
            failures.append(error)

    thread = threading.Thread(target=enter_and_run, name=f"in-{name}")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


@dataclass(frozen=True, slots=True)
class Namespace:
    """One network namespace that this run made."""

    name: str

    def create(self) -> None:
        """Make it, with its loopback up."""
        ip("netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments: str) -> None:
        """`ip` with its arguments, inside.

        Raises:
            subprocess.CalledProcessError: it failed; stderr is in it.
        """
        ip("-n", self.name, *arguments)

    def command(self, *command: str) -> list[str]:
        """The command that runs `command` inside; the process id stays the same."""
        return ["ip", "netns", "exec", self.name, *command]

    def run(
        self, *command: str, stdin: str | None = None, timeout_s: float = 60.0, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program inside to its end; the caller looks at `returncode`."""
        return subprocess.run(
            self.command(*command),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            env=_environment(env),
        )

    def popen(self, *command: str, env: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        """Start a program inside, in a session of its own: Ctrl-C reaches the tests first."""
        return subprocess.Popen(
            self.command(*command),
            env=_environment(env),
            start_new_session=True,
            **{"stdin": subprocess.DEVNULL, **options},
        )

    def tcp_socket(self, family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
        """A TCP socket that lives inside."""
        return in_namespace(self.name, lambda: socket.socket(family, socket.SOCK_STREAM))

    def connect(self, host: str, port: int, *, timeout_s: float = 10.0) -> socket.socket:
        """A TCP connection made from inside.

        Raises:
            OSError: it could not be made within `timeout_s` seconds.
        """
        connection = self.tcp_socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            connection.settimeout(timeout_s)
            connection.connect((host, port))
        except OSError:
            connection.close()
            raise
        return connection

    def listen(self, host: str, port: int) -> socket.socket:
        """A listening TCP socket inside, whether or not the address is there yet."""
        listener = self.tcp_socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
        listener.bind((host, port))
        listener.listen(512)
        return listener

    def nft(self, rules: str) -> None:
        """Load nftables rules inside.

        Raises:
            RuntimeError: nft refused them.
        """
        done = self.run("nft", "-f", "-", stdin=rules)
        if done.returncode != 0:
            msg = f"nft in {self.name}: {done.stderr}"
            raise RuntimeError(msg)

    def set_sysctl(self, path: str, value: str) -> None:
        """Set net.`path`, as in `ipv4/ip_forward`."""
        in_namespace(self.name, lambda: (Path("/proc/sys/net") / path).write_text(value))

    def process_ids(self) -> list[int]:
        """Every process inside."""
        done = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=False)
        return [int(word) for word in done.stdout.split()]


IP_FREEBIND = 15  # linux/in.h


def ip(*arguments: str) -> None:
    """`ip` with its arguments.

    Raises:
        subprocess.CalledProcessError: it failed; stderr is in it.
    """
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise subprocess.CalledProcessError(done.returncode, ["ip", *arguments], done.stdout, done.stderr)


def join(first: Namespace, first_link: str, second: Namespace, second_link: str) -> None:
    """Lay a cable (a veth pair) between two namespaces; names of links are only known inside."""
    ip(
        "link",
        "add",
        first_link,
        "netns",
        first.name,
        "type",
        "veth",
        "peer",
        "name",
        second_link,
        "netns",
        second.name,
    )


def _enter(name: str) -> None:
    with (MOUNTS / name).open() as mount:
        if _LIBC.setns(mount.fileno(), CLONE_NEWNET) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), name)


def _environment(extra: dict[str, str] | None) -> dict[str, str] | None:
    return None if extra is None else {**os.environ, **extra}
