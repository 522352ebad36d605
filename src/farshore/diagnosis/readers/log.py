"""Logs of any kind: each message goes to the dialects; what none of them knows is grouped by template and counted."""

import re
from collections.abc import Iterator

import farshore.diagnosis.dialects
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.statements import LinesGrouped
from farshore.diagnosis.intake.dialect import Dialect
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.records import Record, read_records
from farshore.diagnosis.intake.stated import Line, Stated, counts_checks, stated_facts, statements
from farshore.diagnosis.intake.templates import Templates
from farshore.diagnosis.registry import entries

# tailscaled's rate limit prints the format of the lines that it leaves out, no message.
_FORMAT_ONLY = "[RATELIMIT] format("
_FEWEST_WORDS = 3
# `Connection attempts: 2,407`
_FIGURE = re.compile(r"[A-Z][a-z]{1,30}(?: [\w()-]{1,30}){0,5}: {1,8}\d[\d.,]{0,20}(?: ?(?:%|[a-z]{1,12}))?")

# `[... repeating every second ...]`: somebody left lines out here.
_ELISION = re.compile(r"\[(?:\.{3}|…)[^\]]{0,200}\]|\((?:\.{3}|…)[^)]{0,200}\)|(?:\.{3}|…)(?:[^.…]{0,200}(?:\.{3}|…))?")


def dialects() -> tuple[Dialect, ...]:
    """Every registered dialect, by module name."""
    return tuple(entries(farshore.diagnosis.dialects, "DIALECT"))  # type: ignore[arg-type]


# What a structured logger's line has; a log of one such line is a JSON document, too.
_KEYS_OF_A_RECORD = {"event", "message", "msg", "log"}


def _is_record(value: object) -> bool:
    return isinstance(value, dict) and bool(_KEYS_OF_A_RECORD & value.keys())


def _is_sentence(record: Record) -> bool:
    """Whether it is what a person writes, as in a mail: no time, no speaker, some words, and an end.

    A count of health checks needs neither a capital nor an end.
    """
    if record.time is not None or record.fields is not None or record.speaker:
        return False
    text = record.text.strip()
    if counts_checks(text):
        return True
    ends = text.endswith((".", "!", "?")) or _FIGURE.fullmatch(text) is not None
    return ends and text[:1].isupper() and len(text.split()) >= _FEWEST_WORDS


class _Logs:
    name = "log"

    def __init__(self) -> None:
        self._dialects = dialects()

    def recognise(self, document: Document) -> Fit:
        return Fit.FALLBACK if document.json is None or _is_record(document.json) else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        facts: list[Fact] = []
        unknown = Templates()
        prose: list[Line] = []
        for record in read_records(document, origin):
            understood = next(self._understandings(record), None)
            if understood is None and _is_sentence(record):
                prose.append(Line(record.line, record.text))
            elif understood is None:
                if not _ELISION.fullmatch(record.text.strip()):
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
        facts += (statement for line in prose for statement in statements(line, "", origin))
        facts += stated_facts("text", Stated(lines=prose, joined=prose), origin)
        return Reading(facts=tuple(facts))

    def _understandings(self, record: Record) -> Iterator[list[Fact]]:
        if record.text.startswith(_FORMAT_ONLY):
            return
        # Nearly all of a long log is known to nobody: `in` by way of `map` takes a third of what a generator does.
        stands_in = record.text.lower().__contains__
        for dialect in self._dialects:
            if any(map(stands_in, dialect.needles)):
                facts = list(dialect.read(record))
                if facts:
                    yield facts


READER = _Logs()
