"""A process that is killed with SIGKILL at any moment leaves a journal that is whole and lacks only the latest.

`FARSHORE_KILLS=200` (as `make soak` sets it) kills that often, and holds the loss to a second as well.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.scenarios.journal_load import BURST
from tests.scenarios.program import PATIENCE_S
from tests.unit.store.journals import rows

from farshore.store.writer import BATCH_S

KILLS = int(os.environ.get("FARSHORE_KILLS", "20"))
BATCHES_S = (str(BATCH_S), "0.01", "0")
LOST_S = 1.0


def killed(journal: Path, batch_s: str, chance: random.Random) -> tuple[list[tuple[float, int, int]], float]:
    """Everything that a writer said, each with its time, and when it was killed: some time after its first commit."""
    command = [sys.executable, "-m", "tests.scenarios.journal_load", str(journal), batch_s]
    said: list[tuple[float, int, int]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        end_s = time.monotonic() + PATIENCE_S
        kill_at_s = None
        for line in writer.stdout:
            now_s = time.monotonic()
            if not line.endswith(b"\n"):
                break  # it was killed in the middle of it
            assert not line.startswith(b"trouble"), line
            handed, written = map(int, line.split())
            said.append((now_s, handed, written))
            if kill_at_s is None and written:
                kill_at_s = now_s + chance.uniform(0, 1.5 * float(batch_s) + 0.1)
            assert now_s < end_s
            if kill_at_s is not None and now_s >= kill_at_s:
                writer.kill()
    return said, kill_at_s or 0.0


@pytest.mark.timeout(60 + 10 * KILLS)
def test_a_killed_writer_leaves_a_whole_journal(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    chance = random.Random(seed)  # noqa: S311 - no secret
    first, taken, losses_s = 0, 0, []
    for kill in range(KILLS):
        batch_s = BATCHES_S[kill % len(BATCHES_S)]
        said, killed_s = killed(journal, batch_s, chance)
        assert rows(journal, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        found = [row["connection"] for row in rows(journal, "SELECT connection FROM connections ORDER BY at_us")]
        # What retention took is at the beginning; in between nothing is missing, and nothing is there twice.
        low, high = found[0], found[-1]
        assert found == [*range(low, high + 1)]
        # Whatever was said to be written is there.
        _, handed, written = said[-1]
        assert first + written <= high + 1 <= handed + BURST
        lost = [at_s for at_s, count, _ in said if count > high + 1]
        losses_s.append(killed_s - lost[0] if lost else 0.0)
        first = high + 1
        taken += low > 0
    assert taken
    print(f"{KILLS} kills, {first} rows, the most that was lost: the last {max(losses_s):.2f} s")
    if "FARSHORE_KILLS" in os.environ:
        assert max(losses_s) <= LOST_S
