"""Markdown as blocks: code in fences or indented, tables, and text, each under its heading and after its caption."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from farshore.diagnosis.intake.prose import plain
from farshore.diagnosis.intake.stated import Line

FENCES = ("```", "~~~")
MAX_PARAGRAPH = 8000
_SHORTEST_RULE = 3
_QUOTED = re.compile(r" {0,3}(?:> ?){1,8}")
_INDENTED = ("    ", "\t")
# A block in these languages is what somebody proposes; no evidence, but its lines and comments may make claims.
_PROPOSALS = {"go", "powershell", "ps1", "python", "java", "yaml", "yml", "sql", "diff", "dockerfile", "hcl", "toml"}
# So is one of nothing but commands.
_COMMAND = re.compile(
    r"\s{0,40}(?:[$#>] |PS> )?(?:sudo )?(?:tailscale|tailscaled|kubectl|systemctl|docker|Restart-Service|net) [a-z-]"
)


class Kind(StrEnum):
    """What a block is; a heading is none."""

    TEXT = "text"
    TABLE = "table"
    FENCE = "fence"
    INDENTED = "indented"


@dataclass(slots=True, kw_only=True)
class Block:
    """Lines that belong together under one heading; `caption` is the line of text before it."""

    kind: Kind
    heading: str = ""
    caption: str = ""
    language: str = ""
    lines: list[Line] = field(default_factory=list)

    @property
    def is_evidence(self) -> bool:
        """Whether it is what a program printed, and no code or commands that somebody would run."""
        if self.kind not in {Kind.FENCE, Kind.INDENTED} or self.language in _PROPOSALS:
            return False
        told = [line.text for line in self.lines if line.text.strip()]
        return not told or not all(map(_COMMAND.match, told))

    @property
    def joined(self) -> list[Line]:
        """A text's wrapped lines as paragraphs and items; the lines of tables and code as they stand."""
        return list(_joined(self.lines)) if self.kind is Kind.TEXT else self.lines


def underlined(line: str, below: str) -> int:
    """The level of a heading that a rule of `=` or `-` below makes one; 0 for any other line."""
    rule = below.strip()
    if not line[:1].isupper() or len(rule) < _SHORTEST_RULE or set(rule) not in ({"="}, {"-"}):
        return 0
    return 1 if rule[0] == "=" else 2


def unquoted(lines: Iterable[str]) -> Iterator[str]:
    """The lines without the marks of a quotation (`> `), as mails and chats put them before somebody's words.

    In a block of code that began outside of a quotation such a mark is what was printed.
    """
    fence, is_quoted = "", False
    for line in lines:
        quoted = _QUOTED.match(line)
        inner = line if quoted is None or (fence and not is_quoted) else line[quoted.end() :]
        stripped = inner.strip()
        if fence:
            if (quoted is None and is_quoted) or (stripped.startswith(fence) and not stripped.strip(fence[0])):
                fence = ""
        elif stripped.startswith(FENCES):
            fence, is_quoted = stripped[:3], quoted is not None
        yield inner


def blocks_of(lines: Sequence[str]) -> Iterator[Block]:
    """The blocks of a document, in order; nothing of it but headings is in none."""
    cutter = _Cutter()
    for number, line in enumerate(_with_marks([*unquoted(lines)]), 1):
        done = cutter.take(number, line)
        if done is not None:
            yield done
    yield cutter.block


class _Cutter:
    """Takes one line after the other, and hands out each block that a line ends."""

    def __init__(self) -> None:
        self.block = Block(kind=Kind.TEXT)
        self._headings: dict[int, str] = {}
        self._caption = ""
        self._fence = ""
        self._above = ""

    def take(self, number: int, line: str) -> Block | None:
        """The block that ends before this line, if one does."""
        stripped = line.strip()
        is_apart, self._above = not self._above.strip(), line
        if self._fence:
            return self._inside_fence(number, line, stripped)
        if stripped.startswith(FENCES):
            self._fence = stripped[:3]
            return self._begin(Kind.FENCE, language=stripped[3:].strip().split(" ")[0].lower())
        if self._is_indented(line, stripped, is_apart):
            return self._indented(number, line)
        if stripped.startswith("#") and stripped.lstrip("#").startswith(" "):
            return self._heading(stripped)
        kind = Kind.TABLE if stripped.startswith("|") else Kind.TEXT
        done = None
        if kind is not self.block.kind or (not stripped and self.block.lines):
            done = self._begin(kind)
        if stripped:
            self.block.lines.append(Line(number, line))
            self._caption = plain(stripped) if kind is Kind.TEXT else self._caption
        return done

    def _inside_fence(self, number: int, line: str, stripped: str) -> Block | None:
        if stripped.startswith(self._fence) and not stripped.strip(self._fence[0]):
            self._fence = self._caption = ""
            return self._begin(Kind.TEXT)
        self.block.lines.append(Line(number, line))
        return None

    def _is_indented(self, line: str, stripped: str, is_apart: bool) -> bool:  # noqa: FBT001 - what the caller saw
        if self.block.kind is Kind.INDENTED:
            return not stripped or line.startswith(_INDENTED)
        return bool(stripped) and is_apart and line.startswith(_INDENTED)

    def _indented(self, number: int, line: str) -> Block | None:
        done = None
        if self.block.kind is not Kind.INDENTED:
            done = self._begin(Kind.INDENTED)
            self._caption = ""
        self.block.lines.append(Line(number, line))
        return done

    def _heading(self, stripped: str) -> Block:
        level = len(stripped) - len(stripped.lstrip("#"))
        self._headings = {at: text for at, text in self._headings.items() if at < level} | {level: plain(stripped)}
        self._caption = ""
        return self._begin(Kind.TEXT)

    def _begin(self, kind: Kind, language: str = "") -> Block:
        heading = " > ".join(self._headings[level] for level in sorted(self._headings))
        done, self.block = self.block, Block(kind=kind, heading=heading, caption=self._caption, language=language)
        return done


def _with_marks(lines: Sequence[str]) -> Iterator[str]:
    """The lines, those with a rule below as headings with marks before them."""
    ruled = False
    for line, below in pairwise((*lines, "")):
        level = underlined(line, below)
        yield "" if ruled else f"{'#' * level} {line}" if level else line
        ruled = level > 0


def _joined(lines: list[Line]) -> Iterator[Line]:
    held: Line | None = None
    for line in lines:
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
