"""Silences in the journal."""

from pathlib import Path

import pytest
from tests.unit.store.journals import KEEP, NOON_S, SetClock, rows

from farshore.core.alerts import Silenced
from farshore.store.database import NotOpened
from farshore.store.ledger import Batch, Ledger
from farshore.store.silences import NewSilence, add_silence, end_silence, silences_in

HOUR_S = 3600.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def made(path: Path, *routes: str, why: str = "") -> int:
    wanted = NewSilence(routes=routes, until_s=NOON_S + HOUR_S, who="ann@gw", why=why)
    silence = add_silence(path, wanted, SetClock())
    assert isinstance(silence, Silenced)
    return silence.number


def test_a_silence_holds_until_its_end(path: Path) -> None:
    assert [made(path, "billing", why="disk"), made(path)] == [1, 2]
    first, second = silences_in(path, NOON_S + HOUR_S - 1)  # type: ignore[misc]
    assert first == Silenced(
        number=1, routes=("billing",), since_s=NOON_S, until_s=NOON_S + HOUR_S, who="ann@gw", why="disk"
    )
    assert (second.number, second.routes) == (2, ())
    assert silences_in(path, NOON_S + HOUR_S) == ()


def test_one_that_was_ended_holds_no_more_and_its_number_is_not_given_again(path: Path) -> None:
    made(path, "billing")
    ended = end_silence(path, 1, SetClock())
    assert isinstance(ended, Silenced)
    assert silences_in(path, NOON_S) == ()
    assert end_silence(path, 1, SetClock()) is None
    assert end_silence(path, 7, SetClock()) is None
    assert made(path) == 2
    assert [row["ended_us"] for row in rows(path, "SELECT ended_us FROM silences")] == [int(NOON_S * 1e6), None]


def test_a_gateway_that_runs_hears_of_it(path: Path) -> None:
    ledger = Ledger(path, KEEP, SetClock(), print)
    assert ledger.silences() is None
    ledger.write(Batch(entries=[]))
    assert ledger.silences() == ()
    made(path, "billing")
    assert [each.routes for each in ledger.silences() or ()] == [("billing",)]
    end_silence(path, 1, SetClock())
    assert ledger.silences() == ()


def test_why_it_cannot_be_written_or_read_is_said(tmp_path: Path) -> None:
    absent = tmp_path / "absent" / "journal.db"
    wanted = NewSilence(routes=(), until_s=NOON_S, who="", why="")
    assert isinstance(add_silence(absent, wanted, SetClock()), NotOpened)
    assert isinstance(end_silence(absent, 1, SetClock()), NotOpened)
    assert isinstance(silences_in(absent, NOON_S), NotOpened)
