"""Rows of a question for a person, a program or a spreadsheet."""

import csv
import io
import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from farshore.store.rows import Value, Values

# A spreadsheet takes text that begins so for a formula and runs it (OWASP, CSV injection); some take the full-width
# forms of Unicode, too.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
PIPED_COLUMNS = 100_000


def as_text(columns: Sequence[str], rows: Sequence[Values]) -> str:
    """Aligned columns; numbers as they are, nothing as nothing, and whatever a terminal could act on escaped."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(_plain(column), overflow="fold")
    for row in rows:
        table.add_row(*(_plain(_cell(value)) for value in row))
    console = Console(highlight=False, markup=False, file=io.StringIO(), width=PIPED_COLUMNS)
    console.print(table)
    written = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in written.splitlines())


def as_json(columns: Sequence[str], rows: Sequence[Values]) -> str:
    """An array of objects, a line each."""
    lines = (json.dumps(dict(zip(columns, map(_whole, row), strict=True)), ensure_ascii=False) for row in rows)
    return "[\n" + ",\n".join(lines) + "\n]" if rows else "[]"


def as_csv(columns: Sequence[str], rows: Sequence[Values]) -> str:
    """RFC 4180 with a header; a text that a spreadsheet would run begins with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_harmless(column) for column in columns])
    writer.writerows([_harmless(_whole(value)) for value in row] for row in rows)
    return out.getvalue().removesuffix("\r\n")


def _whole(value: Value) -> str | int | float | None:
    return value.hex() if isinstance(value, bytes) else value


def _harmless(value: str | float | None) -> str | float | None:
    is_formula = isinstance(value, str) and value.startswith(_FORMULA_STARTS)
    return f"'{value}" if is_formula else value


def _cell(value: Value) -> str:
    return "" if value is None else str(_whole(value))


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
