"""`make bench`: Farshore against a minimal Go forwarder and HAProxy, one table. See bench/README.md."""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from bench import machine, network, tailnet
from bench.load import Work, ready
from bench.processes import FarSide, Running, build_peers, end_in_order, far_side, forwarder
from bench.table import Bound, Forwarder, Goal, Row, render

MIN_ROUNDS = 5
QUICK_DIVISOR = 8
AFTERMATH_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One load, and the rows that are read from it."""

    rows: tuple[Row, ...]
    work: Work
    measure: Callable[[Running, Work], tuple[float, ...]]
    repeats: int = 1
    minus_direct: bool = False
    note: str | None = None


def cpu_us_per_unit(running: Running, work: Work) -> tuple[float, ...]:
    """CPU microseconds of the forwarder for each unit of the load's work, and for what it has still to do after it."""
    with ready(work, running.address) as load:
        before_s = running.process.cpu_s()
        done = load.work()
        time.sleep(AFTERMATH_S)
        return ((running.process.cpu_s() - before_s) * 1e6 / done.units,)


def held_per_connection(running: Running, work: Work) -> tuple[float, ...]:
    """Memory in KiB and descriptors for each idle connection."""
    with ready(work, running.address) as load:
        memory_kib, descriptors = running.process.memory_kib(), running.process.descriptors()
        done = load.work()
        return (
            (running.process.memory_kib() - memory_kib) / done.units,
            (running.process.descriptors() - descriptors) / done.units,
        )


def latency_us(running: Running, work: Work) -> tuple[float, ...]:
    """Median and 99th percentile of the time from when a request is due to its answer."""
    with ready(work, running.address) as load:
        done = load.work()
        return (done.p50_us, done.p99_us)


def _cpu(name: str, title: str, at_most: float, work: Work, repeats: int = 1) -> Experiment:
    row = Row(name=name, title=title, unit="µs", goal=Goal(bound=Bound.RATIO_TO_GO, at_most=at_most))
    return Experiment(rows=(row,), work=work, measure=cpu_us_per_unit, repeats=repeats)


EXPERIMENTS = (
    _cpu("bulk-1", "CPU per MB, 1 connection", 0.6, Work(mode="bulk", connections=1, mb=2000)),
    _cpu("bulk-4", "CPU per MB, 4 connections", 0.8, Work(mode="bulk", connections=4, mb=3000)),
    _cpu("request-1", "CPU per 128 B request, 1 connection", 0.7, Work(mode="pingpong", requests=9_000), repeats=3),
    _cpu(
        "request-32",
        "CPU per 128 B request, 32 connections",
        0.75,
        Work(mode="pingpong", connections=32, requests=24_000),
        repeats=3,
    ),
    _cpu("connection", "CPU per new connection through SOCKS5", 1.0, Work(mode="churn", connections=8, requests=6_000)),
    Experiment(
        rows=(
            Row(
                name="idle-memory",
                title="Memory per idle connection",
                unit="KiB",
                goal=Goal(bound=Bound.VALUE, at_most=4.0),
            ),
            Row(name="idle-descriptors", title="Descriptors per idle connection", unit=""),
        ),
        work=Work(mode="idle", connections=2500),
        measure=held_per_connection,
        note="A splicing Go holds a pipe for each waiting direction; what the kernel holds for it is not counted.",
    ),
    Experiment(
        rows=(
            Row(name="latency-p50", title="Added latency, median, 1,000 requests/s", unit="µs"),
            Row(name="latency-p99", title="Added latency, p99, 1,000 requests/s", unit="µs"),
        ),
        work=Work(mode="paced", connections=8, requests=4000, rate=1000),
        measure=latency_us,
        minus_direct=True,
        note="What the same load takes straight to the target, measured in the same round, is subtracted.",
    ),
)


def measure(experiment: Experiment, kind: Forwarder, far: FarSide) -> tuple[float, ...]:
    """Fresh forwarders under one load; the mean, where one is measured more often than once."""
    measured = []
    for _ in range(experiment.repeats):
        with forwarder(kind, far) as running:
            measured.append(experiment.measure(running, experiment.work))
    return tuple(fmean(values) for values in zip(*measured, strict=True))


def direct(experiment: Experiment, far: FarSide) -> tuple[float, ...]:
    """The same load with nothing between."""
    with ready(experiment.work, far.straight) as load:
        done = load.work()
        return (done.p50_us, done.p99_us)


def one_round(experiment: Experiment, order: Sequence[Forwarder], far: FarSide) -> dict[Forwarder, tuple[float, ...]]:
    """Every forwarder once, in the given order."""
    base = direct(experiment, far) if experiment.minus_direct else (0.0,) * len(experiment.rows)
    return {
        kind: tuple(value - zero for value, zero in zip(measure(experiment, kind, far), base, strict=True))
        for kind in order
    }


def quick(work: Work) -> Work:
    """The same work, less of it: for a look, not for a verdict."""
    return replace(
        work,
        requests=work.requests // QUICK_DIVISOR,
        mb=work.mb // QUICK_DIVISOR,
        connections=max(work.connections // QUICK_DIVISOR, 250) if work.mode == "idle" else work.connections,
    )


Samples = dict[str, dict[Forwarder, list[float]]]


def gather(chosen: Sequence[Experiment], kinds: Sequence[Forwarder], rounds: int, samples: Samples) -> None:
    """So many rounds of every experiment; each round begins with another forwarder."""
    with far_side() as far:
        for number in range(rounds):
            for experiment in chosen:
                print(f"round {number + 1}/{rounds}: {experiment.rows[0].title}", file=sys.stderr)
                turn = number % len(kinds)
                for kind, values in one_round(experiment, (*kinds[turn:], *kinds[:turn]), far).items():
                    for row, value in zip(experiment.rows, values, strict=True):
                        samples[row.name][kind].append(value)


def gather_through_tailnet(
    chosen: Sequence[tailnet.Share], kinds: Sequence[Forwarder], rounds: int, samples: Samples
) -> str | None:
    """The same through a real tailnet; why not, if none can stand here."""
    reason = tailnet.why_not()
    if reason is not None or not chosen:
        return reason
    for name, kind, percent in tailnet.rounds(chosen, kinds, rounds):
        samples[name][kind].append(percent)
    return None


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [row.name for experiment in EXPERIMENTS for row in experiment.rows]
    names += [share.row.name for share in tailnet.SHARES]
    parser.add_argument("--rows", nargs="+", choices=names, metavar="ROW", help=f"only these: {', '.join(names)}")
    parser.add_argument("--only", nargs="+", choices=[*Forwarder], type=Forwarder, help="only these forwarders")
    parser.add_argument("--rounds", type=int, default=MIN_ROUNDS, help=f"alternating rounds (default {MIN_ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="an eighth of the work; a look, not a verdict")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample there")
    options = parser.parse_args(argv)
    options.rows = options.rows or names
    return options


def main(argv: Sequence[str]) -> int:
    """Measure and print."""
    options = arguments(argv)
    work_of = quick if options.quick else lambda work: work
    chosen = [
        replace(experiment, work=work_of(experiment.work))
        for experiment in EXPERIMENTS
        if any(row.name in options.rows for row in experiment.rows)
    ]
    shares = [replace(share, work=work_of(share.work)) for share in tailnet.SHARES if share.row.name in options.rows]
    kinds = tuple(options.only or Forwarder)
    build_peers()
    samples: Samples = defaultdict(lambda: defaultdict(list))
    unreachable = gather_through_tailnet(shares, kinds, options.rounds, samples)
    where = network.isolate()
    gather(chosen, kinds, options.rounds, samples)
    rows = [row for experiment in chosen for row in experiment.rows] + [share.row for share in shares]
    notes = {experiment.rows[0].title: experiment.note for experiment in chosen if experiment.note}
    notes |= {share.row.title: f"skipped: {unreachable}." for share in shares if unreachable}
    print(f"{machine.describe()}\nMedians (least-greatest) of {options.rounds} alternating rounds; {where}.\n")
    print(render(rows, samples, notes))
    if options.json:
        options.json.write_text(json.dumps({"machine": machine.describe(), "samples": samples}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    end_in_order()
    sys.exit(main(sys.argv[1:]))
