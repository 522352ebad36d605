"""A piece of input with where it stands, who saw it, when, and in which version's words."""

from datetime import datetime
from enum import StrEnum

import msgspec

MAX_TEXT = 400


class Sureness(StrEnum):
    """How an instant came to its date and zone."""

    KNOWN = "known"
    ZONE_ASSUMED = "zone-assumed"
    DATE_ASSUMED = "date-assumed"


class Instant(msgspec.Struct, frozen=True, order=True):
    """A moment in UTC; `sure` says what of it was written there and what was assumed.

    Where the date was assumed the moment only orders and measures within its own source.
    """

    at: datetime
    sure: Sureness = Sureness.KNOWN

    def __str__(self) -> str:
        text = self.at.replace(tzinfo=None).isoformat()
        match self.sure:
            case Sureness.KNOWN:
                return text + "Z"
            case Sureness.ZONE_ASSUMED:
                return text
            case Sureness.DATE_ASSUMED:
                return "T" + text.partition("T")[2]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a fact rests on.

    `ref` names the place (`proxy.log:17`, `status.json#/Peer/nodekey:ab`) and is the same in every run. `observer` is
    the node or part that saw it, `version` its tailscaled's; empty where the input does not say. `text` is bounded.
    """

    source: str
    text: str
    line: int | None = None
    pointer: str | None = None
    observer: str = ""
    version: str = ""
    time: Instant | None = None

    @property
    def ref(self) -> str:
        """The place, as a person and a script name it."""
        at_line = "" if self.line is None else f":{self.line}"
        return self.source + at_line + ("" if self.pointer is None else f"#{self.pointer}")


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the input that could not be used; `position` is a line, a pointer or empty for all of it."""

    source: str
    reason: str
    position: str = ""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where the text that a reader is given comes from; readers make their evidence through it.

    `first_line` is the line of `source` on which the text begins, `pointer` leads to it inside a JSON document.
    `observer` and `version` are what is known before the text is read: a caption, a folder of a bundle.
    `day` is the date that a time without one belongs to, where the surroundings name it.
    """

    source: str
    first_line: int = 1
    pointer: str = ""
    observer: str = ""
    version: str = ""
    day: datetime | None = None

    def evidence(  # noqa: PLR0913 - the parts of an evidence
        self,
        text: str,
        *,
        line: int | None = None,
        pointer: str | None = None,
        observer: str = "",
        version: str = "",
        time: Instant | None = None,
    ) -> Evidence:
        """An evidence at a line (counted from 1 within the text) or at a JSON pointer (RFC 6901) within it."""
        whole = self.pointer + (pointer or "")
        return Evidence(
            source=self.source,
            text=bounded(text),
            # A document inside another is also found by the line on which it begins.
            line=self.first_line + (line or 1) - 1 if line or not whole or self.first_line > 1 else None,
            pointer=whole or None,
            observer=observer or self.observer,
            version=version or self.version,
            time=time,
        )

    def unread(self, reason: str, *, line: int | None = None, pointer: str | None = None) -> Unread:
        """Something at a place within the text that could not be used."""
        position = f"line {self.first_line + line - 1}" if line else self.pointer + (pointer or "")
        return Unread(source=self.source, reason=bounded(reason), position=position)

    def inner(self, *, line: int = 1, pointer: str = "", observer: str = "", day: datetime | None = None) -> "Origin":
        """The origin of a text that is embedded here, beginning at a line or a pointer."""
        return msgspec.structs.replace(
            self,
            first_line=self.first_line + line - 1,
            pointer=self.pointer + pointer,
            observer=observer or self.observer,
            day=day or self.day,
        )


def bounded(text: str) -> str:
    """One line of at most `MAX_TEXT` characters that no terminal can act on."""
    words = " ".join(text[: 4 * MAX_TEXT].split())
    plain = words if words.isprintable() else "".join(map(_visible, words))
    return plain if len(plain) <= MAX_TEXT else plain[: MAX_TEXT - 1] + "…"


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
