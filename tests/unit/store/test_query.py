from pathlib import Path

import pytest
from tests.unit.store.journals import KEEP, NOON_S, SetClock, ended

from farshore.core.clock import SystemClock
from farshore.store.ledger import Batch, Ledger
from farshore.store.query import Answer, Bounds, NotAnswered, ask


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    ledger = Ledger(path, KEEP, SetClock(), lambda _: None)
    ledger.write(Batch(entries=[(NOON_S, ended(number)) for number in range(5)]))
    ledger.close(0)
    return path


def asked(path: Path, sql: str, *, rows: int = 100, seconds: float = 30.0) -> Answer | NotAnswered:
    return ask(path, sql, SystemClock(), Bounds(rows=rows, seconds=seconds))


def refused(path: Path, sql: str) -> str:
    answer = asked(path, sql)
    assert isinstance(answer, NotAnswered), answer
    return answer.reason


def test_rows_with_their_columns(path: Path) -> None:
    answer = asked(path, "SELECT connection, code AS how FROM connections WHERE connection < 2 ORDER BY 1 DESC")
    assert answer == Answer(
        columns=("connection", "how"),
        rows=((1, "client.transfer.closed"), (0, "client.transfer.closed")),
        is_cut=False,
    )


def test_no_more_rows_than_asked_for(path: Path) -> None:
    few, all_of_them = (
        asked(path, "SELECT 1 FROM connections", rows=4),
        asked(path, "SELECT 1 FROM connections", rows=5),
    )
    assert isinstance(few, Answer)
    assert isinstance(all_of_them, Answer)
    assert (len(few.rows), few.is_cut) == (4, True)
    assert (len(all_of_them.rows), all_of_them.is_cut) == (5, False)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM connections",
        "UPDATE connections SET route = ''",
        "DROP TABLE connections",
        "CREATE TABLE mine (x)",
        "CREATE TEMP TABLE mine (x)",
        "ATTACH 'other.db' AS other",
        "VACUUM INTO 'copy.db'",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA user_version = 7",
        "BEGIN EXCLUSIVE",
        "SELECT load_extension('x')",
    ],
)
def test_nothing_but_reading(path: Path, sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    before = path.read_bytes()
    assert str(path) in refused(path, sql)
    assert path.read_bytes() == before
    assert {file.name for file in path.parent.iterdir()} <= {"journal.db", "journal.db-wal", "journal.db-shm"}


def test_one_question_at_a_time(path: Path) -> None:
    assert refused(path, "SELECT 1; SELECT 2") == f"one SELECT at a time, please; {path} was not asked"


def test_what_is_not_there_is_named_with_what_was_meant(path: Path) -> None:
    unlike = refused(path, "SELECT x FROM connections")
    assert unlike.startswith(f"{path} has no column x; there are alert, at, at_us, backend_state, client, ")
    assert refused(path, "SELECT c.rout FROM connections c") == f"{path} has no column c.rout; there is route"
    assert refused(path, "SELECT * FROM connection") == f"{path} has no table connection; there is connections"
    assert refused(path, "SELEC 1") == f'{path} did not answer: near "SELEC": syntax error'


def test_a_question_without_end_ends(path: Path) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    answer = asked(path, endless, seconds=0.05)
    assert isinstance(answer, NotAnswered)
    assert answer.reason == f"the question to {path} took more than 0.05 s; ask for less, by `at_us` say"


def test_a_value_without_bounds_is_refused(path: Path) -> None:
    assert "too big" in refused(path, "SELECT zeroblob(500000000)")
    assert str(path) in refused(path, f"SELECT '{'x' * 200_000}'")


def test_the_schema_can_be_asked_for(path: Path) -> None:
    answer = asked(path, "PRAGMA table_info(gaps)")
    assert isinstance(answer, Answer)
    assert "lost" in {row[1] for row in answer.rows}
    assert isinstance(asked(path, "PRAGMA user_version"), Answer)


def test_there_is_no_journal(tmp_path: Path) -> None:
    assert refused(tmp_path / "absent.db", "SELECT 1") == (
        f"the journal {tmp_path}/absent.db was not read: no such file or directory"
    )


def test_a_text_that_is_no_utf8_is_shown_all_the_same(path: Path) -> None:
    answer = asked(path, "SELECT CAST(x'ff41' AS TEXT)")
    assert isinstance(answer, Answer)
    assert answer.rows == (("\ufffdA",),)
