"""What clients' connections say: the rules `resets`, `general-failures`, `burn` and `slow-burn` of each route. Pure.

What failed during a page of its route does not burn: it was told, and would keep the page open for half an hour. So a
failure counts for the burn rate a minute late, unless a page has taken it.
"""

from collections import deque
from collections.abc import Collection, Iterator

from farshore.config.alerts import Alerts, Rule
from farshore.core.outcome import Code
from farshore.watch.alerts.seen import Condition
from farshore.watch.windows.burn import Urgency, burning
from farshore.watch.windows.rolling import Rolling, Tally
from farshore.watch.windows.sample import Sample

MINUTE_S = 60.0
LATE_S = 60.0
# One in twenty of few is chance: so many have failed, and so many were there.
FAILED = 5
ENOUGH = 20
BURN_EVERY_S = 30.0


class _Route:
    def __init__(self) -> None:
        self.counted, self.burning = Rolling(), Rolling()
        self.bad_s = self.bad_since_s = float("-inf")


class Traffic:
    """All routes'."""

    def __init__(self) -> None:
        self._routes: dict[str, _Route] = {}
        self._late: deque[Sample] = deque()
        self._burns: dict[str, list[Condition]] = {}
        self._weighed_s: dict[str, float] = {}
        self._fresh: set[str] = set()

    def note(self, sample: Sample) -> None:
        """A client's connection has ended."""
        route = self._routes.setdefault(sample.route, _Route())
        route.counted.note(sample)
        if sample.is_failure or sample.is_reset:
            if sample.at_s - route.bad_s > MINUTE_S:
                route.bad_since_s = sample.at_s
            route.bad_s = max(route.bad_s, sample.at_s)
        self._late.append(sample)

    def minute(self, route: str, now_s: float) -> Tally:
        """What was counted of a route in the last minute."""
        known = self._routes.get(route)
        return Tally() if known is None else known.counted.last(MINUTE_S, now_s)

    def holds(self, settings: Alerts, paged: Collection[str], now_s: float) -> Iterator[Condition]:
        """What holds now; of the routes that are `paged` nothing burns."""
        for name, route in self._routes.items():
            if now_s - route.bad_s <= MINUTE_S:
                yield from _shares(name, route, settings.reset_share, now_s)
        self._burn(paged, now_s)
        # Three days of a route are some milliseconds of work: one route a look, and only where something failed.
        changing = (name for name in self._weighed_s if name in self._fresh or self._burns.get(name))
        due = next((name for name in changing if not 0 <= now_s - self._weighed_s[name] < BURN_EVERY_S), None)
        if due is not None:
            self._fresh.discard(due)
            del self._weighed_s[due]
            self._weighed_s[due] = now_s
            self._burns[due] = list(self._burns_of(due, settings.slo, now_s))
        for burns in self._burns.values():
            yield from burns

    def _burn(self, paged: Collection[str], now_s: float) -> None:
        if paged and any(sample.is_failure and sample.route in paged for sample in self._late):
            self._late = deque(each for each in self._late if not (each.is_failure and each.route in paged))
        # One of the time to come is of before the clock was set back: nothing waits behind it.
        while self._late and not 0 <= now_s - self._late[0].at_s < LATE_S:
            sample = self._late.popleft()
            self._routes[sample.route].burning.note(sample)
            if sample.is_failure:
                self._weighed_s.setdefault(sample.route, float("-inf"))
                self._fresh.add(sample.route)

    def _burns_of(self, name: str, slo: float, now_s: float) -> Iterator[Condition]:
        burn = burning(self._routes[name].burning, slo / 100, now_s)
        if burn is not None and burn.failed >= FAILED:
            hours = burn.rule.long_s / 3600
            yield Condition(
                rule=Rule.BURN if burn.rule.urgency is Urgency.PAGE else Rule.SLOW_BURN,
                subject=name,
                routes=(name,),
                since_s=now_s,
                title=f"{burn.failed} of {burn.total} connections of route {name} failed within {hours:g} h: "
                f"{burn.long_rate:.1f} times what {slo:g} % allow",
                command=f"farshore doctor {name}",
            )


def _shares(name: str, route: _Route, percent: float, now_s: float) -> Iterator[Condition]:
    """It began with the first that failed after a minute in which none did."""
    minute = route.counted.last(MINUTE_S, now_s)
    general = minute.causes[Code.DIAL_FAILED.value]
    for rule, count, what in (
        (Rule.RESETS, minute.reset, "were reset"),
        (Rule.GENERAL_FAILURES, general, "met a SOCKS general failure"),
    ):
        if count >= FAILED and minute.total >= ENOUGH and 100 * count > percent * minute.total:
            yield Condition(
                rule=rule,
                subject=name,
                routes=(name,),
                since_s=min(route.bad_since_s, now_s),
                title=f"{count} of {minute.total} connections of route {name} {what} within a minute",
                command=f"farshore doctor {name}",
            )
