"""Where the gateway's time goes under one row: `python -m bench.hotspots ROW --with profile|calls|perf`.

`profile` is cProfile over CPU time (its own cost falls on Python code, so read the order, not the figures), `calls`
counts system calls with strace, `perf` samples user and kernel mode.
"""

import argparse
import os
import pstats
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.load import Work, ready
from bench.processes import ROOT, build_peers, far_side, farshore_configuration, free_port, started_listener
from bench.run import EXPERIMENTS

LINES = 30


def under_profile(serve: Sequence[str], folder: Path, address: str, work: Work) -> str:
    """Functions by their own CPU time, as cProfile sees it."""
    out = folder / "profile"
    said, saying = os.pipe()
    observed = [str(ROOT / "bench" / "observed.py"), str(saying), str(out), *serve[2:]]
    with (
        started_listener([sys.executable, *observed], address, folder / "log", saying) as popen,
        ready(work, address) as load,
    ):
        popen.send_signal(signal.SIGUSR1)
        units = load.work().units
        popen.send_signal(signal.SIGUSR1)
        os.read(said, 64)
    print(f"{units:g} units of work")
    pstats.Stats(str(out)).sort_stats("tottime").print_stats(LINES)
    return ""


def under_strace(serve: Sequence[str], folder: Path, address: str, work: Work) -> str:
    """System calls for each unit of work."""
    out = folder / "calls"
    with started_listener([sys.executable, *serve], address, folder / "log") as popen, ready(work, address) as load:
        strace = subprocess.Popen(["strace", "-f", "-c", "-o", str(out), "-p", str(popen.pid)], stderr=subprocess.PIPE)
        assert strace.stderr is not None
        strace.stderr.readline()
        units = load.work().units
        strace.send_signal(signal.SIGINT)
        strace.wait()
        strace.stderr.close()
    return f"{units:g} units of work\n{out.read_text()}"


def under_perf(serve: Sequence[str], folder: Path, address: str, work: Work) -> str:
    """Functions by their share of samples, kernel and interpreter together."""
    out = folder / "perf"
    with started_listener([sys.executable, *serve], address, folder / "log") as popen, ready(work, address) as load:
        record = ["perf", "record", "-q", "-F", "999", "-o", str(out), "-p", str(popen.pid)]
        perf = subprocess.Popen(record)
        load.work()
        perf.send_signal(signal.SIGINT)
        perf.wait()
    report = ["perf", "report", "-i", str(out), "--stdio", "--no-children", "--percent-limit", "0.7"]
    return subprocess.run(report, capture_output=True, text=True, check=True).stdout


TOOLS = {"profile": under_profile, "calls": under_strace, "perf": under_perf}


def main() -> int:
    """One row under one tool."""
    rows = {experiment.rows[0].name: experiment for experiment in EXPERIMENTS}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("row", choices=rows)
    parser.add_argument("--with", dest="tool", choices=TOOLS, default="profile")
    parser.add_argument("--share", type=float, default=0.25, help="of the benchmark's work (default 0.25)")
    options = parser.parse_args()
    experiment = rows[options.row]
    work = experiment.work
    work = replace(work, requests=int(work.requests * options.share), mb=int(work.mb * options.share))
    build_peers()
    with far_side() as far, TemporaryDirectory(prefix="farshore-hotspots-") as name:
        folder, port = Path(name), free_port()
        file = folder / "farshore.yaml"
        file.write_text(farshore_configuration(port, far), encoding="ascii")
        serve = ["-m", "farshore", "serve", "-c", str(file)]
        print(TOOLS[options.tool](serve, folder, f"127.0.0.1:{port}", work))
    return 0


if __name__ == "__main__":
    sys.exit(main())
