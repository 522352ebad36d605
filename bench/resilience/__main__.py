"""`make resilience`: faults on a real tailnet, Farshore beside plain tailscaled; the table of docs/resilience.md."""

import argparse
import json
import random
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench import machine
from bench.processes import BUILD, ROOT, build_peers, end_in_order
from bench.resilience.rows import ROWS
from bench.resilience.stage import run_all, standing
from bench.resilience.table import Result, cells, render
from tests.tailnet.conftest import requires_tailnet

PAGE = ROOT / "docs" / "resilience.md"
BEGIN, END = "<!-- table -->\n", "<!-- /table -->\n"


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.resilience", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=f"only these: {', '.join(names)}")
    parser.add_argument("--list", action="store_true", help="say what there is, and end")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything that was seen there")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32), help="of the moments")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Measure, print, and write if asked to. Whether the goals were met stands in the table, not in the exit code."""
    options = arguments(argv)
    if options.list:
        print("\n".join(f"{row.name:16}{row.title}" for row in ROWS))
        return 0
    if reason := requires_tailnet():
        print(f"no tailnet can stand here: {reason}", file=sys.stderr)
        return 2
    chosen = [row for row in ROWS if not options.only or row.name in options.only]
    build_peers()
    results: list[Result] = []
    with standing() as stage:
        for row, seen in run_all(stage, chosen, random.Random(options.seed), _progress):
            results.append((row, seen))
            _progress("  " + " | ".join(cells(row, seen)[1:]))
    text = f"{described(options.seed)}\n\n{render(results)}"
    print(text)
    if options.json:
        seen_of = {row.name: seen if isinstance(seen, str) else asdict(seen) for row, seen in results}
        options.json.write_text(json.dumps(seen_of, indent=1) + "\n", encoding="utf-8")
    if options.write:
        write(PAGE, text)
    return 0


def described(seed: int) -> str:
    """The machine, what was compared, and the seed."""
    said = subprocess.run([BUILD / "tailscaled", "--version"], capture_output=True, text=True, check=True).stdout
    control = subprocess.run([BUILD / "headscale", "version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"v?(\d+\.\d+\.\d+)", control)
    versions = f"tailscaled {said.split()[0]}, headscale {found[1] if found else 'of unknown version'}"
    return f"{machine.describe()}\n{versions}; seed {seed}."


def write(page: Path, text: str) -> None:
    """Put the table between its marks in the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    end_in_order()
    sys.exit(main(sys.argv[1:]))
