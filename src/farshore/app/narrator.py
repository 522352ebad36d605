"""Tells the demo's story: numbered steps, marked results, facts in a column. At most 80 columns wide."""

import asyncio

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDTH = 80
INDENT = 3
LABEL_WIDTH = 10
GOOD, BAD = "green", "red"


class Narrator:
    """Prints, counts what failed, and gives a person time to read: none where nobody watches."""

    def __init__(self, console: Console, *, pause_s: float) -> None:
        self._console = console
        self._pause_s = pause_s if console.is_terminal else 0.0
        self._width = min(WIDTH, console.width) if console.is_terminal else WIDTH
        self._plain = console.options.ascii_only
        self._steps = 0
        self.held = 0
        self.failed = 0

    @property
    def arrow(self) -> str:
        """How one place leads to the next."""
        return "->" if self._plain else "→"

    def title(self, text: str, *lines: str) -> None:
        """What this is."""
        self._print(Text(text, style="bold"))
        for line in lines:
            self._print(Padding(Text(line), (0, 0, 0, INDENT), expand=False))

    async def step(self, title: str, explanation: str) -> None:
        """What happens next, and why one should care."""
        self._steps += 1
        if self._steps > 1:
            await asyncio.sleep(self._pause_s)
        self._print(Text(f"\n{self._steps}  {title}", style="bold"))
        self._print(Padding(Text(explanation, style="dim"), (0, 0, 0, INDENT), expand=False))
        await asyncio.sleep(self._pause_s / 2)

    def result(self, text: str, *, holds: bool) -> None:
        """One thing that was claimed, and whether it is so."""
        self.held += holds
        self.failed += not holds
        mark = ("ok" if holds else "FAILED") if self._plain else ("✓" if holds else "✗")
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_row(Text(mark, style=f"bold {GOOD if holds else BAD}"), Text(text))
        self._print(Padding(line, (0, 0, 0, INDENT), expand=False))

    def facts(self, *facts: tuple[str, str]) -> None:
        """What belongs to the result above."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=LABEL_WIDTH, style="cyan", no_wrap=True)
        grid.add_column(overflow="fold")
        for label, text in facts:
            grid.add_row(label, Text(text))
        self._print(Padding(grid, (0, 0, 0, INDENT + 2), expand=False))

    def line(self, text: str, *, style: str = "") -> None:
        """A line of its own, never broken: for what somebody wants to copy."""
        self._console.print(Text(text, style=style), soft_wrap=True)

    def _print(self, what: Text | Padding) -> None:
        self._console.print(what, width=self._width)
