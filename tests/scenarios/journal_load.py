"""A process that writes a journal under load, to be killed: `python -m tests.scenarios.journal_load FILE BATCH_S`.

Each connection has the next number, from the last one in the file on. A line `N W` says that numbers below N were
handed in, and W of this process's entries were written before it was said.
"""

import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.unit.store.journals import ended

from farshore.core.clock import SystemClock
from farshore.store import retention, writer
from farshore.store.retention import Keep
from farshore.store.writer import Listeners, Writer

BURST = 10
PAUSE_S = 0.002
KEEP = Keep(bulky_s=1e9, rare_s=1e9, max_bytes=320 << 10)


def main() -> None:
    path = Path(sys.argv[1])
    # Chunks so small and looks so frequent that a kill falls into the clearing as often as into the writing.
    writer.BATCH_S, writer.TIDY_EVERY_S, retention.CHUNK_ROWS = float(sys.argv[2]), 0.0, 50
    number = 0
    if path.exists():
        with closing(sqlite3.connect(path)) as connection:
            number = connection.execute("SELECT ifnull(max(connection), -1) + 1 FROM connections").fetchone()[0]
    journal = Writer(path, KEEP, SystemClock(), Listeners(announce=_fail, mistaken=_fail))
    while True:
        written = journal.state.written
        for _ in range(BURST):
            journal.put(ended(number))
            number += 1
        print(number, written, flush=True)
        time.sleep(PAUSE_S)


def _fail(told: object) -> None:
    print(f"trouble: {told!r}", flush=True)


if __name__ == "__main__":
    main()
