"""`make soak`: a random mix of clients against one gateway for minutes; at rest nothing may have grown.

Rounds of load with a rest between them. At each rest the gateway has no connection, and its memory, descriptors, tasks
and threads are counted; a line through the counts has to be flat. The seed is printed and can be given again.
"""

import argparse
import asyncio
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import ROOT, FarSide, Process, build_peers, end_in_order, far_side, free_port, started_listener
from bench.slopes import MIN_SAMPLES, Series, growth, is_flat

from farshore.gateway.pipes import IDLE_PIPES_KEPT

SERIES = (
    Series(name="memory", unit="KiB", allowed_growth=1024),
    Series(name="descriptors", unit="", allowed_growth=2 * IDLE_PIPES_KEPT),
    Series(name="tasks", unit="", allowed_growth=0.5),
    Series(name="threads", unit="", allowed_growth=0.5),
)
ROUND_S = 8.0
CLIENTS = 24
REST_S = 30.0
START_S = 20.0
CLIENT_S = 20.0
RESET = struct.pack("ii", 1, 0)

Client = Callable[[random.Random, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway under load: its process, its ports, and where it says what it carries."""

    popen: subprocess.Popen[bytes]
    said: int
    ports: tuple[int, ...]
    admin: int

    def connections(self) -> int:
        """Connections it carries now."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/api/v1/connections", timeout=5) as answer:
            return len(json.loads(answer.read())["connections"])

    def counts(self) -> dict[str, float]:
        """One sample of every series."""
        process = Process(self.popen.pid)
        self.popen.send_signal(signal.SIGUSR2)
        readable, _, _ = select.select([self.said], [], [], START_S)
        assert readable, "the gateway does not answer: its loop is blocked"
        said: dict[str, float] = json.loads(os.read(self.said, 4096))
        return {"memory": process.memory_kib(), "descriptors": process.descriptors(), **said}


async def _connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port)


def _reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


async def churns(chance: random.Random, port: int) -> None:
    """Many short connections, one byte each way."""
    for _ in range(chance.randint(5, 60)):
        reader, writer = await _connect(port)
        writer.write(b"E")
        await reader.read(1)
        writer.close()


async def idles(chance: random.Random, port: int) -> None:
    """One connection that is mostly silent."""
    reader, writer = await _connect(port)
    for _ in range(3):
        writer.write(b"E" * chance.randint(1, 400))
        await reader.read(1)
        await asyncio.sleep(chance.uniform(0.1, 2))
    writer.close()


async def moves_bulk(chance: random.Random, port: int) -> None:
    """Megabytes down, then up."""
    reader, writer = await _connect(port)
    count = chance.randint(1, 20_000_000)
    writer.write(b"D" + struct.pack(">Q", count))
    await _read_all(reader, count)
    writer.write(b"U" + struct.pack(">Q", count))
    block = bytes(1 << 18)
    while count:
        part = min(count, len(block))
        writer.write(block[:part])
        await writer.drain()
        count -= part
    await reader.read(1)
    writer.close()


async def _read_all(reader: asyncio.StreamReader, count: int) -> None:
    while count:
        data = await reader.read(min(count, 1 << 18))
        if not data:
            return
        count -= len(data)


async def vanishes(chance: random.Random, port: int) -> None:
    """A client that resets in the middle of a download it does not read."""
    _, writer = await _connect(port)
    writer.write(b"D" + struct.pack(">Q", 50_000_000))
    await asyncio.sleep(chance.uniform(0, 0.5))
    _reset(writer)


async def leaves_early(chance: random.Random, port: int) -> None:
    """Clients that close or reset before anything was said."""
    for _ in range(chance.randint(5, 30)):
        _, writer = await _connect(port)
        if chance.random() < 0.5:
            _reset(writer)
        else:
            writer.close()


async def is_reset(_chance: random.Random, port: int) -> None:
    """A server that resets, first thing."""
    reader, writer = await _connect(port)
    writer.write(b"R")
    await reader.read(1)
    writer.close()


async def half_closes(chance: random.Random, port: int) -> None:
    """A client that says it has finished and then reads to the end."""
    reader, writer = await _connect(port)
    writer.write(b"E" * chance.randint(1, 100_000))
    writer.write_eof()
    while await reader.read(1 << 16):
        pass
    writer.close()


MIX: tuple[Client, ...] = (churns, idles, moves_bulk, vanishes, leaves_early, is_reset, half_closes)


async def one_round(chance: random.Random, ports: Sequence[int], endings: Counter[str]) -> None:
    """Clients of every kind, side by side, for a while."""
    until = time.monotonic() + ROUND_S

    async def worker(own: random.Random) -> None:
        while time.monotonic() < until:
            client = own.choice(MIX)
            try:
                await asyncio.wait_for(client(own, own.choice(ports)), CLIENT_S)
            except TimeoutError:
                endings[f"{client.__name__}: stuck"] += 1
            except OSError as error:
                endings[f"{client.__name__}: {type(error).__name__}"] += 1
            else:
                endings[f"{client.__name__}: done"] += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(worker(random.Random(chance.random())))


def configuration(ports: Sequence[int], admin: int, health: int, far: FarSide) -> str:
    """Three routes: straight, through SOCKS5, and to a port where nobody listens."""
    dead = "127.0.0.1:9"
    routes = zip(ports, (far.straight, far.target, dead), ("out", "socks", "out"), strict=True)
    lines = (
        f'- {{listen: {port}, target: "{target}", egress: {egress}, allow_direct: {str(egress == "out").lower()}}}\n'
        for port, target, egress in routes
    )
    return (
        f'health: "127.0.0.1:{health}"\nadmin: "127.0.0.1:{admin}"\ntimeouts: {{half_close: 1s}}\n'
        f"egresses: {{out: {{kind: direct}}, socks: {far.egress}}}\nroutes:\n{''.join(lines)}"
    )


@contextmanager
def gateway(far: FarSide) -> Iterator[Gateway]:
    """A real gateway process, with its log in a file."""
    with TemporaryDirectory(prefix="farshore-soak-") as folder:
        *ports, admin, health = (free_port() for _ in range(5))
        file, log = Path(folder) / "farshore.yaml", Path(folder) / "log"
        file.write_text(configuration(ports, admin, health, far), encoding="ascii")
        said, saying = os.pipe()
        command = [
            sys.executable,
            str(ROOT / "bench" / "observed.py"),
            str(saying),
            os.devnull,
            "serve",
            "-c",
            str(file),
        ]
        try:
            with started_listener(command, f"127.0.0.1:{admin}", log, saying) as popen:
                yield Gateway(popen, said, tuple(ports), admin)
        finally:
            os.close(said)
            os.close(saying)


def rest(running: Gateway) -> int:
    """Wait until the gateway carries nothing; how many connections never ended."""
    until = time.monotonic() + REST_S
    while (left := running.connections()) and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(1.5)
    return left


def soak(minutes: float, seed: int) -> bool:
    """Load and rest for so many minutes; whether everything stayed flat."""
    chance, endings = random.Random(seed), Counter[str]()
    samples: dict[str, list[float]] = {series.name: [] for series in SERIES}
    stuck = 0
    build_peers()
    with far_side() as far, gateway(far) as running:
        until = time.monotonic() + minutes * 60
        while time.monotonic() < until or len(samples["memory"]) < MIN_SAMPLES:
            asyncio.run(one_round(chance, running.ports, endings))
            stuck = max(stuck, rest(running))
            counts = running.counts()
            for name, values in samples.items():
                values.append(counts[name])
            print(", ".join(f"{name} {value:g}" for name, value in counts.items()), f"left {stuck}", flush=True)
    for name, count in sorted(endings.items()):
        print(f"{count:8} {name}")
    for series in SERIES:
        word = "flat" if is_flat(series, samples[series.name]) else "GROWS"
        rise = f"{growth(samples[series.name]):+.1f} {series.unit}".strip()
        print(f"{series.name}: {word}, {rise} over the run (at most +{series.allowed_growth:g})")
    print(f"connections that never ended: {stuck}")
    stuck += sum(count for name, count in endings.items() if name.endswith("stuck"))
    return not stuck and all(is_flat(series, samples[series.name]) for series in SERIES)


def main() -> int:
    """Exit code 0 if flat, 1 if not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.minutes:g} minutes", flush=True)
    return 0 if soak(options.minutes, options.seed) else 1


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
