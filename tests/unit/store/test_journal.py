import asyncio
from pathlib import Path

import pytest
from tests.unit.store.journals import KEEP, SetClock, ended, rows, sampled

from farshore.core.events import Event, JournalFailed
from farshore.store.journal import Journal
from farshore.store.rows import Insert, Statement

pytestmark = pytest.mark.anyio


async def test_events_and_rows_of_one_s_own_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path, KEEP, SetClock(), lambda _: None)
    journal.announce(ended(3))
    journal.write(Insert(table="gaps", columns=("lost", "reason"), values=(1, "mine")))
    journal.write(Statement(sql="UPDATE gaps SET lost = 2", values={}))
    journal.close()
    assert rows(path, "SELECT connection FROM connections") == [{"connection": 3}]
    assert rows(path, "SELECT lost FROM gaps") == [{"lost": 2}]
    assert (journal.state.written, journal.state.path) == (3, str(path))


async def test_a_sample_that_says_nothing_new_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path, KEEP, SetClock(), lambda _: None)
    for online in (True, True, False):
        journal.announce(sampled(online=online))
    journal.close()
    found = rows(path, "SELECT json_extract(nodes, '$[0].online') AS online FROM samples ORDER BY at_us")
    assert found == [{"online": 1}, {"online": 0}]


async def test_its_troubles_are_announced_on_the_loop(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    told: asyncio.Future[Event] = loop.create_future()

    def announce(event: Event) -> None:
        assert asyncio.get_running_loop() is loop
        told.set_result(event)

    path = tmp_path / "absent" / "journal.db"
    journal = Journal(path, KEEP, SetClock(), announce)
    event = await told
    journal.close()
    assert event == JournalFailed(path=str(path), reason=f"its folder {path.parent} does not exist")


async def test_a_mistake_in_an_entry_reaches_the_loop_s_handler(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    seen: asyncio.Future[str] = loop.create_future()
    loop.set_exception_handler(lambda _, context: seen.set_result(context["message"]))
    journal = Journal(tmp_path / "journal.db", KEEP, SetClock(), lambda _: None)
    journal.write(Insert(table="nowhere", columns=("x",), values=(1,)))
    assert await seen == "an entry of the journal"
    journal.close()


def test_nobody_listens_once_the_loop_is_closed(tmp_path: Path) -> None:
    async def made() -> Journal:
        return Journal(tmp_path / "journal.db", KEEP, SetClock(), lambda _: None)

    journal = asyncio.run(made())
    journal.write(Insert(table="nowhere", columns=("x",), values=(1,)))
    journal.close()
    assert journal.state.lost == 1
