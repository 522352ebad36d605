import os
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from tests.unit.store.journals import SetClock, ended, value

from farshore.app.exits import Exit
from farshore.app.memory import Memory, journal_refusal
from farshore.config.load import parse
from farshore.config.model import Config
from farshore.store.database import open_writable

pytestmark = pytest.mark.anyio


def config(path: Path | None) -> Config:
    journal = "" if path is None else f"journal: {{path: {path}}}\n"
    loaded = parse(f"routes: [{{listen: 8082, target: 10.0.0.1:1433}}]\n{journal}".encode(), "f.yaml")
    assert loaded.config is not None
    assert loaded.config.listen_host == IPv4Address("127.0.0.1")
    return loaded.config


async def test_a_gateway_without_a_journal_keeps_nothing() -> None:
    memory = Memory(config(None), SetClock(), lambda _: None)
    memory.announce(ended())
    memory.close()
    assert (memory.state(), memory.problem()) == (None, None)
    assert journal_refusal(config(None)) is None


async def test_a_gateway_with_one_keeps_what_happens(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    memory = Memory(config(path), SetClock(), lambda _: None)
    memory.announce(ended(5))
    memory.close()
    state = memory.state()
    assert state is not None
    assert (state.written, memory.problem()) == (1, None)
    assert value(path, "SELECT connection FROM connections") == 5


def test_a_place_that_cannot_be_is_refused_before_the_start(tmp_path: Path) -> None:
    refusal = journal_refusal(config(tmp_path / "absent" / "journal.db"))
    assert refusal is not None
    assert refusal.exit is Exit.USAGE
    assert refusal.sentence == (
        f"the journal {tmp_path}/absent/journal.db cannot be kept: its folder {tmp_path}/absent does not exist; "
        "mend it, or change `journal.path`."
    )
    assert journal_refusal(config(tmp_path / "journal.db")) is None
    assert os.listdir(tmp_path) == ["journal.db"]  # noqa: PTH208 - names alone


def test_a_journal_of_a_newer_farshore_keeps_no_gateway_from_carrying(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = open_writable(path)
    assert not hasattr(connection, "reason")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert journal_refusal(config(path)) is None
