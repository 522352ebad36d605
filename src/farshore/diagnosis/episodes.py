"""Splits a long record into the spells in which somebody suffered, so that Monday's fault is not argued with Tuesday's.

Every spell is argued by itself, with the facts of its time and those whose time nobody knows. What bears no time but
stands beside something that does is taken for as old as that.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from farshore.diagnosis.facts.base import Fact, dated
from farshore.diagnosis.facts.statements import StatementMade

# A longer quiet between two symptoms ends a spell.
QUIET = timedelta(minutes=30)
# What was seen this long before or after still belongs to it.
AROUND = timedelta(minutes=10)
# A record that flaps for weeks is argued as one.
MOST = 24


def episodes(facts: Sequence[Fact], symptoms: tuple[type[Fact], ...]) -> list[list[Fact]]:
    """The facts of each spell; all facts once where there is at most one, or more than `MOST`."""
    timed = list(zip(facts, times(facts), strict=True))
    spells = _spells(sorted(at for fact, at in timed if isinstance(fact, symptoms) and at is not None))
    if not 1 < len(spells) <= MOST:
        return [list(facts)]
    return [
        [fact for fact, at in timed if at is None or first - AROUND <= at <= last + AROUND] for first, last in spells
    ]


def _spells(moments: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    spells: list[tuple[datetime, datetime]] = []
    for moment in moments:
        if spells and moment - spells[-1][1] <= QUIET:
            spells[-1] = (spells[-1][0], moment)
        else:
            spells.append((moment, moment))
    return spells


def times(facts: Sequence[Fact]) -> list[datetime | None]:
    """When each fact is from: its own time, or that of the nearest line in the same file that has one.

    In a note under headings the nearest is looked for in its own section first, then in those that the section is part
    of: what ends one section is closer to the next one's first line than to what it sums up.
    """
    sections = _Sections(facts)
    lines: dict[tuple[str, ...], list[tuple[int, datetime]]] = {}
    for fact in facts:
        at = dated(fact)
        if at is not None and fact.evidence.line is not None:
            for section in sections.around(fact):
                lines.setdefault(section, []).append((fact.evidence.line, at))
    for told in lines.values():
        told.sort()
    return [dated(fact) or _beside(sections.around(fact), lines, fact.evidence.line) for fact in facts]


class _Sections:
    """Which headings stand above the lines of each file, as far as its statements tell."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self._headings: dict[str, list[tuple[int, str]]] = {}
        for fact in facts:
            if isinstance(fact, StatementMade) and fact.evidence.line is not None:
                self._headings.setdefault(fact.evidence.source, []).append((fact.evidence.line, fact.heading))
        for headings in self._headings.values():
            headings.sort()

    def around(self, fact: Fact) -> list[tuple[str, ...]]:
        """The sections that a fact is in, the innermost first, the file last."""
        source, line = fact.evidence.source, fact.evidence.line
        headings = self._headings.get(source, [])
        before = 0 if line is None else bisect_right(headings, line, key=lambda each: each[0])
        above = headings[before - 1][1].split(" > ") if before else []
        return [(source, *above[:depth]) for depth in range(len(above), -1, -1)]


def _beside(
    sections: Iterable[tuple[str, ...]], lines: Mapping[tuple[str, ...], list[tuple[int, datetime]]], line: int | None
) -> datetime | None:
    told = next((lines[section] for section in sections if section in lines), [])
    return _nearest(told, line)


def _nearest(lines: list[tuple[int, datetime]], line: int | None) -> datetime | None:
    if not lines or line is None:
        return None
    after = bisect_left(lines, line, key=lambda each: each[0])
    return min(lines[max(after - 1, 0) : after + 1], key=lambda each: abs(each[0] - line))[1]
