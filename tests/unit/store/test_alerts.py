"""How alerts stood when the process before this one ended."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.unit.notify.alerts import an_alert, over
from tests.unit.store.journals import KEEP, NOON_S, SetClock

from farshore.core.alerts import AlertChanged, AlertsBefore, NotificationSent
from farshore.core.events import Event
from farshore.store.alerts import LATELY_S, alerts_before
from farshore.store.ledger import Batch, Ledger, Written

NOTHING = AlertsBefore()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def happened(path: Path, *events: Event, at_s: float = NOON_S) -> None:
    """As the gateway writes it; nothing else is closed, as after kill -9."""
    ledger = Ledger(path, KEEP, SetClock(), print)
    for number, event in enumerate(events):
        assert ledger.write(Batch(entries=[(at_s + number, event)])) == Written(refused=0)


def changed(key: str = "M01/r1", **fields: object) -> AlertChanged:
    return AlertChanged(alert=replace(an_alert(key), **fields))


def sent(channel: str, key: str = "M01/r1") -> NotificationSent:
    return NotificationSent(channel=channel, key=key, state=an_alert().state, took_ms=3.0, tries=1)


def test_what_fires_is_as_it_was_told_last(path: Path) -> None:
    happened(path, changed(), changed("M02/r2"), changed(title="worse"), AlertChanged(alert=over("M02/r2")))
    assert alerts_before(path, NOON_S).firing == (replace(an_alert(), title="worse"),)
    with closing(sqlite3.connect(path)) as journal:
        rows = journal.execute("SELECT key, title, last_us - at_us, ended_us - at_us FROM alerts ORDER BY at_us")
        title = over().title
        assert rows.fetchall() == [("M01/r1", "worse", 2_000_000, None), ("M02/r2", title, 2_000_000, 2_000_000)]


def test_what_was_over_and_fires_again_is_another_row(path: Path) -> None:
    happened(path, changed(), AlertChanged(alert=over()), changed())
    assert len(alerts_before(path, NOON_S).firing) == 1
    with closing(sqlite3.connect(path)) as journal:
        assert journal.execute("SELECT count(*), count(ended_us) FROM alerts").fetchone() == (2, 1)


def test_two_of_one_moment_are_two_rows(path: Path) -> None:
    ledger = Ledger(path, KEEP, SetClock(), print)
    assert ledger.write(Batch(entries=[(NOON_S, changed("a")), (NOON_S, changed("b"))])) == Written(refused=0)
    assert [alert.key for alert in alerts_before(path, NOON_S).firing] == ["a", "b"]


def test_who_has_taken_what_was_told_last_is_known(path: Path) -> None:
    happened(path, changed(), sent("old"), changed(reminder=True), sent("chat"), sent("chat", key="M02/r2"))
    (told,) = alerts_before(path, NOON_S).lately
    assert (told.alert.reminder, told.taken_by) == (True, frozenset({"chat"}))


def test_what_was_told_long_ago_or_to_nobody_is_not_told_again(path: Path) -> None:
    happened(path, changed("old"))
    happened(path, changed("new"), changed("hushed", silenced=True), at_s=NOON_S + LATELY_S)
    before = alerts_before(path, NOON_S + LATELY_S + 3)
    assert [told.alert.key for told in before.lately] == ["new"]
    assert [alert.key for alert in before.firing] == ["old", "new", "hushed"]


def test_what_cannot_be_read_is_nothing(path: Path) -> None:
    assert alerts_before(path, NOON_S) == NOTHING
    happened(path, changed("a"), changed("b"))
    with closing(sqlite3.connect(path)) as journal:
        journal.execute("UPDATE alerts SET alert = '{}' WHERE key = 'a'")
        journal.commit()
        assert [alert.key for alert in alerts_before(path, NOON_S).firing] == ["b"]
        journal.execute("DROP TABLE alerts")
    assert alerts_before(path, NOON_S) == NOTHING
