"""Hands each document to the reader that recognises it, and embedded texts to theirs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

import farshore.diagnosis.readers
from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import GatewayEnded
from farshore.diagnosis.facts.statements import LinesGrouped
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reader, Reading
from farshore.diagnosis.intake.sources import Source
from farshore.diagnosis.registry import entries

MAX_NESTING = 4
# Of a status two samples may be alike; of these the same bytes are a copy, which would count everything twice.
_TEXTS = {"log", "Markdown", "terminal transcript"}


@dataclass(slots=True, kw_only=True)
class Taken:
    """All that was read: facts in the order of the input, what was not read, and which reader had which place."""

    facts: list[Fact] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    formats: dict[str, str] = field(default_factory=dict)


def readers() -> tuple[Reader, ...]:
    """Every registered reader, by module name."""
    return tuple(entries(farshore.diagnosis.readers, "READER"))  # type: ignore[arg-type]


def take_in(sources: Iterable[Source | Unread]) -> Taken:
    """Read all sources; a reader's own mistake costs the document, not the run."""
    taken = Taken()
    known = readers()
    told: dict[bytes, str] = {}
    for source in sources:
        if isinstance(source, Unread):
            taken.unread.append(source)
            continue
        document, origin = Document(source.data), Origin(source=source.name)
        reader = recognise(document, known)
        if reader is None:
            taken.unread.append(origin.unread(_unrecognised(document)))
            continue
        if reader.name in _TEXTS:
            digest = sha256(source.data).digest()
            if digest in told:
                taken.unread.append(origin.unread(f"the same, byte for byte, as {told[digest]}"))
                continue
            told[digest] = source.name
        reading = _read(reader, document, origin, _Readers(known, taken.formats), 0)
        taken.facts += reading.facts
        taken.unread += reading.unread or _not_understood(document, reading, origin)
    taken.facts = _once(taken.facts)
    return taken


def _once(facts: list[Fact]) -> list[Fact]:
    """Without what a gateway's log, journal and admin listener tell a second time of the same connection."""
    told: dict[str, str] = {}
    for fact in facts:
        if isinstance(fact, GatewayEnded) and fact.connection:
            told.setdefault(fact.connection, fact.ref)
    again = {
        fact.ref
        for fact in facts
        if isinstance(fact, GatewayEnded) and fact.connection and told[fact.connection] != fact.ref
    }
    return [fact for fact in facts if fact.ref not in again] if again else facts


def recognise(document: Document, known: Iterable[Reader]) -> Reader | None:
    """The reader that is surest; None if the document is empty, binary and no journal, or nobody's."""
    if document.is_journal:  # no text, and large: nobody else need look
        return next((reader for reader in known if reader.recognise(document) is Fit.SIGNED), None)
    if "\x00" in document.head or not document.head.strip():
        return None
    best, best_fit = None, Fit.NO
    for reader in known:
        fit = reader.recognise(document)
        if fit > best_fit:
            best, best_fit = reader, fit
    return best


@dataclass(frozen=True, slots=True)
class _Readers:
    known: tuple[Reader, ...]
    formats: dict[str, str]


def _read(reader: Reader, document: Document, origin: Origin, among: _Readers, depth: int) -> Reading:
    place = origin.source if depth == 0 else f"{origin.source}:{origin.first_line}{origin.pointer}"
    among.formats[place] = reader.name

    def inner(text: str, inner_origin: Origin) -> Reading:
        embedded = Document(text.encode("utf-8", "replace"))
        chosen = recognise(embedded, among.known) if depth < MAX_NESTING else None
        if chosen is None:
            return Reading(unread=(inner_origin.unread(_unrecognised(embedded), line=1),) if text.strip() else ())
        return _read(chosen, embedded, inner_origin, among, depth + 1)

    try:
        return reader.read(document, origin, inner)
    except Exception as error:  # noqa: BLE001 - what a reader did not foresee costs its document alone
        reason = f"the reader of {reader.name} made a mistake ({type(error).__name__}: {error}); please report it"
        return Reading(unread=(origin.unread(reason),))


def _not_understood(document: Document, reading: Reading, origin: Origin) -> list[Unread]:
    """A text that is no log, as far as can be told: lines without a time, and nobody knows one of them."""
    if not reading.facts or any(fact.at or not isinstance(fact, LinesGrouped) for fact in reading.facts):
        return []
    lines = sum(bool(line.strip()) for line in document.lines)
    return [
        origin.unread(f"nothing is known to be said by its {lines:,} line{'s' * (lines != 1)}; {_begins(document)}")
    ]


def _unrecognised(document: Document) -> str:
    if not document.head.strip():
        return "empty"
    if "\x00" in document.head:
        return "binary, and no archive that is known"
    return f"no reader recognises it; {_begins(document)}"


def _begins(document: Document) -> str:
    first = next(line for line in document.head.split("\n") if line.strip())
    return f"it begins with: {first.strip()[:80]}"
