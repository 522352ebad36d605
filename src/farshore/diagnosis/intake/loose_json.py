"""JSON as people paste it: with comments, trailing commas, an ellipsis, or cut off in the middle.

What was complete is kept. One pass, no backtracking, bounded depth and size.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

import msgspec

MAX_DEPTH = 64
MAX_CHARACTERS = 8 * 1024 * 1024
MAX_COMMENTS = 200
_LITERAL_END = frozenset(",]}:/ \t\r\n")

Keep = Callable[[object], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loose:
    """A value, the lines in it that have a comment, with their number (from 1), and what was wrong with it."""

    value: object
    comments: list[tuple[int, str]] = field(default_factory=list)
    problem: str = ""


class _BrokenError(Exception):
    """Never leaves this module."""


def decode_loosely(text: str) -> Loose:
    """Read the first value of a text as far as it goes; `problem` says where and why it ended early."""
    if len(text) > MAX_CHARACTERS:
        return Loose(value=None, problem=f"longer than {MAX_CHARACTERS} characters and not strict JSON")
    kept: list[object] = []
    scanner = _Scanner(text)
    problem = ""
    try:
        scanner.value(0, kept.append)
    except _BrokenError as broken:
        problem = str(broken)
    return Loose(value=kept[0] if kept else None, comments=scanner.comments, problem=problem)


class _Scanner:
    """Every container is handed to its parent before it is filled, so that a cut loses only what was not there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.comments: list[tuple[int, str]] = []

    def value(self, depth: int, keep: Keep) -> None:
        if depth > MAX_DEPTH:
            self._stop(f"deeper than {MAX_DEPTH} levels")
        mark = self._next()
        if mark == "{":
            members: dict[str, object] = {}
            keep(members)
            self._members(members, depth)
        elif mark == "[":
            items: list[object] = []
            keep(items)
            self._at += 1
            while self._more("]"):
                self.value(depth + 1, items.append)
        else:
            keep(self._string() if mark == '"' else self._literal())

    def _members(self, members: dict[str, object], depth: int) -> None:
        self._at += 1
        while self._more("}"):
            if self._next() != '"':
                self._stop("expected a name in quotes")
            name = self._string()
            if self._next() != ":":
                self._stop("expected a colon")
            self._at += 1
            self.value(depth + 1, partial(members.__setitem__, name))

    def _more(self, closing: str) -> bool:
        while (mark := self._next()) in {",", ".", "…"}:
            self._at += 1
        if mark != closing:
            return True
        self._at += 1
        return False

    def _string(self) -> str:
        start, at = self._at, self._at + 1
        while True:
            end = self._text.find('"', at)
            if end < 0:
                self._stop("a string without an end")
            before = end - 1
            while self._text[before] == "\\":
                before -= 1
            at = end + 1
            if (end - 1 - before) % 2 == 0:
                break
        self._at = at
        try:
            return msgspec.json.decode(self._text[start:at], type=str)
        except (msgspec.DecodeError, UnicodeError):
            return self._text[start + 1 : at - 1]

    def _literal(self) -> object:
        end = self._at
        while end < len(self._text) and self._text[end] not in _LITERAL_END:
            end += 1
        text = self._text[self._at : end]
        try:
            value: object = msgspec.json.decode(text.encode("utf-8", "replace"))
        except (msgspec.DecodeError, UnicodeError):
            self._stop(f"{text[:20]!r} is no value")
        self._at = end
        return value

    def _next(self) -> str:
        """The next significant character; comments on the way are kept."""
        text = self._text
        while self._at < len(text):
            if text[self._at].isspace():
                self._at += 1
            elif text.startswith("//", self._at):
                end = text.find("\n", self._at)
                end = len(text) if end < 0 else end
                if len(self.comments) < MAX_COMMENTS:
                    line = text[text.rfind("\n", 0, self._at) + 1 : end]
                    self.comments.append((text.count("\n", 0, self._at) + 1, line.strip()))
                self._at = end
            else:
                return text[self._at]
        return self._stop("it ends in the middle")

    def _stop(self, why: str) -> NoReturn:
        line = self._text.count("\n", 0, self._at) + 1
        msg = f"line {line}: {why}"
        raise _BrokenError(msg)
