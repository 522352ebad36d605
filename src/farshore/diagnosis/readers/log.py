"""Logs of any kind: each message goes to the dialects; what none of them knows is grouped by template and counted."""

from collections.abc import Iterator

import farshore.diagnosis.dialects
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.statements import LinesGrouped
from farshore.diagnosis.intake.dialect import Dialect
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.records import Record, read_records
from farshore.diagnosis.intake.templates import Templates
from farshore.diagnosis.registry import entries

# tailscaled's rate limit prints the format of the lines that it leaves out, no message.
_FORMAT_ONLY = "[RATELIMIT] format("


def dialects() -> tuple[Dialect, ...]:
    """Every registered dialect, by module name."""
    return tuple(entries(farshore.diagnosis.dialects, "DIALECT"))  # type: ignore[arg-type]


# What a structured logger's line has; a log of one such line is a JSON document, too.
_KEYS_OF_A_RECORD = {"event", "message", "msg", "log"}


def _is_record(value: object) -> bool:
    return isinstance(value, dict) and bool(_KEYS_OF_A_RECORD & value.keys())


class _Logs:
    name = "log"

    def __init__(self) -> None:
        self._dialects = dialects()

    def recognise(self, document: Document) -> Fit:
        return Fit.FALLBACK if document.json is None or _is_record(document.json) else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        facts: list[Fact] = []
        unknown = Templates()
        for record in read_records(document, origin):
            understood = next(self._understandings(record), None)
            if understood is None:
                unknown.add(record)
            else:
                facts += understood
        facts += (
            LinesGrouped(
                evidence=group.first.evidence(),
                template=group.template,
                count=group.count,
                last=None if group.last.time is None else group.last.time.at,
            )
            for group in unknown.groups()
        )
        return Reading(facts=tuple(facts))

    def _understandings(self, record: Record) -> Iterator[list[Fact]]:
        if record.text.startswith(_FORMAT_ONLY):
            return
        lowered = record.text.lower()
        for dialect in self._dialects:
            if any(needle in lowered for needle in dialect.needles):
                facts = list(dialect.read(record))
                if facts:
                    yield facts


READER = _Logs()
