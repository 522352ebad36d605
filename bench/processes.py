"""Starting the forwarders and the far side, and reading what they cost from the kernel."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, assert_never

from bench.table import Forwarder

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build" / "bin"
SOCKS_BOUND = "100.64.0.1"
SOCKS_TARGET = "10.1.2.3:5432"
START_S = 15.0
CPUCLOCK_SCHED = 2


@dataclass(frozen=True, slots=True)
class Process:
    """A process that a benchmark started and reads the counters of."""

    pid: int

    def cpu_s(self) -> float:
        """CPU seconds of all its threads, ended ones included, in user and kernel mode, to the nanosecond.

        The clock's number is Linux's own: the inverted pid and the kind of clock (clock_getcpuclockid(3)).
        """
        return time.clock_gettime(~self.pid << 3 | CPUCLOCK_SCHED)

    def memory_kib(self) -> int:
        """Anonymous memory, proportionally where it is shared: what the process has written, not what it has mapped.

        The whole proportional set size does not tell how a process grows: programs and libraries are divided by how
        many processes map them. A gateway with 40.5 MB of its own maps 14.4 MB of them, so a second Python that starts
        or ends anywhere on the machine moved its proportional set size by 6.2 MB, and its anonymous memory by 4 KiB.
        """
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text(encoding="ascii")
        found = re.search(r"^Pss_Anon:\s+(\d+) kB$", rollup, re.MULTILINE)
        assert found, rollup
        return int(found[1])

    def descriptors(self) -> int:
        """Open file descriptors."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())


@dataclass(frozen=True, slots=True, kw_only=True)
class FarSide:
    """Where the forwarders should get to.

    `target` is what to ask for and `socks` whom to ask; `egress` is the same for Farshore, in YAML. `straight` is where
    the target can be had without asking.
    """

    target: str
    straight: str
    socks: str
    egress: str


@dataclass(frozen=True, slots=True)
class Running:
    """A forwarder that accepts connections on `address`."""

    process: Process
    address: str


def end_in_order() -> None:
    """Let SIGTERM end what was started, too, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def build_peers() -> None:
    """Build the Go programs; the first time, Go fetches golang.org/x/net in the version that go.sum holds."""
    BUILD.mkdir(parents=True, exist_ok=True)
    source = Path(__file__).parent / "peers" / "go"
    subprocess.run(["go", "build", "-trimpath", "-o", f"{BUILD}/", "./..."], cwd=source, check=True)


@contextmanager
def far_side() -> Iterator[FarSide]:
    """Run the target and the SOCKS5 server."""
    with _started([str(BUILD / "bench-farside"), "-bound", f"{SOCKS_BOUND}:4242"], subprocess.PIPE) as process:
        assert process.stdout is not None
        straight, socks = process.stdout.readline().decode().split()
        egress = f'{{kind: socks5, address: "{socks}", tailscale_ips: ["{SOCKS_BOUND}"]}}'
        yield FarSide(target=SOCKS_TARGET, straight=straight, socks=socks, egress=egress)


@contextmanager
def forwarder(kind: Forwarder, far: FarSide) -> Iterator[Running]:
    """Run a forwarder to the target: through the SOCKS5 server, but for HAProxy, which cannot."""
    with TemporaryDirectory(prefix="farshore-bench-") as folder:
        port = free_port()
        address = f"127.0.0.1:{port}"
        command = _command(kind, Path(folder), port, far)
        with started_listener(command, address, Path(folder) / "log") as process:
            yield Running(Process(process.pid), address)


@contextmanager
def started_listener(command: list[str], address: str, log: Path, *inherited: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until it listens on the address; what it says goes to a file, as it would in earnest.

    Descriptors in `inherited` stay open in it.
    """
    with log.open("wb") as out, _started(command, out, inherited) as process:
        _await_listener(process, address, log)
        yield process


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _command(kind: Forwarder, folder: Path, port: int, far: FarSide) -> list[str]:
    go = [str(BUILD / "bench-forwarder"), "-listen", f"127.0.0.1:{port}", "-target", far.target, "-socks", far.socks]
    match kind:
        case Forwarder.GO:
            return go
        case Forwarder.GO_SPLICING:
            return [*go, "-splicing"]
        case Forwarder.HAPROXY:
            file = folder / "haproxy.cfg"
            file.write_text(haproxy_configuration(port, far.straight), encoding="ascii")
            return ["haproxy", "-db", "-f", str(file)]
        case Forwarder.FARSHORE:
            file = folder / "farshore.yaml"
            file.write_text(farshore_configuration(port, far), encoding="ascii")
            return [sys.executable, "-m", "farshore", "serve", "-c", str(file)]
        case _:
            assert_never(kind)


def haproxy_configuration(port: int, target: str) -> str:
    """Plain tcp mode on one thread."""
    return (
        "global\n  nbthread 1\n  maxconn 9000\n"
        "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n"
        f"listen bench\n  bind 127.0.0.1:{port}\n  server target {target}\n"
    )


def farshore_configuration(port: int, far: FarSide) -> str:
    """One route with room for every connection of the load, everything else as it comes."""
    return (
        f"health: null\nadmin: null\nlimits: {{max_connections: 9000}}\negresses: {{out: {far.egress}}}\n"
        f'routes:\n- {{listen: {port}, target: "{far.target}", max_connections: 9000}}\n'
    )


@contextmanager
def _started(
    command: list[str], stdout: int | BinaryIO, inherited: Sequence[int] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.STDOUT, pass_fds=inherited
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _await_listener(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    host, _, port = address.rpartition(":")
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(0.02)
    msg = f"{process.args!r} did not listen on {address}: {log.read_text(errors='replace')[-2000:]}"
    raise RuntimeError(msg)
