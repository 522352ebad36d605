"""Figures that a note states, as facts of their own: whoever wrote them counted, and may have counted wrong.

Labels are looked for by the field's words, never by one document's. A figure whose label says nothing known stays a
statement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from farshore.diagnosis.evidence import Evidence, Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import ChecksCounted
from farshore.diagnosis.facts.flows import DirectionCounted, HandshakesCounted, PeriodCounted, PolicyDenied
from farshore.diagnosis.facts.peers import PingKind, PingUnanswered
from farshore.diagnosis.facts.statements import StatementMade
from farshore.diagnosis.intake.prose import plain, sentences
from farshore.diagnosis.intake.times import time_in

MAX_LINE = 2000
_NUMBER = re.compile(
    r"(?<![\w.,/:-])(\d{1,3}(?:,\d{3}){1,4}|\d{1,15}(?:\.\d{1,6})?)(?![.,:/-]?\d)\+?(?= ?(%|[a-zA-Z]{1,12}\b)?)"
)
_ADDRESS = re.compile(r"(?<![\d.])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\d.])")
_UNITS_S = {
    "second": 1.0,
    "sec": 1.0,
    "s": 1.0,
    "minute": 60.0,
    "min": 60.0,
    "hour": 3600.0,
    "h": 3600.0,
    "day": 86400.0,
}
_PERIODS = ("before", "during", "after")
_SILENT = ("timeout", "timed out", "time-out", "no response", "no reply", "fails", "failed", "unanswered", "no answer")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document and its number, from 1."""

    number: int
    text: str


def stated_facts(kind: str, lines: list[Line], heading: str, origin: Origin) -> Iterator[Fact]:
    """The figures of one block: a table by rows and columns, text by its labelled lines."""
    if kind == "table":
        yield from _table(lines, heading, origin)
    elif kind == "text":
        yield from _labelled(lines, origin)
        for line in lines:
            yield from _ping(line, origin)
            yield from _direction(line, origin)


def statements(line: Line, heading: str, origin: Origin) -> Iterator[StatementMade]:
    """The sentences of a line, each as somebody's statement."""
    for sentence in sentences(plain(line.text)):
        yield statement(sentence, line.number, heading, origin)


def statement(text: str, number: int, heading: str, origin: Origin) -> StatementMade:
    """One sentence, or a row of a table, with the time that it names."""
    return StatementMade(evidence=origin.evidence(text, line=number, time=time_in(text)), text=text, heading=heading)


def numbers(text: str) -> list[tuple[float, str]]:
    """The numbers of a text with the word or percent sign behind each; thousands may be separated by commas."""
    return [(float(m[1].replace(",", "")), (m[2] or "").lower()) for m in _NUMBER.finditer(text[:MAX_LINE])]


def _labelled(lines: list[Line], origin: Origin) -> Iterator[Fact]:
    """`label: number` in the lines of one block: a capture's totals, or a run of health checks."""
    capture: dict[str, tuple[float, Line]] = {}
    checks: dict[str, tuple[float, Line]] = {}
    for line in lines:
        label, _, rest = plain(line.text).partition(":")
        found = [(value, unit) for value, unit in numbers(rest) if unit != "%"]
        if not found:
            continue
        lowered = label.lower()
        if (key := _capture_key(lowered)) is not None:
            capture.setdefault(key, (found[0][0], line))
        if (key := _check_key(lowered)) is not None:
            seconds = next((value * scale for value, unit in found if (scale := _scale(unit))), None)
            value = seconds if key == "duration_s" else found[0][0]
            if value is not None:
                checks.setdefault(key, (value, line))
    yield from _capture(capture, origin)
    if "total" in checks and len(checks) > 1:
        told = {key: value for key, (value, _) in checks.items()}
        yield ChecksCounted(
            evidence=_of(checks, origin),
            total=told["total"],
            failed=told.get("failed"),
            succeeded=told.get("succeeded"),
            duration_s=told.get("duration_s"),
        )


def _capture_key(label: str) -> str | None:
    if any(word in label for word in ("denial", "denied", "policy drop", "policy-drop")):
        return "denied"
    if "handshake" in label:
        return "completed"
    if "attempt" in label or "syn sent" in label or label.strip() == "syns":
        return "attempts"
    if "reset" in label or "rst" in label.split():
        return "resets"
    return "packets" if "packets" in label and "total" in label else None


def _check_key(label: str) -> str | None:
    words = set(label.split())
    if any(word in label for word in ("fail", "error", "unsuccessful")):
        return "failed"
    if ("success" in label or words & {"passed", "ok", "succeeded"}) and "rate" not in words:
        return "succeeded"
    if words & {"duration", "ran", "length"}:
        return "duration_s"
    counted = any(word in label for word in ("quer", "check", "request", "probe", "run"))
    return "total" if counted and words & {"total", "number", "count", "all"} else None


def _capture(capture: dict[str, tuple[float, Line]], origin: Origin) -> Iterator[Fact]:
    told = {key: int(value) for key, (value, _) in capture.items()}
    if len(told) > 1:
        yield HandshakesCounted(evidence=_of(capture, origin), **told)
    if told.get("denied"):
        line = capture["denied"][1]
        yield PolicyDenied(evidence=origin.evidence(plain(line.text), line=line.number), count=told["denied"])


def _of(figures: dict[str, tuple[float, Line]], origin: Origin) -> Evidence:
    """The lines of all figures as one evidence, at the first."""
    lines = sorted({line.number: line for _, line in figures.values()}.values(), key=lambda line: line.number)
    return origin.evidence("; ".join(plain(line.text) for line in lines), line=lines[0].number)


def _table(lines: list[Line], heading: str, origin: Origin) -> Iterator[Fact]:
    """Rows over periods (before, during, after), with their columns' names."""
    rows = [(line, [plain(cell) for cell in line.text.strip().strip("|").split("|")]) for line in lines]
    if len(rows) < 3:  # noqa: PLR2004 - a head, a rule and one row
        return
    head = rows[0][1]
    for line, cells in rows[2:]:
        period = next((each for each in _PERIODS if cells and each in cells[0].lower()), None)
        counts = tuple(
            (f"{name.lower()} %" if unit == "%" else name.lower(), value)
            for name, cell in zip(head[1:], cells[1:], strict=False)
            for value, unit in numbers(cell)
        )
        if period is not None and counts:
            text = f"{heading.rpartition(' > ')[2]}: {' | '.join(cells)}"
            yield PeriodCounted(evidence=origin.evidence(text, line=line.number), period=period, counts=counts)


def _ping(line: Line, origin: Origin) -> Iterator[Fact]:
    """`tailscale ping ADDRESS` and that it was not answered, in somebody's words."""
    text = plain(line.text)
    lowered = text.lower()
    if "tailscale ping" not in lowered or not any(word in lowered for word in _SILENT):
        return
    found = _ADDRESS.search(text)
    if found is not None:
        yield PingUnanswered(
            evidence=origin.evidence(text, line=line.number),
            address=found[1],
            kind=PingKind.TSMP if "--tsmp" in lowered else PingKind.DISCO,
            reason="timeout",
        )


def _direction(line: Line, origin: Origin) -> Iterator[Fact]:
    """`flows FROM 100.x: 24,549`, `flows TO 100.x: 0`."""
    text = plain(line.text)
    lowered = text.lower()
    found = _ADDRESS.search(text)
    if "flows" not in lowered or found is None:
        return
    before = lowered[: found.start()].split()[-1:]
    counted = [value for value, unit in numbers(text[found.end() :]) if unit != "%"]
    if before in (["from"], ["to"]) and counted:
        yield DirectionCounted(
            evidence=origin.evidence(text, line=line.number),
            address=found[1],
            direction=before[0],
            flows=int(counted[0]),
        )


def _scale(unit: str) -> float | None:
    return _UNITS_S.get(unit.removesuffix("s") or "s")
