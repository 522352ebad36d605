"""Rows a second and peak memory at growing sizes: `python -m bench.flows [ROWS ...]`.

Beside ours: jq and Polars counting unanswered subnet rows per target in the same file, the least that a verdict needs.
Polars is optional (the group `bench`). Beside the time of the clock stands that of the cores (user and system), which
other work on the machine changes less; the first line says how busy it was.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.flows.generate import write

SIZES = (1_000_000, 3_000_000, 10_000_000)
LIMIT_S, LIMIT_MB = 6.0, 1024.0
JQ = "jq -r '.subnetTraffic[]? | select(.txPkts and (.rxPkts | not)) | .dst' {} | sort | uniq -c | wc -l"
POLARS = """
import sys, polars as pl
row = pl.List(pl.Struct({"src": pl.String, "dst": pl.String, "txPkts": pl.Int64, "rxPkts": pl.Int64}))
frame = pl.scan_ndjson(sys.argv[1], schema={"nodeId": pl.String, "subnetTraffic": row})
rows = frame.select(pl.col("subnetTraffic").explode()).unnest("subnetTraffic")
asked = rows.filter(pl.col("txPkts").is_not_null() & pl.col("rxPkts").is_null())
print(asked.group_by("dst").len().collect(engine="streaming").height)
"""


def main() -> None:
    """Print one line for each size and tool."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before\n")
    print("| rows | tool | s | s of all cores | rows/s | peak MB |\n| --- | --- | --- | --- | --- | --- |")
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="farshore-bench-") as folder:
            path = Path(folder, "flows.ndjson")
            rows = write(path, size)
            seconds, peak_mb = _report(rows, "farshore flows", [sys.executable, "-m", "farshore", "flows", str(path)])
            if shutil.which("jq"):
                _report(rows, "jq", ["sh", "-c", JQ.format(path)])
            if (
                subprocess.run([sys.executable, "-c", "import polars"], capture_output=True, check=False).returncode
                == 0
            ):
                _report(rows, "Polars", [sys.executable, "-c", POLARS, str(path)])
            if size >= SIZES[-1]:
                print(f"{rows:,} rows: {seconds:.1f} s (at most {LIMIT_S:g}), {peak_mb:.0f} MB (at most {LIMIT_MB:g})")


def _report(rows: int, tool: str, command: list[str]) -> tuple[float, float]:
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds, peak_mb = time.perf_counter() - begin, usage.ru_maxrss / 1024
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{tool} failed"
    cores = usage.ru_utime + usage.ru_stime
    print(f"| {rows:,} | {tool} | {seconds:.1f} | {cores:.1f} | {rows / seconds:,.0f} | {peak_mb:.0f} |", flush=True)
    return seconds, peak_mb


if __name__ == "__main__":
    main()
