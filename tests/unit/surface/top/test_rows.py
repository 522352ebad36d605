import pytest
from rich.text import Text
from textual.app import App, ComposeResult

from farshore.surface.top.rows import Row, Rows

pytestmark = pytest.mark.anyio


class Alone(App[None]):
    def compose(self) -> ComposeResult:
        yield Rows("name", "state", name="rows")


def row(*words: str) -> Row:
    return tuple(Text(word) for word in words)


def shown(rows: Rows) -> list[list[str]]:
    return [[str(cell) for cell in rows.get_row_at(at)] for at in range(rows.row_count)]


async def test_rows_are_told_anew_in_their_order() -> None:
    async with Alone().run_test() as pilot:
        rows = pilot.app.query_one(Rows)
        rows.tell({"a": row("a", "ok"), "b": row("b", "ok")})
        assert shown(rows) == [["a", "ok"], ["b", "ok"]]
        rows.tell({"b": row("b", "ok"), "a": row("a", "ok")})
        assert shown(rows) == [["b", "ok"], ["a", "ok"]]
        rows.tell({"b": row("b", "bad"), "a": row("a", "ok")})
        assert shown(rows) == [["b", "bad"], ["a", "ok"]]
        rows.tell({})
        assert shown(rows) == []


async def test_the_cursor_stays_on_the_thing_and_goes_first_where_that_is_gone() -> None:
    async with Alone().run_test() as pilot:
        rows = pilot.app.query_one(Rows)
        assert rows.chosen == ""
        rows.tell({name: row(name, "ok") for name in "abc"})
        rows.move_cursor(row=1)
        assert rows.chosen == "b"
        rows.tell({name: row(name, "ok") for name in "cba"})
        rows.tell({name: row(name, "ok") for name in "bca"})
        assert rows.chosen == "b"
        rows.tell({name: row(name, "ok") for name in "ca"})
        assert rows.chosen == "c"


async def test_home_and_end_go_to_the_first_and_the_last() -> None:
    async with Alone().run_test() as pilot:
        rows = pilot.app.query_one(Rows)
        rows.tell({str(number): row(str(number), "ok") for number in range(100)})
        rows.focus()
        await pilot.press("end")
        assert rows.chosen == "99"
        await pilot.press("home")
        assert rows.chosen == "0"
