"""Counts before, during and after an outage, as a table by rows or by columns, or as a list has them."""

import re
from collections.abc import Iterator

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.flows import PeriodCounted
from farshore.diagnosis.intake.figures import figures, numbers

_PERIODS = ("before", "during", "after")
_ITEM = re.compile(rf"({'|'.join(_PERIODS)})\b[^:\d]{{0,60}}(?:\([^)]{{0,60}}\))?(?:: | [-\u2013] )", re.IGNORECASE)
_SENT = {"out", "sent", "tx", "outgoing"}
_RECEIVED = {"in", "received", "rx", "back", "incoming"}

Counts = tuple[tuple[str, float], ...]


def period_table(rows: list[tuple[int, list[str]]], heading: str, origin: Origin) -> Iterator[PeriodCounted]:
    """Rows over periods with their columns' names, or columns over periods with their rows' names."""
    if len(rows) < 3:  # noqa: PLR2004 - a head, a rule and one row
        return
    head = rows[0][1]
    title = heading.rpartition(" > ")[2]
    for number, cells in rows[2:]:
        period = _period(cells[0]) if cells else None
        counts = tuple(
            count for name, cell in zip(head[1:], cells[1:], strict=False) for count in _counts(name.lower(), cell)
        )
        if period is not None and counts:
            text = f"{title}: {' | '.join(cells)}"
            yield PeriodCounted(evidence=origin.evidence(text, line=number), period=period, counts=counts)
    for column, name in enumerate(head[1:], 1):
        period = _period(name)
        told = [(number, cells[0], cells[column]) for number, cells in rows[2:] if len(cells) > column]
        counts = tuple(count for _, label, cell in told for count in _counts(label.lower(), cell))
        if period is not None and counts:
            text = f"{title}: {name}: {', '.join(f'{label} {cell}' for _, label, cell in told)}"
            yield PeriodCounted(evidence=origin.evidence(text, line=told[0][0]), period=period, counts=counts)


def period_line(text: str, number: int, title: str, origin: Origin) -> Iterator[PeriodCounted]:
    """`during: 9,050 flows, of which 8,815 with a single packet (97.4 %)`, an item of a list."""
    matched = _ITEM.match(text)
    if matched is None:
        return
    counts: list[tuple[str, float]] = []
    name = ""
    for figure in figures(text[matched.end() :]):
        name = f"{name} %" if figure.unit == "%" else _name(figure.behind)
        counts.append((name, figure.value))
    if counts:
        evidence = origin.evidence(f"{title}: {text}" if title else text, line=number)
        yield PeriodCounted(evidence=evidence, period=matched[1].lower(), counts=tuple(counts))


def _period(text: str) -> str | None:
    return next((each for each in _PERIODS if each in text.lower()), None)


def _counts(name: str, cell: str) -> Counts:
    return tuple((f"{name} %" if unit == "%" else name, value) for value, unit in numbers(cell))


def _name(behind: str) -> str:
    """A column's name for the words behind a number, as tables of such counts have it."""
    words = set(re.findall(r"[a-z]{1,20}", behind.partition("(")[0]))
    if words & _SENT:
        return "tx packets"
    if words & _RECEIVED:
        return "rx packets"
    return "single-packet" if "single" in words or "one" in words else " ".join(behind.split()[:3]).strip(",;:(")
