"""Markdown and plain notes: blocks of code go to the readers of what they hold; sentences and tables become statements.

Figures that a note states (`Connection attempts: 2,407`, a table over periods) become facts of their own, as stated.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.intake.blocks import FENCES, Block, Kind, blocks_of, underlined, unquoted
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.prose import plain
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.stated import Stated, stated_facts, statement, statements
from farshore.diagnosis.intake.times import day_in

_SURE_MARKS = 3


class _Markdown:
    name = "Markdown"

    def recognise(self, document: Document) -> Fit:
        if document.looks_like_json:
            return Fit.NO
        lines = [*unquoted(document.head.split("\n"))]
        marks = [line.strip() for line in lines if _is_mark(line)]
        marks += [line for line, below in pairwise(lines) if underlined(line, below)]
        if len(marks) < _SURE_MARKS:
            return Fit.NO
        # `# ` also begins root's commands, and comments in much that programs print.
        return Fit.CERTAIN if any(not mark.startswith("# ") for mark in marks) else Fit.SHAPE

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        facts: list[Fact] = []
        unread: list[Unread] = []
        year_day = day_in(document.head)
        for block in blocks_of(document.lines):
            if block.is_evidence:
                day = day_in(f"{block.caption} {block.heading}", year_of=year_day) or origin.day
                reading = _embedded(block, origin, day, inner)
                facts += reading.facts
                unread += reading.unread
            else:
                facts += _statements(block, origin)
                stated = Stated(lines=block.lines, joined=block.joined, heading=block.heading, caption=block.caption)
                facts += stated_facts(block.kind, stated, origin)
        return Reading(facts=tuple(facts), unread=tuple(unread))


def _is_mark(line: str) -> bool:
    stripped = line.strip()
    # `#     - You are logged out.` is what `tailscale status` prints, no heading.
    heading = stripped.startswith("#") and stripped.lstrip("#")[:2].rstrip(" ") != "" and stripped.lstrip("#")[0] == " "
    table = stripped.startswith("|") and stripped.endswith("|") and "---" in stripped
    return heading or table or stripped.startswith(FENCES) or "**" in stripped


def _embedded(block: Block, origin: Origin, day: datetime | None, inner: ReadInner) -> Reading:
    if not block.lines:
        return Reading()
    told = [line.text for line in block.lines]
    if block.kind is Kind.INDENTED:
        margin = min(len(line) - len(line.lstrip()) for line in told if line.strip())
        told = [line[margin:] for line in told]
    # `**Tailscale Proxy** (consistent pattern):` says whose words follow.
    observer = block.caption.partition("(")[0].strip(" :") if block.caption.endswith(":") else ""
    return inner("\n".join(told), origin.inner(line=block.lines[0].number, observer=observer[:60], day=day))


def _statements(block: Block, origin: Origin) -> Iterator[Fact]:
    for line in block.joined:
        if set(line.text) <= set("|-: "):
            continue
        if block.kind is Kind.TEXT:
            yield from statements(line, block.heading, origin)
        else:
            yield statement(plain(line.text.strip().strip("|").replace("|", " | ")), line.number, block.heading, origin)


READER = _Markdown()
