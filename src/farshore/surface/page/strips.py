"""The last hour by the minute, as words: of a route and of a path. Pure; times are Unix seconds."""

from collections.abc import Iterable, Sequence

from farshore.core.events import Health
from farshore.surface.page.pulse import MINUTE_S, MINUTES, Change, Minute, RouteMemory

NONE, GOOD, SOME, BAD = "none", "good", "some", "bad"
_RANK = {Health.UNKNOWN: 0, Health.UP: 1, Health.SUSPECT: 2, Health.DOWN: 3}
_WORDS = (NONE, GOOD, SOME, BAD)
LATELY_S = 600


def route_strip(memory: RouteMemory, now_s: float) -> tuple[str, ...]:
    """Each of the last 60 minutes, this one last: no connection ended, all went well, some failed, or all did."""
    known = {minute.at_s: _of_minute(minute) for minute in memory.minutes}
    strip = [known.get(start_s, NONE) for start_s in _starts(now_s)]
    for since_s, until_s in memory.outages:
        end_s = now_s if until_s is None else until_s
        for at, start_s in enumerate(_starts(now_s)):
            if since_s < start_s + MINUTE_S and end_s >= start_s:
                strip[at] = BAD if strip[at] in {NONE, BAD} else SOME
    return tuple(strip)


def path_strip(changes: Sequence[Change], now_s: float) -> tuple[str, ...]:
    """The worst that was known of a path in each of the last 60 minutes, this one last."""
    first_s, ranks = _starts(now_s).start, [0] * MINUTES
    ends_s = [*(change.at_s for change in changes[1:]), now_s]
    for change, end_s in zip(changes, ends_s, strict=False):
        since, until = (int(at_s - first_s) // MINUTE_S for at_s in (change.at_s, end_s))
        for minute in range(max(0, since), min(MINUTES - 1, until) + 1):
            ranks[minute] = max(ranks[minute], _RANK[change.health])
    return tuple(_WORDS[rank] for rank in ranks)


def lately(minutes: Iterable[Minute], now_s: float) -> tuple[int, int]:
    """How many ended well and how many failed in the last ten minutes."""
    recent = [minute for minute in minutes if minute.at_s > now_s - LATELY_S - MINUTE_S]
    return sum(minute.good for minute in recent), sum(minute.bad for minute in recent)


def _of_minute(minute: Minute) -> str:
    if not minute.bad:
        return GOOD if minute.good else NONE
    return SOME if minute.good else BAD


def _starts(now_s: float) -> range:
    last_s = int(now_s // MINUTE_S) * MINUTE_S
    return range(last_s - (MINUTES - 1) * MINUTE_S, last_s + 1, MINUTE_S)
