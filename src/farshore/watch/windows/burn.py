"""How fast a subject uses up what its objective allows to fail. Pure.

Multiwindow, multi-burn-rate, as in the Site Reliability Workbook, chapter 5: a rate pages only while both a long and a
short window burn that fast, so that it comes soon, and goes soon after the failing has stopped.
"""

from dataclasses import dataclass
from enum import StrEnum

from farshore.watch.windows.rolling import Rolling, Tally

HOUR_S = 3_600.0
MINUTE_S = 60.0


class Urgency(StrEnum):
    """Whether somebody is woken."""

    PAGE = "page"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRule:
    """Both windows burn at least `rate` times as fast as the objective allows for ever."""

    long_s: float
    short_s: float
    rate: float
    urgency: Urgency


RULES = (
    BurnRule(long_s=HOUR_S, short_s=5 * MINUTE_S, rate=14.4, urgency=Urgency.PAGE),
    BurnRule(long_s=6 * HOUR_S, short_s=30 * MINUTE_S, rate=6.0, urgency=Urgency.PAGE),
    BurnRule(long_s=24 * HOUR_S, short_s=2 * HOUR_S, rate=3.0, urgency=Urgency.WARNING),
    BurnRule(long_s=72 * HOUR_S, short_s=6 * HOUR_S, rate=1.0, urgency=Urgency.WARNING),
)
# Below so many the share is chance: one failure of two would page.
ENOUGH = 20
_PLACES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """A rule that holds, with the figures that make it hold."""

    rule: BurnRule
    long_rate: float
    short_rate: float
    failed: int
    total: int


def burn_rate(tally: Tally, objective: float) -> float:
    """How many times faster than allowed: 1 uses up the budget exactly at the end of the objective's period.

    `objective` is the share that is to go well, as 0.995.

    Raises:
        ValueError: the objective leaves nothing to fail, or everything.
    """
    if not 0 < objective < 1:
        msg = f"an objective lies between 0 and 1, as 0.995, not at {objective:g}"
        raise ValueError(msg)
    # What a float makes of 1 - 0.995 is a little too much, and a rate that is reached exactly would not be.
    return 0.0 if not tally.total else round(tally.failed / tally.total / (1 - objective), _PLACES)


def burning(counted: Rolling, objective: float, now_s: float) -> Burn | None:
    """The most urgent rule that holds now; None where none does or too little was counted to tell."""
    for rule in RULES:
        long, short = counted.last(rule.long_s, now_s), counted.last(rule.short_s, now_s)
        rates = burn_rate(long, objective), burn_rate(short, objective)
        if long.total >= ENOUGH and min(rates) >= rule.rate:
            return Burn(rule=rule, long_rate=rates[0], short_rate=rates[1], failed=long.failed, total=long.total)
    return None
