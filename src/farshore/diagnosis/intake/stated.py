"""Figures that a note states, as facts of their own: whoever wrote them counted, and may have counted wrong.

Labels are looked for by the field's words, never by one document's, before the number (`resets: 12`) and behind it
(`12 resets`). A figure whose label says nothing known stays a statement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from farshore.diagnosis.evidence import Evidence, Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import ChecksCounted
from farshore.diagnosis.facts.flows import DirectionCounted, HandshakesCounted, PolicyDenied
from farshore.diagnosis.facts.peers import PingKind, PingUnanswered
from farshore.diagnosis.facts.statements import StatementMade
from farshore.diagnosis.intake.figures import Figure, figures, numbers
from farshore.diagnosis.intake.prose import plain, sentences
from farshore.diagnosis.intake.stated_periods import period_line, period_table
from farshore.diagnosis.intake.times import time_in

__all__ = ("Line", "numbers", "stated_facts", "statement", "statements")

_ADDRESS = re.compile(r"(?<![\d.])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)")
# `not one goes to it`, `none to 100.64.0.2`, `zero inbound flows to it`
_NONE_TO = re.compile(r"\b(?:not one|not a single one|none|no flows?|nothing|zero)\b[^.;:]{0,30}? (?:to|towards) ")
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
_SILENT = ("timeout", "timed out", "time-out", "no response", "no reply", "fails", "failed", "unanswered", "no answer")

_Told = dict[str, tuple[float, "Line"]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document and its number, from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A block: its lines as they stand, and with wrapped ones joined; the headings above, and the line before it."""

    lines: list[Line]
    joined: list[Line]
    heading: str = ""
    caption: str = ""

    @property
    def title(self) -> str:
        """What it stands under, closest first."""
        return self.caption or self.heading.rpartition(" > ")[2]


def stated_facts(kind: str, stated: Stated, origin: Origin) -> Iterator[Fact]:
    """The figures of one block: a table by rows and columns, text by its labels."""
    if kind == "table":
        rows = [
            (line.number, [plain(cell) for cell in line.text.strip().strip("|").split("|")]) for line in stated.lines
        ]
        yield from period_table(rows, stated.heading, origin)
    elif kind == "text":
        yield from _labelled(stated, origin)
        for line in stated.lines:
            yield from _ping(line, origin)
        for line in stated.joined:
            yield from _direction(line, origin)
            yield from period_line(plain(line.text), line.number, stated.title, origin)


def statements(line: Line, heading: str, origin: Origin) -> Iterator[StatementMade]:
    """The sentences of a line, each as somebody's statement."""
    for sentence in sentences(plain(line.text)):
        yield statement(sentence, line.number, heading, origin)


def statement(text: str, number: int, heading: str, origin: Origin) -> StatementMade:
    """One sentence, or a row of a table, with the time that it names."""
    return StatementMade(evidence=origin.evidence(text, line=number, time=time_in(text)), text=text, heading=heading)


def _labelled(stated: Stated, origin: Origin) -> Iterator[Fact]:
    """The totals of a capture, or of a run of health checks, as one block tells them."""
    capture: _Told = {}
    checks: _Told = {}
    for line in stated.lines:
        _before_numbers(line, capture, checks)
    for line in stated.joined:
        _behind_numbers(line, capture, checks)
    yield from _capture(capture, origin)
    if "total" in checks and len(checks) > 1:
        told = {key: value for key, (value, _) in checks.items()}
        by_share = told["total"] * told["failed_share"] if "failed_share" in told else None
        yield ChecksCounted(
            evidence=_of(checks, origin),
            total=told["total"],
            failed=told.get("failed", by_share),
            succeeded=told.get("succeeded"),
            duration_s=told.get("duration_s") or _duration_s(stated.caption),
        )


def _before_numbers(line: Line, capture: _Told, checks: _Told) -> None:
    """`label: number`."""
    label, _, rest = plain(line.text).partition(":")
    found = [(value, unit) for value, unit in numbers(rest) if unit != "%"]
    if not found:
        return
    lowered = label.lower()
    if (key := _capture_key(lowered)) is not None:
        capture.setdefault(key, (found[0][0], line))
    if (key := _check_key(lowered)) is not None:
        seconds = next((value * scale for value, unit in found if (scale := _scale(unit))), None)
        value = seconds if key == "duration_s" else found[0][0]
        if value is not None:
            checks.setdefault(key, (value, line))


def _behind_numbers(line: Line, capture: _Told, checks: _Told) -> None:
    """`number label`: in a list's items and in sentences."""
    text = plain(line.text)
    own: _Told = {}
    for figure in figures(text):
        if figure.unit == "%" and "total" in {**checks, **own} and (share := _failed_share(figure)) is not None:
            own.setdefault("failed_share", (share, line))
        if figure.unit == "%" or not figure.value.is_integer():
            continue
        if (key := _capture_key(figure.behind)) is not None and not _is_check(figure.behind):
            capture.setdefault(key, (figure.value, line))
        elif (key := _check_key_behind(figure.behind, {**checks, **own})) is not None:
            own.setdefault(key, (figure.value, line))
    if "total" in own and (seconds := _duration_s(text)) is not None:
        own.setdefault("duration_s", (seconds, line))
    for key, value in own.items():
        checks.setdefault(key, value)


def _failed_share(figure: Figure) -> float | None:
    """Of a percentage right behind a count of checks: bare, it is what went well."""
    words = figure.behind.strip("%() ")
    if words.startswith(("fail", "error", "lost")):
        return figure.value / 100
    return 1 - figure.value / 100 if not words or words.startswith(("success", "ok", "pass", "succe", "good")) else None


def _capture_key(label: str) -> str | None:
    if any(word in label for word in ("denial", "denied", "policy drop", "policy-drop", "dropped by policy")):
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
    return "total" if _is_check(label) and words & {"total", "number", "count", "all"} else None


def _check_key_behind(label: str, known: _Told) -> str | None:
    """The same of words behind a number, which need no `total` if they name what is checked and are the first to."""
    words = set(label.replace(",", " ").split())
    if {"did", "not"} <= words or words & {"didn't", "weren't", "failing", "lost"}:
        return "failed" if "total" in known else None
    if words & {"well", "fine", "through", "answered", "good"} and not words & {"not", "never"}:
        return "succeeded" if "total" in known else None
    key = _check_key(label)
    if key is None and _is_check(label) and "total" not in known:
        return "total"
    return None if key == "duration_s" or (key != "total" and "total" not in known) else key


def counts_checks(text: str) -> bool:
    """Whether a line says how many queries or health checks there were."""
    return any(
        figure.value.is_integer() and _check_key_behind(figure.behind, {}) == "total" for figure in figures(text)
    )


def _is_check(label: str) -> bool:
    return any(word in label for word in ("quer", "check", "request", "probe", "run"))


def _duration_s(text: str) -> float | None:
    """How long something went on: the longest span that a text names."""
    spans = [value * scale for value, unit in numbers(plain(text)) if (scale := _scale(unit))]
    return max(spans, default=None)


def _capture(capture: _Told, origin: Origin) -> Iterator[Fact]:
    told = {key: int(value) for key, (value, _) in capture.items()}
    if len(told) > 1:
        yield HandshakesCounted(evidence=_of(capture, origin), **told)
    if told.get("denied"):
        line = capture["denied"][1]
        yield PolicyDenied(evidence=origin.evidence(plain(line.text), line=line.number), count=told["denied"])


def _of(told: _Told, origin: Origin) -> Evidence:
    """The lines of all figures as one evidence, at the first."""
    lines = sorted({line.number: line for _, line in told.values()}.values(), key=lambda line: line.number)
    return origin.evidence("; ".join(plain(line.text) for line in lines), line=lines[0].number)


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
    """`flows FROM 100.x: 24,549`, `24,549 flows come from 100.x and none goes to it`."""
    text = plain(line.text)
    lowered = text.lower()
    found = _ADDRESS.search(text)
    if "flows" not in lowered or found is None:
        return
    way = next(iter(lowered[: found.start()].split()[-1:]), "")
    if way not in {"from", "to"}:
        return
    behind = [value for value, unit in numbers(text[found.end() :]) if unit != "%"]
    before = [figure.value for figure in figures(lowered[: found.start()]) if figure.behind.startswith("flows")]
    counted = {way: int((before or behind)[0])} if before or behind else {}
    if way == "from" and _NONE_TO.search(lowered, found.end()):
        counted["to"] = 0
    for direction, flows in counted.items():
        evidence = origin.evidence(text, line=line.number)
        yield DirectionCounted(evidence=evidence, address=found[1], direction=direction, flows=flows)


def _scale(unit: str) -> float | None:
    return _UNITS_S.get(unit.removesuffix("s") or "s")
