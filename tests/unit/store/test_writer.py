import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.unit.store.journals import KEEP, SetClock, ended, rows, value

from farshore.core.events import JournalFailed, JournalRecovered
from farshore.store import writer
from farshore.store.ledger import Batch, Ledger, Unwritten, Written
from farshore.store.rows import Insert
from farshore.store.writer import Listeners, Writer

PATIENCE_S = 60


class Told:
    """What the writer's thread says; can be waited for."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.mistakes: list[Exception] = []
        self._more = threading.Condition()

    def announce(self, event: JournalFailed | JournalRecovered) -> None:
        with self._more:
            self.events.append(event)
            self._more.notify_all()

    def mistaken(self, error: Exception) -> None:
        with self._more:
            self.mistakes.append(error)
            self._more.notify_all()

    def until(self, count: int) -> list[Any]:
        with self._more:
            assert self._more.wait_for(lambda: len(self.events) >= count, PATIENCE_S)
            return list(self.events)

    def until_mistaken(self) -> list[Exception]:
        with self._more:
            assert self._more.wait_for(lambda: bool(self.mistakes), PATIENCE_S)
            return list(self.mistakes)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def problem(journal: Writer) -> str | None:
    return journal.state.problem


@contextmanager
def writing(path: Path, told: Told, *, capacity: int = 100) -> Iterator[Writer]:
    writer = Writer(
        path, KEEP, SetClock(), Listeners(announce=told.announce, mistaken=told.mistaken), capacity=capacity
    )
    try:
        yield writer
    finally:
        writer.close()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator["Disk"]:
    """A ledger that waits and fails when it is told to."""
    disk = Disk()
    real = Ledger.write

    def write(ledger: Ledger, batch: Batch) -> Written | Unwritten:
        disk.asked.set()
        assert disk.answers.wait(PATIENCE_S)
        return real(ledger, batch) if disk.fault is None else Unwritten(reason=disk.fault)

    monkeypatch.setattr(Ledger, "write", write)
    monkeypatch.setattr(writer, "RETRY_S", 0.01)
    monkeypatch.setattr(writer, "BATCH_S", 0.01)
    yield disk
    disk.answers.set()


class Disk:
    def __init__(self) -> None:
        self.asked = threading.Event()
        self.answers = threading.Event()
        self.answers.set()
        self.fault: str | None = None


def test_what_was_handed_in_is_there_after_the_end(path: Path, told: Told) -> None:
    with writing(path, told) as journal:
        for number in range(50):
            journal.put(ended(number))
    assert [row["connection"] for row in rows(path, "SELECT connection FROM connections")] == [*range(50)]
    assert value(path, "SELECT ended_us IS NOT NULL FROM runs") == 1
    assert (journal.state.written, journal.state.lost, journal.state.problem) == (50, 0, None)
    assert told.events == []


def test_the_file_is_there_before_anything_has_happened(path: Path, told: Told, disk: Disk) -> None:
    with writing(path, told):
        assert disk.asked.wait(PATIENCE_S)
    assert value(path, "SELECT count(*) FROM runs") == 1


def test_a_disk_that_takes_nothing_is_said_once_and_nothing_is_lost_that_fits(
    path: Path, told: Told, disk: Disk
) -> None:
    disk.fault = "the disk is full"
    with writing(path, told) as journal:
        journal.put(ended(1))
        assert told.until(1) == [JournalFailed(path=str(path), reason="the disk is full")]
        assert problem(journal) == "the disk is full"
        disk.fault = None
        failed, recovered = told.until(2)
        assert recovered == JournalRecovered(path=str(path), failed_for_s=0.0, lost=0)
        assert failed.reason == "the disk is full"
    assert problem(journal) is None
    assert value(path, "SELECT connection FROM connections") == 1
    assert value(path, "SELECT count(*) FROM gaps") == 0


def test_what_is_too_much_is_counted_and_said_where_it_is_missing(path: Path, told: Told, disk: Disk) -> None:
    disk.fault = "the disk is full"
    with writing(path, told, capacity=10) as journal:
        told.until(1)
        for number in range(25):
            journal.put(ended(number))
        assert (journal.state.waiting, journal.state.lost) == (10, 15)
        disk.fault = None
        assert told.until(2)[1].lost == 15
    assert journal.state.lost == 15
    assert [row["connection"] for row in rows(path, "SELECT connection FROM connections")] == [*range(10)]
    assert rows(path, "SELECT lost, reason FROM gaps") == [{"lost": 15, "reason": "the disk is full"}]
    assert value(path, "SELECT lost FROM runs") == 15


def test_a_disk_that_does_not_answer_blocks_nobody_and_is_seen(path: Path, told: Told, disk: Disk) -> None:
    disk.answers.clear()
    clock = SetClock()
    journal = Writer(path, KEEP, clock, Listeners(announce=told.announce, mistaken=told.mistaken), capacity=10)
    assert disk.asked.wait(PATIENCE_S)
    for number in range(25):
        journal.put(ended(number))
    assert (journal.state.lost, problem(journal)) == (15, None)
    clock.monotonic += 7.5
    assert problem(journal) == "the disk has not answered for 8 s"
    disk.answers.set()
    journal.close()
    assert problem(journal) is None
    assert rows(path, "SELECT lost, reason FROM gaps") == [{"lost": 15, "reason": "more came than the disk took"}]


def test_an_entry_that_no_schema_takes_is_told_and_counted(path: Path, told: Told) -> None:
    with writing(path, told) as journal:
        journal.put(Insert(table="nowhere", columns=("x",), values=(1,)))
        journal.put(ended(1))
    assert (journal.state.written, journal.state.lost) == (1, 1)
    assert len(told.mistakes) == 1


def test_a_mistake_of_the_writer_s_own_is_not_silent(path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> None:
        msg = "wrong"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(Ledger, "write", wrong)
    with writing(path, told) as journal:
        assert [str(error) for error in told.until_mistaken()] == ["wrong"]
        assert problem(journal) == "a mistake of its own: ZeroDivisionError('wrong')"


def test_what_is_too_old_is_taken_away_while_it_writes(path: Path, told: Told) -> None:
    clock = SetClock()
    for _ in range(2):
        journal = Writer(path, KEEP, clock, Listeners(announce=told.announce, mistaken=told.mistaken))
        journal.put(ended())
        journal.close()
        clock.wall += KEEP.bulky_s + 1
    # The third one has nothing to write; it is asked to end only after it has looked once.
    looked = threading.Event()

    class Looking(SetClock):
        def monotonic_s(self) -> float:
            if threading.current_thread().name == "journal-writer":
                looked.set()
            return self.monotonic

    journal = Writer(path, KEEP, Looking(wall=clock.wall), Listeners(announce=told.announce, mistaken=told.mistaken))
    assert looked.wait(PATIENCE_S)
    journal.close()
    assert value(path, "SELECT count(*) FROM connections") == 0
    assert value(path, "SELECT count(*) FROM runs") == 3
