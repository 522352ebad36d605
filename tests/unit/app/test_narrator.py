"""How the demo's story looks."""

import io

import pytest
from rich.console import Console

from farshore.app.narrator import Narrator

pytestmark = pytest.mark.anyio


class _AsciiText(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="ascii")

    def text(self) -> str:
        self.seek(0)
        return self.read()


async def _tell(narrator: Narrator) -> None:
    narrator.title("A title", f"from {narrator.arrow} to")
    await narrator.step("One", "word " * 40)
    narrator.result("x " * 60, holds=True)
    narrator.result("not so", holds=False)
    narrator.facts(("label", "y " * 60))
    narrator.line("z" * 100)


async def test_stays_within_80_columns_and_counts() -> None:
    out = io.StringIO()
    narrator = Narrator(Console(file=out, width=200), pause_s=1000)
    await _tell(narrator)
    lines = out.getvalue().splitlines()
    assert max(len(line) for line in lines if not line.startswith("z")) <= 80
    assert not [line for line in lines if line != line.rstrip()]
    assert lines[:2] == ["A title", "   from → to"]
    assert [line for line in lines if line.startswith("   ✓")] == ["   ✓ " + ("x " * 38).strip()]
    assert "   ✗ not so" in lines
    assert "     label    " + ("y " * 33).strip() in lines
    assert "z" * 100 in lines
    assert (narrator.held, narrator.failed) == (1, 1)
    assert "\x1b" not in out.getvalue()


async def test_colours_only_on_a_terminal_and_as_narrow_as_it_is() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=40, color_system="standard", legacy_windows=False)
    narrator = Narrator(console, pause_s=0)
    await narrator.step("One", "word " * 40)
    narrator.result("so", holds=True)
    assert "\x1b[1;32m" in out.getvalue()
    plain = out.getvalue().replace("\x1b[2m", "").replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert max(map(len, plain.splitlines()[2:-1])) <= 40


async def test_speaks_ascii_where_nothing_else_can_be_written() -> None:
    out = _AsciiText()
    await _tell(Narrator(Console(file=out, width=80), pause_s=0))
    text = out.text()
    assert "from -> to" in text
    assert "   ok x" in text
    assert "   FAILED not so" in text
