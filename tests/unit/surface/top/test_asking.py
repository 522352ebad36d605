import pytest
from rich.text import Text
from textual.app import App

from farshore.surface.top.asking import Asking

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("keys", "answers"), [("y", [True]), ("n", [False]), ("escape", [False]), ("x", [])])
async def test_only_yes_is_yes(keys: str, answers: list[bool]) -> None:
    answered: list[bool | None] = []
    async with App[None]().run_test() as pilot:
        await pilot.app.push_screen(Asking(Text("End [b]it[/b]?")), answered.append)
        assert str(pilot.app.screen.query_one("#question").render()) == "End [b]it[/b]?"
        await pilot.press(keys)
        await pilot.pause()
        assert answered == answers
