"""Splits a long record into the spells in which somebody suffered, so that Monday's fault is not argued with Tuesday's.

Every spell is argued by itself, with the facts of its time and those whose time nobody knows.
"""

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
    spells = _spells(sorted(at for fact in facts if isinstance(fact, symptoms) and (at := dated(fact)) is not None))
    if not 1 < len(spells) <= MOST:
        return [list(facts)]
    return [[fact for fact in facts if _belongs(fact, spell)] for spell in spells]


def _spells(moments: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    spells: list[tuple[datetime, datetime]] = []
    for moment in moments:
        if spells and moment - spells[-1][1] <= QUIET:
            spells[-1] = (spells[-1][0], moment)
        else:
            spells.append((moment, moment))
    return spells


def _belongs(fact: Fact, spell: tuple[datetime, datetime]) -> bool:
    at = dated(fact)
    return at is None or spell[0] - AROUND <= at <= spell[1] + AROUND
