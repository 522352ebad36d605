"""A report as Markdown, for a ticket or a repository: whatever was said elsewhere stays words, and never markup."""

import re
from collections.abc import Iterator

from farshore.report.outage.blocks import Block, Grid, Heading, Points, Section, Typed, Words, sections
from farshore.report.outage.model import Report

_MARKS = re.compile(r"([\\<>|*_\[\]~&]|^#)")


def render_markdown(report: Report) -> str:
    """The report."""
    lines = [f"# {marked(report.title)}", ""]
    for section in sections(report):
        lines += [f"## {section.title}", "", *_section(section)]
    taken = f" Taken out: {', '.join(report.redacted)}." if report.redacted else ""
    lines.append(f"Made {report.made} by Farshore {marked(report.version)} ({report.schema}).{taken}")
    return "\n".join(lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Words():
            yield from (_cited(block), "")
        case Heading():
            yield from (f"### {marked(block.text)}{f' ({block.note})' if block.note else ''}", "")
        case Typed():
            yield from (_fence(block.text), block.text, _fence(block.text), "")
        case Points():
            for item in block.items:
                yield from (f"- {_cited(item)}", *(f"  - {_cited(each)}" for each in item.under))
            yield ""
        case Grid():
            yield f"| {' | '.join(marked(head) or ' ' for head in block.heads)} |"
            yield f"| {' | '.join('---' for _ in block.heads)} |"
            yield from (f"| {' | '.join(_cited(cell) for cell in row)} |" for row in block.rows)
            yield ""
        case _:
            return


def _cited(words: Words) -> str:
    return marked(words.text) + (f" ({', '.join(words.refs)})" if words.refs else "")


def _fence(text: str) -> str:
    """Longer than anything in the command that could end it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def marked(text: str) -> str:
    """Text with what stands between backticks as code, and nothing else that Markdown or HTML would act on."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without its other half
        parts = [text.replace("`", "'")]
    return "".join(_as_code(part) if at % 2 else _MARKS.sub(r"\\\1", part) for at, part in enumerate(parts))


def _as_code(text: str) -> str:
    """A table's bar is taken for one in code, too (GFM 4.10)."""
    escaped = text.replace("|", "\\|")
    return f"`{escaped}`" if text.strip() else text
