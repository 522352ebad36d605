"""Markdown and plain notes: fenced blocks go to the readers of what they hold; sentences and tables become statements.

Figures that a note states (`Connection attempts: 2,407`, a table over periods) become facts of their own, as stated.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.prose import plain
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.stated import Line, stated_facts, statement, statements
from farshore.diagnosis.intake.times import day_in

_FENCES = ("```", "~~~")
_SURE_MARKS = 3
MAX_PARAGRAPH = 8000
# A block in these languages is what somebody proposes; no evidence, but its lines and comments may make claims.
_PROPOSALS = {"go", "powershell", "ps1", "python", "java", "yaml", "yml", "sql", "diff", "dockerfile", "hcl", "toml"}


@dataclass(slots=True, kw_only=True)
class _Block:
    """Lines that belong together: a fenced block, a table, or a run of text under one heading."""

    kind: str
    heading: str
    caption: str
    language: str = ""
    lines: list[Line] = field(default_factory=list)


class _Markdown:
    name = "Markdown"

    def recognise(self, document: Document) -> Fit:
        if document.looks_like_json:
            return Fit.NO
        marks = [line.strip() for line in document.head.split("\n") if _is_mark(line)]
        if len(marks) < _SURE_MARKS:
            return Fit.NO
        # `# ` also begins root's commands, and comments in much that programs print.
        return Fit.CERTAIN if any(not mark.startswith("# ") for mark in marks) else Fit.SHAPE

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        facts: list[Fact] = []
        unread: list[Unread] = []
        year_day = day_in(document.head)
        for block in _blocks(document.lines):
            if block.kind == "fence" and block.language not in _PROPOSALS:
                day = day_in(f"{block.caption} {block.heading}", year_of=year_day) or origin.day
                reading = _embedded(block, origin, day, inner)
                facts += reading.facts
                unread += reading.unread
            else:
                facts += _statements(block, origin)
                facts += stated_facts(block.kind, block.lines, block.heading, origin)
        return Reading(facts=tuple(facts), unread=tuple(unread))


def _is_mark(line: str) -> bool:
    stripped = line.strip()
    # `#     - You are logged out.` is what `tailscale status` prints, no heading.
    heading = stripped.startswith("#") and stripped.lstrip("#")[:2].rstrip(" ") != "" and stripped.lstrip("#")[0] == " "
    table = stripped.startswith("|") and stripped.endswith("|") and "---" in stripped
    return heading or table or stripped.startswith(_FENCES) or "**" in stripped


def _blocks(lines: list[str]) -> Iterator[_Block]:
    """The blocks of a document, in order; nothing of it is in none."""
    headings: dict[int, str] = {}
    caption = ""
    block = _Block(kind="text", heading="", caption="")
    fence = ""
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if fence:
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                yield block
                block, fence = _Block(kind="text", heading=block.heading, caption=""), ""
                caption = ""
            else:
                block.lines.append(Line(number, line))
            continue
        heading = " > ".join(headings[level] for level in sorted(headings))
        kind = _kind(stripped)
        if kind == "fence":
            yield block
            fence = stripped[:3]
            language = stripped[3:].strip().split(" ")[0].lower()
            block = _Block(kind="fence", heading=heading, caption=caption, language=language)
            continue
        if kind == "heading":
            yield block
            level = len(stripped) - len(stripped.lstrip("#"))
            headings = {at: text for at, text in headings.items() if at < level} | {level: plain(stripped)}
            block = _Block(kind="text", heading=" > ".join(headings[at] for at in sorted(headings)), caption="")
            caption = ""
            continue
        if kind != block.kind or (not stripped and block.lines):
            yield block
            block = _Block(kind=kind, heading=heading, caption=caption)
        if stripped:
            block.lines.append(Line(number, line))
            caption = plain(stripped) if kind == "text" else caption
    yield block


def _kind(stripped: str) -> str:
    if stripped.startswith(_FENCES):
        return "fence"
    if stripped.startswith("#") and stripped.lstrip("#").startswith(" "):
        return "heading"
    return "table" if stripped.startswith("|") else "text"


def _embedded(block: _Block, origin: Origin, day: datetime | None, inner: ReadInner) -> Reading:
    if not block.lines:
        return Reading()
    text = "\n".join(line.text for line in block.lines)
    # `**Tailscale Proxy** (consistent pattern):` says whose words follow.
    observer = block.caption.partition("(")[0].strip(" :") if block.caption.endswith(":") else ""
    return inner(text, origin.inner(line=block.lines[0].number, observer=observer[:60], day=day))


def _statements(block: _Block, origin: Origin) -> Iterator[Fact]:
    for line in _joined(block):
        if set(line.text) <= set("|-: "):
            continue
        if block.kind == "text":
            yield from statements(line, block.heading, origin)
        else:
            yield statement(plain(line.text.strip().strip("|").replace("|", " | ")), line.number, block.heading, origin)


def _joined(block: _Block) -> Iterator[Line]:
    """A text block's wrapped lines as paragraphs and items; the lines of tables and code as they stand."""
    if block.kind != "text":
        yield from block.lines
        return
    held: Line | None = None
    for line in block.lines:
        full = held is not None and len(held.text) > MAX_PARAGRAPH
        begins = full or line.text.lstrip()[:1] in {"-", "*", "+", "•", ">"} or line.text.lstrip()[:1].isdigit()
        if begins or held is None:
            if held is not None:
                yield held
            held = line
        else:
            held = Line(held.number, f"{held.text} {line.text.strip()}")
    if held is not None:
        yield held


READER = _Markdown()
