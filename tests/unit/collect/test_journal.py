import asyncio
from pathlib import Path

import pytest
from tests.unit.store.journals import KEEP, NOON_S, SetClock, ended

from farshore.collect.documents import Notebook
from farshore.collect.journal import LOOKED_BACK_S, journal_of
from farshore.core.events import Event
from farshore.core.outcome import Code
from farshore.diagnosis.facts.dials import GatewayEnded
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source
from farshore.store.ledger import Batch, Ledger

pytestmark = pytest.mark.anyio


async def remember(path: Path, notebook: Notebook) -> str | None:
    return await journal_of(path).ask(notebook, asyncio.Event())


def journal(folder: Path, *entries: tuple[float, Event]) -> Path:
    path = folder / "journal.db"
    ledger = Ledger(path, KEEP, SetClock(), lambda _: None)
    ledger.write(Batch(entries=entries))
    ledger.close(0)
    return path


async def test_the_last_minutes_are_kept_as_a_log_that_the_diagnosis_reads(tmp_path: Path) -> None:
    path = journal(
        tmp_path,
        (NOON_S - LOOKED_BACK_S - 1, ended(1, code=Code.TARGET_REFUSED)),
        (NOON_S - 10, ended(2, code=Code.TARGET_REFUSED)),
    )
    notebook = Notebook(clock=SetClock())
    assert await remember(path, notebook) is None
    [document] = notebook.kept
    assert document.name == "journal.log"
    read = take_in([Source(name=document.name, data=document.data)])
    assert [fact.code for fact in read.facts if isinstance(fact, GatewayEnded)] == ["target.dial.refused"]


async def test_a_quiet_journal_is_no_document(tmp_path: Path) -> None:
    notebook = Notebook(clock=SetClock())
    assert await remember(journal(tmp_path, (NOON_S - 3600, ended())), notebook) is None
    assert notebook.kept == []


async def test_a_journal_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    notebook = Notebook(clock=SetClock())
    assert await remember(tmp_path / "absent.db", notebook) == "no such file or directory"
    damaged = journal(tmp_path, (NOON_S, ended()))
    data = bytearray(damaged.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    damaged.write_bytes(data)
    assert "malformed" in str(await remember(damaged, notebook))
    assert notebook.kept == []
