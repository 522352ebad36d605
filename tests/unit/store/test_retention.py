import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.store.journals import NOON_S

from farshore.store.database import open_writable
from farshore.store.retention import BULKY, CHUNK_ROWS, Keep, Retention

RUN_US = 17
HOUR_S = 3600.0
KEEP = Keep(bulky_s=HOUR_S, rare_s=10 * HOUR_S, max_bytes=1 << 40)
NOON_US = int(NOON_S * 1e6)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = open_writable(tmp_path / "journal.db")
    assert isinstance(opened, sqlite3.Connection)
    with closing(opened):
        yield opened


def probes(connection: sqlite3.Connection, count: int, first_us: int, detail: str = "") -> None:
    rows = [(first_us + number, detail) for number in range(count)]
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO probes (at_us, run, route, path, result, detail) VALUES (?, 1, '', '', '', ?)", rows
    )
    connection.execute("COMMIT")


def gap(connection: sqlite3.Connection, at_us: int) -> None:
    connection.execute("INSERT INTO gaps (at_us, run, lost, reason) VALUES (?, 1, 1, '')", (at_us,))


def run(connection: sqlite3.Connection, at_us: int) -> None:
    connection.execute("INSERT INTO runs (at_us, version, host, pid) VALUES (?, '', '', 1)", (at_us,))


def left(connection: sqlite3.Connection, table: str) -> list[int]:
    found = connection.execute(f"SELECT at_us FROM {table} ORDER BY at_us").fetchall()  # noqa: S608
    return [at_us for (at_us,) in found]


def tidied(connection: sqlite3.Connection, keep: Keep) -> int:
    """Step until there is nothing more to do; how many steps did something."""
    retention = Retention(keep, RUN_US)
    steps = 0
    while retention.step(connection, NOON_S):
        steps += 1
        assert steps < 1000
    return steps


def test_there_is_nothing_to_do_in_an_empty_journal(connection: sqlite3.Connection) -> None:
    assert tidied(connection, KEEP) == 0


def test_bulky_rows_go_sooner_than_rare_ones(connection: sqlite3.Connection) -> None:
    ages_s = (30 * 60, 5 * HOUR_S, 20 * HOUR_S)
    for age_s in ages_s:
        probes(connection, 1, NOON_US - int(age_s * 1e6))
        gap(connection, NOON_US - int(age_s * 1e6))
        run(connection, NOON_US - int(age_s * 1e6))
    tidied(connection, KEEP)
    assert [(NOON_US - at_us) / 1e6 for at_us in left(connection, "probes")] == [1800]
    assert [(NOON_US - at_us) / 1e6 for at_us in left(connection, "gaps")] == [5 * HOUR_S, 1800]
    assert left(connection, "runs") == left(connection, "gaps")


def test_the_run_that_writes_stays_however_long_it_lasts(connection: sqlite3.Connection) -> None:
    run(connection, RUN_US)
    assert tidied(connection, KEEP) == 0
    assert left(connection, "runs") == [RUN_US]


def test_a_step_is_short(connection: sqlite3.Connection) -> None:
    probes(connection, 2 * CHUNK_ROWS + 7, 1000)
    retention = Retention(KEEP, RUN_US)
    remaining = []
    while retention.step(connection, NOON_S):
        remaining.append(len(left(connection, "probes")))
    assert remaining == [CHUNK_ROWS + 7, 7, 0]


def test_the_oldest_bulky_rows_make_room_and_rare_ones_stay(connection: sqlite3.Connection) -> None:
    keep = Keep(bulky_s=1e10, rare_s=1e10, max_bytes=1 << 20)
    gap(connection, 1)
    probes(connection, 4 * CHUNK_ROWS, 1000, detail="x" * 1000)
    tidied(connection, keep)
    remaining = left(connection, "probes")
    assert 0 < len(remaining) < 1200
    assert remaining == [*range(1000 + 4 * CHUNK_ROWS - len(remaining), 1000 + 4 * CHUNK_ROWS)]
    assert left(connection, "gaps") == [1]


def test_the_file_itself_shrinks_to_what_it_may_be(connection: sqlite3.Connection, tmp_path: Path) -> None:
    probes(connection, 4 * CHUNK_ROWS, NOON_US, detail="x" * 2000)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (tmp_path / "journal.db").stat().st_size
    tidied(connection, Keep(bulky_s=1e10, rare_s=1e10, max_bytes=1 << 20))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert before > 4_000_000
    assert (tmp_path / "journal.db").stat().st_size <= 1 << 20
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_what_is_rare_makes_room_where_there_is_nothing_else(connection: sqlite3.Connection) -> None:
    for number in range(3 * CHUNK_ROWS):
        gap(connection, 1000 + number)
    tidied(connection, Keep(bulky_s=1e10, rare_s=1e10, max_bytes=1))
    assert left(connection, "gaps") == []


def test_what_is_bulky_is_a_table(connection: sqlite3.Connection) -> None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables >= BULKY
