"""Before, during, after: as somebody says, or as the traffic itself shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from farshore.diagnosis.lake.engine import INTEGER, TEXT, Table

MINUTE_S = 60
FOREVER_S = 2**40
# Fewer minutes than this show no baseline.
FEWEST_MINUTES = 6
FEWEST_ASKED = 3
# A minute stands out whose unanswered share is above the median by this much, and by this many median deviations.
LEAST_EXCESS = 0.1
DEVIATIONS = 5.0
# A shorter recovery belongs to the same outage.
LULL_S = 3 * MINUTE_S

PERIODS = Table("periods", (("name", TEXT), ("from_s", INTEGER), ("to_s", INTEGER)))


@dataclass(frozen=True, slots=True)
class Period:
    """Whole minutes from `from_s` up to, not including, `to_s`, in seconds since 1970 UTC."""

    name: str
    from_s: int
    to_s: int


@dataclass(frozen=True, slots=True)
class Minute:
    """How much was asked within a minute, and how much of it went unanswered."""

    at_s: int
    asked: int
    unanswered: int


def around(from_s: int, to_s: int) -> tuple[Period, ...]:
    """Before, during and after a span, widened to whole minutes."""
    first = from_s - from_s % MINUTE_S
    last = max(to_s + -to_s % MINUTE_S, first + MINUTE_S)
    return (Period("before", 1, first), Period("during", first, last), Period("after", last, FOREVER_S))


WHOLE = (Period("whole", 0, FOREVER_S),)


def detect(minutes: Sequence[Minute]) -> tuple[int, int] | None:
    """The span in which clearly more went unanswered than usual; None where no minute stands out from the rest."""
    shares = {minute: minute.unanswered / minute.asked for minute in minutes if minute.asked >= FEWEST_ASKED}
    if len(shares) < FEWEST_MINUTES:
        return None
    usual = median(shares.values())
    deviation = median(abs(share - usual) for share in shares.values())
    limit = usual + max(LEAST_EXCESS, DEVIATIONS * deviation)
    spans = _joined(minute for minute, share in sorted(shares.items(), key=lambda each: each[0].at_s) if share > limit)
    if not spans:
        return None
    worst = max(spans, key=lambda span: sum(minute.unanswered - usual * minute.asked for minute in span))
    return worst[0].at_s, worst[-1].at_s + MINUTE_S


def _joined(minutes: Iterable[Minute]) -> list[list[Minute]]:
    spans: list[list[Minute]] = []
    for minute in minutes:
        if spans and minute.at_s - spans[-1][-1].at_s <= LULL_S:
            spans[-1].append(minute)
        else:
            spans.append([minute])
    return spans
