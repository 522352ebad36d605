import csv
import io
import json

import pytest

from farshore.surface.tables import as_csv, as_json, as_text

COLUMNS = ("code", "count")
ROWS = [("client.transfer.closed", 12), (None, -1.5)]


def test_a_person_sees_aligned_columns() -> None:
    assert as_text(COLUMNS, ROWS).splitlines() == [
        "code                    count",
        "client.transfer.closed  12",
        "                        -1.5",
    ]


def test_a_terminal_is_not_told_what_to_do() -> None:
    written = as_text(("x",), [("\x1b[2J[red]\u202e",), ("two\nlines",)])
    assert written.splitlines()[1:] == ["\\x1b[2J[red]\\u202e", "two\\nlines"]


def test_a_program_reads_one_object_a_row() -> None:
    written = as_json(COLUMNS, ROWS)
    assert json.loads(written) == [{"code": "client.transfer.closed", "count": 12}, {"code": None, "count": -1.5}]
    assert len(written.splitlines()) == 4
    assert json.loads(as_json(COLUMNS, [])) == []


def test_bytes_are_shown_as_digits() -> None:
    assert json.loads(as_json(("x",), [(b"\x00\xff",)])) == [{"x": "00ff"}]
    assert as_csv(("x",), [(b"\x00\xff",)]) == "x\r\n00ff"


def test_a_spreadsheet_reads_what_was_meant() -> None:
    rows = [('a "quoted", one', 1), ("two\nlines", None)]
    assert [*csv.reader(io.StringIO(as_csv(COLUMNS, rows), newline=""))] == [
        ["code", "count"],
        ['a "quoted", one', "1"],
        ["two\nlines", ""],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_a_spreadsheet_runs_nothing(start: str) -> None:
    hostile = f"{start}HYPERLINK(1)"
    [header, row] = csv.reader(io.StringIO(as_csv((hostile,), [(hostile,)]), newline=""))
    assert (header, row) == ([f"'{hostile}"], [f"'{hostile}"])


def test_a_negative_number_stays_a_number() -> None:
    assert as_csv(("x",), [(-1.5,), (-3,)]) == "x\r\n-1.5\r\n-3"
