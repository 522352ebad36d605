"""How lists look."""

import pytest

from farshore.surface.lists import PIPED_COLUMNS, columns, console, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (60, "1 min 0 s"), (3_599, "59 min 59 s"), (3_720, "1 h 2 min")],
)
def test_a_duration_is_as_exact_as_it_is_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_where_nobody_looks_a_list_is_not_folded(capsys: pytest.CaptureFixture[str]) -> None:
    table = columns("name", "what")
    table.add_row("a", "x" * (PIPED_COLUMNS - 10))
    console().print(table)
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["name", "what"]
    assert row.split() == ["a", "x" * (PIPED_COLUMNS - 10)]
