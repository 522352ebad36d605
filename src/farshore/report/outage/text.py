"""A report for a terminal of 80 columns: tables are lists, and a command is never wrapped."""

from collections.abc import Iterator
from textwrap import fill

from farshore.report.outage.blocks import Block, Grid, Heading, Points, Section, Typed, Words, sections
from farshore.report.outage.model import Report

WIDTH = 80


def render_text(report: Report) -> str:
    """The report."""
    parts = [_wrapped(_plain(report.title)), "=" * min(WIDTH, len(report.title))]
    for section in sections(report):
        parts += ["", section.title, "-" * len(section.title), *_section(section)]
    taken = f" Taken out: {', '.join(report.redacted)}." if report.redacted else ""
    parts += ["", _wrapped(f"Made {report.made} by Farshore {report.version} ({report.schema}).{taken}")]
    return "\n".join(parts) + "\n"


def _section(section: Section) -> Iterator[str]:
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Words():
            yield _wrapped(_cited(block))
        case Heading():
            yield ""
            yield _wrapped(_plain(block.text) + (f" ({block.note})" if block.note else ""))
        case Typed():
            yield f"    {block.text}"
        case Points():
            for item in block.items:
                yield _wrapped(f"- {_cited(item)}", "  ")
                yield from (_wrapped(f"  - {_cited(each)}", "    ") for each in item.under)
        case Grid():
            yield from _grid(block)
        case _:
            return


def _grid(grid: Grid) -> Iterator[str]:
    for row in grid.rows:
        first, *rest = row
        if len(rest) == 1 or not first.text:
            yield _wrapped(f"  {_cited(first)}  {_cited(rest[0])}", "      ")
            continue
        yield _wrapped(f"  {_cited(first)}", "      ")
        for head, cell in zip(grid.heads[1:], rest, strict=True):
            if cell.text:
                yield _wrapped(f"    {head}: {_cited(cell)}", "      ")


def _cited(words: Words) -> str:
    return _plain(words.text) + (f" [{', '.join(words.refs)}]" if words.refs else "")


def _plain(text: str) -> str:
    """What stands between backticks stays as it is; in a terminal the marks say little."""
    return text.replace("`", "'")


def _wrapped(text: str, indent: str = "") -> str:
    lead = text[: len(text) - len(text.lstrip())]
    return fill(
        text.strip(),
        WIDTH,
        initial_indent=lead,
        subsequent_indent=indent or lead,
        break_on_hyphens=False,
        break_long_words=False,
    )
