import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.unit.store.journals import KEEP, NOON_S, ONE_OF_EACH, SetClock, ended, rows, value

from farshore import __version__
from farshore.core.events import OutageEnded, OutageStarted
from farshore.core.incidents import IncidentClosed, IncidentExamined, IncidentMerged, IncidentOpened
from farshore.core.outcome import Code
from farshore.store.ledger import Batch, Ledger, Unwritten, Written
from farshore.store.rows import Entry, Insert, Statement

ALL_WELL = Written(refused=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def no_mistake(error: Exception) -> None:
    raise AssertionError from error


def ledger_at(path: Path, mistaken: Callable[[Exception], None] = no_mistake) -> Ledger:
    return Ledger(path, KEEP, SetClock(), mistaken)


def batch(*entries: Entry, at_s: float = NOON_S) -> Batch:
    return Batch(entries=[(at_s, entry) for entry in entries])


def test_one_of_each_kind_is_written(path: Path) -> None:
    with closing_ledger(ledger_at(path)) as ledger:
        assert ledger.write(batch(*ONE_OF_EACH)) == ALL_WELL
    tables = [row["name"] for row in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    counts = {table: value(path, f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608
    assert counts.pop("gaps") == 0
    assert (counts.pop("incidents"), counts.pop("alerts")) == (1, 1)
    assert [counts.pop(table) for table in ("probe_runs", "probe_results", "silences")] == [0, 0, 0]  # no event's
    # An outage's end changes the row of its begin, and incidents and alerts have their own beside their events.
    assert sum(counts.values()) == len(ONE_OF_EACH) - 1 + counts["runs"]
    assert min(counts.values()) > 0


class closing_ledger:  # noqa: N801 - reads like contextlib.closing
    def __init__(self, ledger: Ledger, lost: int = 0) -> None:
        self._ledger = ledger
        self._lost = lost

    def __enter__(self) -> Ledger:
        return self._ledger

    def __exit__(self, *_: object) -> None:
        self._ledger.close(self._lost)


def test_a_row_says_when_and_by_whom(path: Path) -> None:
    with closing_ledger(ledger_at(path)) as ledger:
        ledger.write(batch(ended()))
    [row] = rows(path, "SELECT * FROM connections")
    assert (row["at_us"], row["at"]) == (1_790_000_000_250_000, "2026-09-21T14:13:20.250Z")
    assert (row["code"], row["dial_ms"], row["handshake_ms"], row["leaked_dial"]) == (
        "client.transfer.closed",
        12.5,
        None,
        0,
    )
    [run] = rows(path, "SELECT * FROM runs")
    assert (run["at_us"], run["version"]) == (row["run"], __version__)


def test_rows_of_one_moment_follow_one_another(path: Path) -> None:
    with closing_ledger(ledger_at(path)) as ledger:
        ledger.write(batch(ended(1), ended(2)))
        ledger.write(batch(ended(3), at_s=NOON_S - 3600))  # the clock was set back
    seen = rows(path, "SELECT at_us - 1790000000250000 AS later, connection FROM connections ORDER BY at_us")
    assert seen == [{"later": n, "connection": n + 1} for n in range(3)]


def test_two_processes_write_into_one_journal(path: Path) -> None:
    with closing_ledger(ledger_at(path)) as one, closing_ledger(ledger_at(path)) as other:
        for _ in range(3):
            assert one.write(batch(ended(1))) == ALL_WELL
            assert other.write(batch(ended(2))) == ALL_WELL
    assert [row["connection"] for row in rows(path, "SELECT connection FROM connections ORDER BY at_us")] == [1, 2] * 3


def test_an_outage_is_one_row_from_begin_to_end(path: Path) -> None:
    begun = OutageStarted(route="billing", code=Code.NO_ANSWER, detail="r1: no answer")
    over = OutageEnded(route="billing", duration_s=4.5, served=3, refused=1)
    with closing_ledger(ledger_at(path)) as ledger:
        ledger.write(batch(begun, OutageStarted(route="other", code=Code.NO_ANSWER, detail="")))
        assert value(path, "SELECT count(*) FROM outages WHERE ended_us IS NULL") == 2
        ledger.write(batch(over, begun, over, begun, at_s=NOON_S + 5))
    seen = rows(path, "SELECT ended_us, duration_s, served, proven FROM outages WHERE route = 'billing' ORDER BY at_us")
    end = {"ended_us": 1_790_000_005_250_000, "duration_s": 4.5, "served": 3, "proven": 1}
    assert seen == [end, end, dict.fromkeys(end)]
    assert value(path, "SELECT count(*) FROM outages WHERE route = 'other' AND ended_us IS NULL") == 1


def test_an_incident_is_one_row_from_begin_to_end(path: Path) -> None:
    opened = IncidentOpened(incident="2026-09-21-1", route="a", sign="failures", since_s=NOON_S - 3)
    examined = IncidentExamined(
        incident="2026-09-21-1",
        routes=("a", "b"),
        code="M01",
        title="dead",
        confidence="certain",
        candidates=(),
        router="r1",
        target="",
        command="",
        took_ms=1.0,
    )
    closed = IncidentClosed(incident="2026-09-21-1", routes=("a", "b"), code="M01", duration_s=60.5, proven=False)
    other = replace(opened, incident="2026-09-21-2", route="c")
    merged = IncidentMerged(incident="2026-09-21-2", into="2026-09-21-1", routes=("c",))
    with closing_ledger(ledger_at(path)) as ledger:
        ledger.write(batch(opened, other))
        assert value(path, "SELECT count(*) FROM incidents WHERE ended_us IS NULL AND examined_us IS NULL") == 2
        ledger.write(batch(examined, merged, at_s=NOON_S + 5))
    with closing_ledger(ledger_at(path)) as ledger:  # the gateway was started anew meanwhile
        ledger.write(batch(closed, at_s=NOON_S + 60))
    first, second = rows(path, "SELECT * FROM incidents ORDER BY at_us")
    assert (first["incident"], first["sign"], first["since_s"], first["routes"]) == (
        "2026-09-21-1",
        "failures",
        NOON_S - 3,
        '["a","b"]',
    )
    assert (first["code"], first["router"], first["confidence"], first["merged_into"]) == ("M01", "r1", "certain", None)
    assert (first["examined_us"], first["ended_us"]) == (1_790_000_005_250_000, 1_790_000_060_250_000)
    assert (first["duration_s"], first["proven"]) == (60.5, 0)
    assert (second["merged_into"], second["code"], second["ended_us"]) == ("2026-09-21-1", None, 1_790_000_005_250_000)
    assert value(path, "SELECT count(*) FROM events WHERE event LIKE 'incident-%'") == 5


def test_the_same_name_again_is_another_incident(path: Path) -> None:
    opened = IncidentOpened(incident="2026-09-21-1", route="a", sign="failures", since_s=NOON_S)
    closed = IncidentClosed(incident="2026-09-21-1", routes=("a",), code=None, duration_s=1.0, proven=True)
    with closing_ledger(ledger_at(path)) as ledger:
        ledger.write(batch(opened, opened, closed))
    assert [row["duration_s"] for row in rows(path, "SELECT duration_s FROM incidents ORDER BY at_us")] == [None, 1.0]


def test_somebody_else_s_rows_and_statements_are_written_in_their_order(path: Path) -> None:
    made = Insert(table="gaps", columns=("lost", "reason"), values=(3, "mine"))
    change = Statement(sql="UPDATE gaps SET lost = :lost WHERE run = :run", values={"lost": 4})
    with closing_ledger(ledger_at(path)) as ledger:
        assert ledger.write(batch(made, change, made)) == ALL_WELL
    assert [row["lost"] for row in rows(path, "SELECT lost FROM gaps ORDER BY at_us")] == [4, 3]


@pytest.mark.parametrize(
    "wrong",
    [
        Insert(table="nowhere", columns=("x",), values=(1,)),
        Insert(table="gaps", columns=("lost", "reason"), values=(None, None)),
        Insert(table="gaps", columns=("lost", "reason"), values=(1 << 70, "too large")),
        Insert(table="gaps", columns=("lost", "reason"), values=(1, "\udc80")),
        Statement(sql="UPDATE gaps SET lost = :absent", values={}),
    ],
    ids=["table", "null", "large", "surrogate", "parameter"],
)
def test_a_mistake_costs_only_itself(path: Path, wrong: Entry) -> None:
    mistakes: list[Exception] = []
    with closing_ledger(ledger_at(path, mistakes.append)) as ledger:
        assert ledger.write(batch(ended(1), wrong, ended(2))) == Written(refused=1)
        assert ledger.write(batch(ended(3))) == ALL_WELL
    assert [row["connection"] for row in rows(path, "SELECT connection FROM connections ORDER BY at_us")] == [1, 2, 3]
    assert len(mistakes) == 1


def test_what_was_lost_is_a_row_of_its_own(path: Path) -> None:
    with closing_ledger(ledger_at(path), lost=9) as ledger:
        ledger.write(Batch(entries=[(NOON_S, ended())], lost=7, because="the disk is full"))
    assert rows(path, "SELECT lost, reason FROM gaps") == [{"lost": 7, "reason": "the disk is full"}]
    assert rows(path, "SELECT lost, ended_us FROM runs") == [{"lost": 9, "ended_us": 1_790_000_000_250_000}]


def test_nothing_is_written_while_another_holds_the_file_and_everything_after(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farshore.store.database.BUSY_S", 0.0)
    with closing_ledger(ledger_at(path)) as ledger:
        ledger.write(batch(ended(1)))
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert ledger.write(batch(ended(2))) == Unwritten(reason="another process is writing to it")
        assert ledger.write(batch(ended(2))) == ALL_WELL
    assert value(path, "SELECT count(*) FROM connections") == 2
    assert value(path, "SELECT count(*) FROM runs") == 1


def test_a_journal_that_was_moved_away_is_complete_and_a_new_one_begun(path: Path) -> None:
    with closing_ledger(ledger_at(path)) as ledger:
        ledger.write(batch(ended(1)))
        moved = path.rename(path.with_name("old.db"))
        assert ledger.write(batch(ended(2))) == ALL_WELL
        assert value(moved, "SELECT connection FROM connections") == 1
        assert value(path, "SELECT connection FROM connections") == 2
        path.unlink()
        assert ledger.write(batch(ended(3))) == ALL_WELL
    assert value(path, "SELECT connection FROM connections") == 3


def test_a_journal_that_cannot_be_is_no_exception(tmp_path: Path) -> None:
    ledger = ledger_at(tmp_path / "absent" / "journal.db")
    answer = ledger.write(batch(ended()))
    assert answer == Unwritten(reason=f"its folder {tmp_path}/absent does not exist")
    (tmp_path / "absent").mkdir()
    assert ledger.write(batch(ended())) == ALL_WELL
    assert ledger.size_bytes() > 4096
    ledger.close(0)
