import sqlite3
from pathlib import Path

import pytest
from tests.unit.store.journals import KEEP, NOON_S, SetClock, ended

from farshore.core.events import Event, Health, HealthChanged, OutageEnded, OutageStarted
from farshore.core.outcome import Code
from farshore.store.database import NotOpened
from farshore.store.lately import BEFORE_S, SPAN_S, Ended, Known, Lately, lately
from farshore.store.ledger import Batch, Ledger

UNTIL_S = NOON_S + 3  # in the middle of ten seconds
STEP_S = int(NOON_S) // 10 * 10


def journal(folder: Path, *entries: tuple[float, Event]) -> Path:
    ledger = Ledger(folder / "j.db", KEEP, SetClock(wall=NOON_S - SPAN_S), lambda _: None)
    ledger.write(Batch(entries=list(entries)))
    ledger.close(0)
    return folder / "j.db"


def read(path: Path) -> Lately:
    told = lately(path, UNTIL_S, SetClock(), within_s=30)
    assert isinstance(told, Lately)
    return told


def changed(health: Health, was: Health = Health.UNKNOWN) -> HealthChanged:
    return HealthChanged(route="billing", path="r1", health=health, was=was, reason="")


def test_endings_are_counted_by_ten_seconds_route_and_code(tmp_path: Path) -> None:
    path = journal(
        tmp_path,
        (NOON_S - SPAN_S - 20, ended(1)),
        (STEP_S - 10, ended(2)),
        (STEP_S - 0.001, ended(3, code=Code.NO_ANSWER)),
        (STEP_S, ended(4)),
        (STEP_S + 1, ended(5)),
        (STEP_S + 1, ended(6, route="erp")),
        (UNTIL_S + 1, ended(7)),
    )
    told = read(path)
    before, now = STEP_S - 10, STEP_S
    assert set(told.ended) == {
        Ended(at_s=now, route="billing", code=Code.CLIENT_CLOSED, count=2),
        Ended(at_s=now, route="erp", code=Code.CLIENT_CLOSED, count=1),
        Ended(at_s=before, route="billing", code=Code.CLIENT_CLOSED, count=1),
        Ended(at_s=before, route="billing", code=Code.NO_ANSWER, count=1),
    }
    assert {at_s: len(waits) for at_s, waits in told.waits_ms.items()} == {now: 3, before: 2}


def test_a_path_s_health_is_known_from_the_hour_s_begin(tmp_path: Path) -> None:
    path = journal(
        tmp_path,
        (
            UNTIL_S - BEFORE_S - SPAN_S - 1,
            HealthChanged(route="old", path="x", health=Health.UP, was=Health.DOWN, reason=""),
        ),
        (UNTIL_S - SPAN_S - 200, changed(Health.DOWN)),
        (UNTIL_S - SPAN_S - 100, changed(Health.UP)),
        (UNTIL_S - 60, changed(Health.DOWN)),
    )
    assert read(path).health == (
        Known(at_s=UNTIL_S - SPAN_S, route="billing", path="r1", health=Health.UP),
        Known(at_s=UNTIL_S - 60, route="billing", path="r1", health=Health.DOWN),
    )


def test_an_outage_has_a_span_where_its_end_is_known(tmp_path: Path) -> None:
    path = journal(
        tmp_path,
        (UNTIL_S - 300, OutageStarted(route="billing", code=Code.NO_ANSWER, detail="")),
        (UNTIL_S - 240, OutageEnded(route="billing", duration_s=60, served=1, refused=0)),
        (UNTIL_S - 120, OutageStarted(route="billing", code=Code.NO_ANSWER, detail="")),
    )
    assert read(path).outages == (("billing", UNTIL_S - 300, UNTIL_S - 240),)


def test_the_last_sign_of_the_run_before_is_known(tmp_path: Path) -> None:
    path = journal(tmp_path, (UNTIL_S - 240, ended(1)), (UNTIL_S - 120, changed(Health.UP)))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET ended_us = NULL")
    connection.close()
    assert read(path).last_s == UNTIL_S - 120


def test_words_of_another_version_are_left_out(tmp_path: Path) -> None:
    path = journal(tmp_path, (UNTIL_S - 60, ended(1)), (UNTIL_S - 60, changed(Health.UP)))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE connections SET code = 'new.words'")
        connection.execute("UPDATE path_health SET health = 'excellent'")
    connection.close()
    told = read(path)
    assert (told.ended, told.health) == ((), ())


def test_what_there_is_no_time_for_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("farshore.store.lately._SLICE", 1)
    path = journal(tmp_path, (UNTIL_S - 60, ended(1)))

    class Running(SetClock):
        def monotonic_s(self) -> float:
            self.monotonic += 1
            return self.monotonic

    some = lately(path, UNTIL_S, Running(), within_s=400)
    assert isinstance(some, Lately)
    assert some.ended == ()
    assert lately(path, UNTIL_S, SetClock(), within_s=0) == NotOpened(reason="interrupted", is_lasting=False)


def test_what_is_no_journal_says_so(tmp_path: Path) -> None:
    assert isinstance(lately(tmp_path / "none.db", UNTIL_S, SetClock(), within_s=30), NotOpened)
    (tmp_path / "empty.db").write_bytes(b"")
    assert isinstance(lately(tmp_path / "empty.db", UNTIL_S, SetClock(), within_s=30), NotOpened)
