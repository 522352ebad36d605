"""Tells the demo's story: numbered steps, marked results, facts in a column. At most 80 columns wide."""

import asyncio
import textwrap

from rich.console import Console
from rich.text import Text

WIDTH = 80
INDENT = " " * 3
FACT_INDENT = " " * 5
LABEL_WIDTH = 9
GOOD, BAD, LABEL, ASIDE, HEADING = "bold green", "bold red", "cyan", "dim", "bold"


class Narrator:
    """Prints, counts what held and what did not, and gives a person time to read: none where nobody watches."""

    def __init__(self, console: Console, *, pause_s: float) -> None:
        self._console = console
        self._pause_s = pause_s if console.is_terminal else 0.0
        self._width = min(WIDTH, console.width) if console.is_terminal else WIDTH
        self._is_ascii = console.options.ascii_only
        self._steps = 0
        self.held = 0
        self.failed = 0

    @property
    def arrow(self) -> str:
        """How one place leads to the next."""
        return "->" if self._is_ascii else "→"

    def title(self, text: str, *lines: str) -> None:
        """What this is."""
        self.line(text, style=HEADING)
        for line in lines:
            self._paragraph(INDENT, line)

    async def step(self, title: str, explanation: str) -> None:
        """What happens next, and why one should care."""
        self._steps += 1
        if self._steps > 1:
            await asyncio.sleep(self._pause_s)
        self.line(f"\n{self._steps}  {title}", style=HEADING)
        self._paragraph(INDENT, explanation, style=ASIDE)
        await asyncio.sleep(self._pause_s / 2)

    def result(self, text: str, *, holds: bool) -> None:
        """One thing that was claimed, and whether it is so."""
        self.held += holds
        self.failed += not holds
        good, bad = ("ok", "FAILED") if self._is_ascii else ("✓", "✗")
        self._paragraph(f"{INDENT}{good if holds else bad} ", text, lead_style=GOOD if holds else BAD)

    def facts(self, *facts: tuple[str, str]) -> None:
        """What belongs to the result above."""
        for label, text in facts:
            self._paragraph(f"{FACT_INDENT}{label:{LABEL_WIDTH}}", text, lead_style=LABEL)

    def line(self, text: str, *, style: str = "") -> None:
        """A line of its own, never broken: for what somebody wants to copy."""
        self._console.print(Text(text, style=style), soft_wrap=True)

    def _paragraph(self, lead: str, text: str, *, style: str = "", lead_style: str = "") -> None:
        """Text behind a lead, its further lines as far in as the first."""
        broken = textwrap.wrap(text, self._width - len(lead), break_long_words=False, break_on_hyphens=False)
        for number, line in enumerate(broken):
            front = " " * len(lead) if number else lead
            self._console.print(Text.assemble((front, lead_style), (line, style)), soft_wrap=True)
