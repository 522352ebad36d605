"""Splits a long record into the spells in which somebody suffered, so that Monday's fault is not argued with Tuesday's.

Every spell is argued by itself, with the facts of its time and those whose time nobody knows. What bears no time but
stands beside something that does is taken for as old as that.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from farshore.diagnosis.facts.base import Fact, dated

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
    """When each fact is from: its own time, or that of the nearest line in the same file that has one."""
    lines: dict[str, list[tuple[int, datetime]]] = {}
    for fact in facts:
        at = dated(fact)
        if at is not None and fact.evidence.line is not None:
            lines.setdefault(fact.evidence.source, []).append((fact.evidence.line, at))
    for told in lines.values():
        told.sort()
    return [dated(fact) or _nearest(lines.get(fact.evidence.source, []), fact.evidence.line) for fact in facts]


def _nearest(lines: list[tuple[int, datetime]], line: int | None) -> datetime | None:
    if not lines or line is None:
        return None
    after = bisect_left(lines, line, key=lambda each: each[0])
    return min(lines[max(after - 1, 0) : after + 1], key=lambda each: abs(each[0] - line))[1]
