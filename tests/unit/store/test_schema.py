import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from farshore.store import schema
from farshore.store.database import Migration, migrations, open_writable
from farshore.store.schema import Column, tables


def test_every_column_of_every_table_is_described(tmp_path: Path) -> None:
    connection = open_writable(tmp_path / "journal.db")
    assert isinstance(connection, sqlite3.Connection)
    with closing(connection):
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {
            table: [(name, kind) for _, name, kind, *_ in connection.execute(f"PRAGMA table_xinfo({table})")]
            for table in names
        }
    # The kind of a generated column is its first word.
    kinds = {name: [(column, kind.split()[0]) for column, kind in columns] for name, columns in found.items()}
    assert {table.name: [(column.name, column.kind) for column in table.columns] for table in tables()} == kinds


def test_a_column_that_came_later_stands_with_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    later = Migration(version=2, sql="ALTER TABLE gaps ADD COLUMN seen TEXT; -- by whom\n")
    steps = (*migrations(), later)
    monkeypatch.setattr(schema, "migrations", lambda: steps)
    [gaps] = [table for table in tables() if table.name == "gaps"]
    assert gaps.columns[-1] == Column(name="seen", kind="TEXT", help="by whom")
