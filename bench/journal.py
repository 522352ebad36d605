"""What the journal costs: `python -m bench.journal [--seconds 30] [--per-minute 10000] [--rounds 3]`.

Two gateways side by side, one with a journal and one without, get the same connections in turn, at a fixed pace, from
one client: a byte there, a byte back, end. CPU time is that of each gateway's process alone, all its threads, over the
same span of time, and both are kept on the same core, away from the client; so whatever else the machine does befalls
both alike.
"""

import argparse
import json
import os
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import FarSide, Process, build_peers, end_in_order, far_side, farshore_configuration, free_port
from bench.processes import started_listener as started

WARM_UP = 500
# The last batch is half a second long.
REST_S = 1.0
PYTHON = ".venv/bin/python"
GATEWAYS_CORE = max(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """CPU of both gateways over one round."""

    without_s: float
    with_s: float
    seconds: float
    connections: int

    @property
    def ratio(self) -> float:
        """CPU with the journal over CPU without."""
        return self.with_s / self.without_s

    @property
    def points(self) -> float:
        """What the journal adds, in per cent of one core."""
        return 100 * (self.with_s - self.without_s) / self.seconds

    @property
    def extra_us(self) -> float:
        """What the journal adds to each connection, in microseconds of CPU."""
        return 1e6 * (self.with_s - self.without_s) / self.connections


@contextmanager
def gateway(far: FarSide, folder: Path, journal: Path | None) -> Iterator[tuple[Process, int]]:
    """Run a gateway; its process and its port."""
    port = free_port()
    folder.mkdir()
    file = folder / "farshore.yaml"
    more = "" if journal is None else f"journal: {{path: {journal}}}\n"
    file.write_text(farshore_configuration(port, far) + more, encoding="ascii")
    command = ["taskset", "--cpu-list", str(GATEWAYS_CORE), PYTHON, "-m", "farshore", "serve", "-c", str(file)]
    with started(command, f"127.0.0.1:{port}", folder / "log") as process:
        yield Process(process.pid), port


def connect(port: int) -> None:
    """One connection: a byte there, a byte back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"E")
        assert client.recv(1)


def measure(gateways: list[tuple[Process, int]], count: int, pace_s: float) -> Spent:
    """`count` connections to each, one every `pace_s`."""
    began_s, before = time.monotonic(), [process.cpu_s() for process, _ in gateways]
    for number in range(count):
        due_s = began_s + number * pace_s
        time.sleep(max(0.0, due_s - time.monotonic()))
        for _, port in gateways[:: 1 if number % 2 else -1]:
            connect(port)
    time.sleep(REST_S)
    without, kept = [process.cpu_s() - spent for (process, _), spent in zip(gateways, before, strict=True)]
    return Spent(without_s=without, with_s=kept, seconds=time.monotonic() - began_s, connections=count)


def main() -> None:
    """Print a line a round, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--per-minute", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    end_in_order()
    build_peers()
    pace_s = 60 / options.per_minute
    spent = []
    others = os.sched_getaffinity(0) - {GATEWAYS_CORE}
    os.sched_setaffinity(0, others or {GATEWAYS_CORE})
    with TemporaryDirectory(prefix="farshore-bench-") as name, far_side() as far:
        folder = Path(name)
        with (
            gateway(far, folder / "without", None) as plain,
            gateway(far, folder / "with", folder / "journal.db") as kept,
        ):
            for _ in range(WARM_UP):
                connect(plain[1])
                connect(kept[1])
            for number in range(1, options.rounds + 1):
                spent.append(measure([plain, kept], int(options.seconds / pace_s), pace_s))
                print(f"round {number}: {_said([spent[-1]])}", flush=True)
        rows = (folder / "journal.db").stat().st_size
    print(f"{options.per_minute} connections a minute: {_said(spent)}; journal of {rows / 1e6:.1f} MB")
    if options.json:
        options.json.write_text(json.dumps([[each.ratio, each.points, each.extra_us] for each in spent]))


def _said(spent: list[Spent]) -> str:
    ratio = statistics.median(each.ratio for each in spent)
    points = statistics.median(each.points for each in spent)
    extra_us = statistics.median(each.extra_us for each in spent)
    plain = statistics.median(100 * each.without_s / each.seconds for each in spent)
    return (
        f"{plain:.2f} % of a core without a journal, {points:+.2f} points with one: {ratio:.3f} times as much CPU, "
        f"{extra_us:+.1f} µs a connection"
    )


if __name__ == "__main__":
    main()
