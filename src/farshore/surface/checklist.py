"""The way to a target as a list of checks for an 80-column terminal: what held, what broke, what was not tested."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from farshore.collect.steps import State, Walk
from farshore.core.visible import visible, visible_words
from farshore.diagnosis.collected import NotCollected

WIDTH = 80
_MARKS = {State.OK: "√", State.WARNING: "‼", State.BROKEN: "×", State.SKIPPED: "·"}  # noqa: RUF001 - a cross
_ASCII_MARKS = {State.OK: "ok", State.WARNING: "! ", State.BROKEN: "x ", State.SKIPPED: "- "}
_STYLES = {State.OK: "green", State.WARNING: "yellow", State.BROKEN: "bold red", State.SKIPPED: "dim"}


def show(console: Console, walks: tuple[Walk, ...]) -> None:
    """Print every walk; colours only where the console has them, ASCII where its encoding has no more."""
    marks = _MARKS if _speaks_unicode(console) else _ASCII_MARKS
    for walk in walks:
        console.print(Text(visible_words(_title(walk)), style="bold"))
        for line in _lines(walk, marks):
            console.print(line, soft_wrap=True)
        console.print()


def show_missing(console: Console, missing: Sequence[NotCollected]) -> None:
    """Print what could not be collected, and why; nothing where all was."""
    if not missing:
        return
    marks = _MARKS if _speaks_unicode(console) else _ASCII_MARKS
    console.print(Text("not collected"))
    console.print(Text("-------------"))
    for each in missing:
        for line in _bullet(marks, State.WARNING if each.tried else State.SKIPPED, f"{each.what}: {each.reason}"):
            console.print(line, soft_wrap=True)
    console.print()


def _title(walk: Walk) -> str:
    aim = walk.aim
    return f"{aim.route}: {aim.listen} to {aim.target}" if aim.route else str(aim.target)


def _lines(walk: Walk, marks: dict[State, str]) -> Iterator[Text]:
    for hop, steps in groupby(walk.steps, key=lambda step: step.hop):
        yield Text("")
        yield Text(hop.value)
        yield Text("-" * len(hop.value))
        for step in steps:
            yield from _bullet(marks, step.state, step.says, f"hint: {step.hint}" if step.hint else "")


def _bullet(marks: dict[State, str], state: State, says: str, more: str = "") -> Iterator[Text]:
    mark = marks[state]
    lead = " " * (len(mark) + 1)
    first, *rest = wrap(visible(says), WIDTH - len(lead), break_on_hyphens=False) or [""]
    yield Text.assemble((mark, _STYLES[state]), " ", first)
    yield from (Text(lead + line) for line in [*rest, *wrap(visible(more), WIDTH - len(lead))])


def _speaks_unicode(console: Console) -> bool:
    try:
        "".join(_MARKS.values()).encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
