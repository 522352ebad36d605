import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.store.journals import value

from farshore.core.journal import APPLICATION_ID
from farshore.store import database
from farshore.store.database import (
    Migration,
    NotOpened,
    migrations,
    open_readonly,
    open_writable,
    passing_reason,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def opened(path: Path) -> sqlite3.Connection:
    connection = open_writable(path)
    assert isinstance(connection, sqlite3.Connection)
    return connection


def refused(path: Path) -> NotOpened:
    answer = open_writable(path)
    assert isinstance(answer, NotOpened)
    return answer


def test_a_new_file_is_a_journal_that_nobody_else_may_read(path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(opened(path)) as connection:
            connection.execute("INSERT INTO gaps (at_us, run, lost, reason) VALUES (1, 1, 1, '')")
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}
    assert value(path, "PRAGMA application_id") == APPLICATION_ID
    assert value(path, "PRAGMA user_version") == len(migrations())
    assert value(path, "PRAGMA journal_mode") == "wal"
    assert value(path, "PRAGMA auto_vacuum") == 2  # incremental


def test_a_journal_is_opened_again_with_what_it_holds(path: Path) -> None:
    with closing(opened(path)) as connection:
        connection.execute("INSERT INTO gaps (at_us, run, lost, reason) VALUES (1, 1, 5, '')")
    with closing(opened(path)) as connection:
        assert connection.execute("SELECT lost FROM gaps").fetchall() == [(5,)]


def test_an_older_schema_is_brought_up_to_date_and_keeps_its_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(opened(path)) as connection:
        connection.execute("INSERT INTO gaps (at_us, run, lost, reason) VALUES (1, 1, 5, 'full')")
    newer = Migration(version=len(migrations()) + 1, sql="ALTER TABLE gaps ADD COLUMN seen TEXT;\nCREATE TABLE t (x);")
    steps = (*migrations(), newer)
    monkeypatch.setattr(database, "migrations", lambda: steps)
    with closing(opened(path)) as connection:
        assert connection.execute("SELECT lost, reason, seen FROM gaps").fetchall() == [(5, "full", None)]
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert value(path, "PRAGMA user_version") == newer.version


def test_a_step_is_taken_wholly_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(path).close()
    before = value(path, "PRAGMA user_version")
    wrong = Migration(version=before + 1, sql="CREATE TABLE half (x);\nCREATE TABLE gaps (x);")
    steps = (*migrations(), wrong)
    monkeypatch.setattr(database, "migrations", lambda: steps)
    assert "gaps already exists" in refused(path).reason
    assert value(path, "PRAGMA user_version") == before
    assert value(path, "SELECT count(*) FROM sqlite_master WHERE name = 'half'") == 0


def test_a_newer_schema_is_left_alone_and_said(path: Path) -> None:
    with closing(opened(path)) as connection:
        connection.execute("PRAGMA user_version = 4711")
    answer = refused(path)
    assert "a newer Farshore wrote it (schema 4711; this one knows " in answer.reason
    assert not answer.is_lasting
    assert value(path, "PRAGMA user_version") == 4711


def test_another_program_s_database_is_not_touched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
        connection.commit()
    before = path.read_bytes()
    assert refused(path) == NotOpened(reason="it is an SQLite database, and no journal of Farshore's", is_lasting=True)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_not_touched(path: Path) -> None:
    path.write_text("listen: 8082\n" * 100)
    assert refused(path) == NotOpened(reason="it is no SQLite database", is_lasting=True)
    assert path.read_text() == "listen: 8082\n" * 100


def test_why_there_can_be_none_names_the_folder(tmp_path: Path) -> None:
    absent = refused(tmp_path / "absent" / "journal.db")
    assert absent == NotOpened(reason=f"its folder {tmp_path}/absent does not exist", is_lasting=True)
    (tmp_path / "file").touch()
    assert f"look at its folder {tmp_path}/file" in refused(tmp_path / "file" / "journal.db").reason
    assert refused(tmp_path).reason == "it is no file"


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere.db")
    assert refused(path).reason == "it is a symbolic link; name the file itself"
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_reader_reads_and_does_not_write(path: Path) -> None:
    with closing(opened(path)) as connection:
        connection.execute("INSERT INTO gaps (at_us, run, lost, reason) VALUES (1, 1, 5, '')")
        reader = open_readonly(path)
        assert isinstance(reader, sqlite3.Connection)
        with closing(reader):
            assert reader.execute("SELECT lost FROM gaps").fetchall() == [(5,)]
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                reader.execute("DELETE FROM gaps")


def test_a_reader_says_why_there_is_nothing_to_read(path: Path) -> None:
    assert open_readonly(path) == NotOpened(reason="no such file or directory", is_lasting=True)
    path.write_bytes(b"no database " * 100)
    assert open_readonly(path) == NotOpened(reason="it is no SQLite database", is_lasting=True)
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
        connection.commit()
    assert open_readonly(path) == NotOpened(
        reason="it is an SQLite database, and no journal of Farshore's", is_lasting=True
    )


def test_a_mistake_in_a_statement_does_not_pass_by_waiting(path: Path) -> None:
    with closing(opened(path)) as connection, pytest.raises(sqlite3.Error) as caught:
        connection.execute("SELECT nothing FROM gaps")
    assert passing_reason(caught.value) is None
    assert passing_reason(KeyError("x")) is None
    assert passing_reason(OSError(28, "No space left on device")) == "no space left on device"


def test_every_table_is_keyed_by_time_and_knows_its_run(path: Path) -> None:
    with closing(opened(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = {row[1]: (row[2], row[5]) for row in connection.execute(f"PRAGMA table_info({table})")}
            assert columns["at_us"] == ("INTEGER", 1), table
            assert "run" in columns or table == "runs"
