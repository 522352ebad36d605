"""What a reader is: one format, recognised by content, bytes in, facts out."""

from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

import msgspec

from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.intake.document import Document


class Fit(IntEnum):
    """How sure a reader is that a document is its own; the highest reads it, and of equals the first by name."""

    NO = 0
    FALLBACK = 1  # it could make something of any text
    SHAPE = 2  # it has the shape, without a word that only this format has
    CERTAIN = 3
    SIGNED = 4  # it bears a mark that Farshore itself put there, whatever it embeds


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader made of a document: facts, and what it could not use. Nothing is lost in between."""

    facts: tuple[Fact, ...] = ()
    unread: tuple[Unread, ...] = ()


# Hands an embedded text on: a fenced block, a member of an envelope, a captured command's output.
ReadInner = Callable[[str, Origin], Reading]


class Reader(Protocol):
    """One format. Adding one is adding a module to `readers/` whose `READER` is an instance.

    `recognise` looks at the content alone (never at a name), cheaply: `document.head`, `.json`, `.sampled_records`.
    `read` raises nothing, whatever the bytes: a malformed record costs itself and is listed in `unread`. Every fact's
    evidence is made through `origin`, so that an embedded text keeps its place in the file around it.
    """

    @property
    def name(self) -> str:
        """The format, as people call it: `tailscale status`, `Hubble flows`."""
        ...

    def recognise(self, document: Document) -> Fit:
        """How sure it is that the document is in this format."""
        ...

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        """Everything the document says in this format."""
        ...
