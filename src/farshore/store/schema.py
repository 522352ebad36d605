"""The journal's tables and what their columns mean, read from the comments in its migrations."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from farshore.store.database import migrations

_TABLE = re.compile(r"CREATE TABLE (\w+) \( -- (.+)")
_COLUMN = re.compile(r"  (\w+) (INTEGER|REAL|TEXT|BLOB)\b.*?,? -- (.+)")
_ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+) (INTEGER|REAL|TEXT|BLOB)\b.*?; -- (.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, for people."""

    name: str
    kind: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table, for people."""

    name: str
    help: str
    columns: tuple[Column, ...]


def tables() -> tuple[Table, ...]:
    """Every table of the newest schema, in the order in which they came."""
    helps: dict[str, str] = {}
    columns: dict[str, list[Column]] = {}
    for line in _lines():
        if matched := _TABLE.fullmatch(line):
            helps[matched[1]], columns[matched[1]] = matched[2], []
        elif matched := _COLUMN.fullmatch(line):
            columns[[*helps][-1]].append(Column(name=matched[1], kind=matched[2], help=matched[3]))
        elif matched := _ADDED.fullmatch(line):
            columns[matched[1]].append(Column(name=matched[2], kind=matched[3], help=matched[4]))
    return tuple(Table(name=name, help=help_, columns=tuple(columns[name])) for name, help_ in helps.items())


def _lines() -> Iterator[str]:
    for migration in migrations():
        yield from migration.sql.splitlines()
