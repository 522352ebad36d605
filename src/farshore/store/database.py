"""The journal's file: recognised by its application id, opened by one writer and many readers, migrated in place.

SQLite's own words are translated here and nowhere else. A file that is not a journal is never written to.
"""

import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from farshore.core.journal import APPLICATION_ID

BUSY_S = 1.0
WAL_LIMIT_BYTES = 16 << 20
FOREIGN = "it is an SQLite database, and no journal of Farshore's"
_FILE_NAME = re.compile(r"(\d{4})_[a-z_]+\.sql")

# What comes from the disk, or from another process, and may pass; anything else is a mistake in a statement.
_PASSING = {
    sqlite3.SQLITE_BUSY: "another process is writing to it",
    sqlite3.SQLITE_LOCKED: "another process is writing to it",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk does not do what it should",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_READONLY: "it may not be written to",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PERM: "this user may not write to it",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOpened:
    """Why there is no connection to the file. `is_lasting`: only somebody who changes something can help."""

    reason: str
    is_lasting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of the schema."""

    version: int
    sql: str


class SchemaError(Exception):
    """The migrations that are shipped are not numbered from 1 without a gap."""


@cache
def migrations() -> tuple[Migration, ...]:
    """Every step, the first one first.

    Raises:
        SchemaError: two have the same number, or one is missing.
    """
    named = sorted(
        (int(matched[1]), file.read_text(encoding="utf-8"))
        for file in files("farshore.store").joinpath("migrations").iterdir()
        if (matched := _FILE_NAME.fullmatch(file.name))
    )
    if [version for version, _ in named] != list(range(1, len(named) + 1)):
        msg = f"migrations are numbered {', '.join(str(version) for version, _ in named)}"
        raise SchemaError(msg)
    return tuple(Migration(version=version, sql=sql) for version, sql in named)


def open_writable(path: Path) -> sqlite3.Connection | NotOpened:
    """A connection that may write, to a journal of the newest schema; created or migrated where need be.

    It is used by the thread that opens it. Nothing is written to a file that is no journal, nor to a newer one.
    """
    against = _look(path)
    if against is not None:
        return NotOpened(reason=against, is_lasting=True)
    try:
        _create(path)
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        return NotOpened(reason=passing_reason(error) or str(error), is_lasting=isinstance(error, PermissionError))
    try:
        unfit = _prepare(connection)
    except sqlite3.Error as error:
        connection.close()
        is_lasting = error.sqlite_errorcode == sqlite3.SQLITE_NOTADB
        return NotOpened(reason=passing_reason(error) or f"SQLite says: {error}", is_lasting=is_lasting)
    if unfit is not None:
        connection.close()
        return unfit
    return connection


def open_readonly(path: Path) -> sqlite3.Connection | NotOpened:
    """A connection that may only read, to a journal of any schema."""
    try:
        path.open("rb").close()
    except OSError as error:
        return NotOpened(reason=(error.strerror or str(error)).lower(), is_lasting=True)
    # A file whose writer has closed it needs no -wal beside it, and in a folder that is read-only there can be none.
    wal = path.with_name(f"{path.name}-wal")
    options = "mode=ro" if wal.exists() or os.access(path.parent, os.W_OK) else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"file:{quote(str(path))}?{options}", uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        found = _number(connection, "application_id")
    except sqlite3.Error as error:
        connection.close()
        return NotOpened(reason=passing_reason(error) or str(error), is_lasting=True)
    if found != APPLICATION_ID:
        connection.close()
        return NotOpened(reason=FOREIGN, is_lasting=True)
    return connection


def passing_reason(error: Exception) -> str | None:
    """What stands in the way of the disk or of another process; None where the statement itself is wrong."""
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return _PASSING.get(code & 0xFF)


def _look(path: Path) -> str | None:
    """Why there cannot be a journal here, before anything is created."""
    folder = path.parent
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        if not folder.is_dir():
            return f"its folder {folder} does not exist"
        may_create = os.access(folder, os.W_OK | os.X_OK)
        return None if may_create else f"this user may not write to its folder {folder}"
    except OSError as error:
        return f"{(error.strerror or str(error)).lower()}; look at its folder {folder}"
    if stat.S_ISLNK(mode):
        return "it is a symbolic link; name the file itself"
    if not stat.S_ISREG(mode):
        return "it is no file"
    return None if os.access(path, os.R_OK | os.W_OK) else "this user may not read and write it"


def _create(path: Path) -> None:
    """Make an empty file that nobody else may read; SQLite gives its -wal and -shm the same mode.

    One that is there is not opened: closing it again would take away the locks of this process (fcntl(2)).
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        os.close(os.open(path, flags, 0o600))
    except FileExistsError:
        return


def _prepare(connection: sqlite3.Connection) -> NotOpened | None:
    if not _number(connection, "schema_version"):
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    elif _number(connection, "application_id") != APPLICATION_ID:
        return NotOpened(reason=FOREIGN, is_lasting=True)
    found, newest = _number(connection, "user_version"), len(migrations())
    if found > newest:
        reason = f"a newer Farshore wrote it (schema {found}; this one knows {newest}); give this one another file"
        return NotOpened(reason=reason, is_lasting=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
    for migration in migrations()[found:]:
        _migrate(connection, migration)
    return None


def _migrate(connection: sqlite3.Connection, migration: Migration) -> None:
    """Take one step, wholly or not at all; another process may have taken it meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _number(connection, "user_version") < migration.version:
            for statement in _statements(migration.sql):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {migration.version}")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _statements(sql: str) -> Iterator[str]:
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
