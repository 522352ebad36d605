"""A day of load through windows, incidents and alerts: no page without a fault, each outage paged once and over once.

Twenty fresh seeds a run. A seed is printed by its test; `FARSHORE_ALERT_SEED=n` runs that day in all of them.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, pi, sin
from random import Random, SystemRandom

import pytest

from farshore.app.alerting import incident_seen
from farshore.config.alerts import Alerts
from farshore.core.alerts import Alert, AlertState, Severity
from farshore.core.outcome import Code
from farshore.incident.book import Book
from farshore.incident.conclusion import Conclusion
from farshore.incident.threshold import Threshold
from farshore.watch.alerts.board import Board
from farshore.watch.alerts.seen import RouteSeen
from farshore.watch.windows.sample import Sample

DAY_S = 86_400.0
START_S = 1_790_000_000.0
LOOK_S, IDLE_LOOK_S = 1.0, 10.0
VERDICT_AFTER_S = 6.0
NOISE = 0.001
# What is found again within the hold-down is the same page, so faults lie further apart than that.
APART_S = 1_500.0
ROUTES = {"billing": "r1", "ledger": "r1", "orders": "r2", "archive": "r3"}
SHORT_S, LONG_S = 30.0, 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Clients of these routes fail in these spans, by one root; those of all but the first so much later."""

    routes: tuple[str, ...]
    spans: tuple[tuple[float, float], ...]
    share: float = 1.0
    late_s: float = 0.0

    @property
    def since_s(self) -> float:
        return self.spans[0][0]

    @property
    def until_s(self) -> float:
        return self.spans[-1][1]

    @property
    def must_page(self) -> bool:
        return self.spans[-1][1] - self.spans[0][0] > SHORT_S

    def hits(self, route: str, at_s: float) -> bool:
        late_s = 0.0 if route == self.routes[0] else self.late_s
        return route in self.routes and any(since_s + late_s <= at_s < until_s for since_s, until_s in self.spans)


def faults(random: Random) -> list[Fault]:
    """Outages of one route, of a router with two, flapping, partial, and bursts that nobody need be told of."""
    found: list[Fault] = []
    at_s = START_S + 1_800.0 + random.uniform(0, 1_200)
    while at_s < START_S + DAY_S - LONG_S - APART_S:
        length_s = random.uniform(60, 1_200)
        match random.choice(("one", "router", "flapping", "partial", "burst", "nothing")):
            case "one":
                fault = Fault(routes=(random.choice(list(ROUTES)),), spans=((at_s, at_s + length_s),))
            case "router":
                late_s = random.choice((0.0, random.uniform(0, length_s / 2)))
                fault = Fault(routes=("billing", "ledger"), spans=((at_s, at_s + length_s),), late_s=late_s)
            case "flapping":
                spans = tuple((at_s + 90 * turn, at_s + 90 * turn + 45) for turn in range(random.randint(3, 10)))
                fault = Fault(routes=("orders",), spans=spans)
            case "partial":
                fault = Fault(routes=("billing",), spans=((at_s, at_s + 300 + length_s),), share=0.5)
            case "burst":
                fault = Fault(routes=("orders",), spans=((at_s, at_s + random.uniform(2, 25)),))
            case _:
                at_s += 3_600.0
                continue
        found.append(fault)
        at_s = fault.until_s + APART_S + random.uniform(0, 3_600)
    return found


def load(random: Random, route: str, injected: list[Fault]) -> Iterator[Sample]:
    """Connections by day and hardly any by night, with the odd failure and hang-up; pools try again where they fail."""
    at_s = START_S + random.uniform(0, 60)
    mine = [fault for fault in injected if route in fault.routes]
    while at_s < START_S + DAY_S:
        fault = next((each for each in mine if each.hits(route, at_s)), None)
        is_bad = random.random() < (NOISE if fault is None else fault.share)
        is_reset = is_bad and random.random() < 0.7
        yield Sample(
            at_s=at_s,
            route=route,
            path="",
            cause=(Code.DIAL_FAILED if is_bad else Code.UPSTREAM_CLOSED).value,
            is_failure=is_bad,
            is_reset=is_reset,
            latency_s=None if is_bad else 0.02,
        )
        daylight = max(0.04, sin((at_s - START_S) / DAY_S * 2 * pi))
        usual_s = random.expovariate(daylight / 6)
        is_tried_again = any(each.since_s <= at_s < each.until_s for each in mine)
        at_s += min(usual_s, random.uniform(0.5, 4.0)) if is_tried_again else usual_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Examining:
    """What a doctor would conclude of an incident, some seconds after it was opened."""

    book: Book

    def at(self, now_s: float) -> None:
        for incident in tuple(self.book.open.values()):
            if incident.conclusion is None and now_s - incident.opened_s >= VERDICT_AFTER_S:
                router = ROUTES[incident.failing[0] if incident.failing else next(iter(incident.routes))]
                said = Conclusion(code="M01", title="A router is dead", confidence="proven", router=router)
                self.book.concluded(incident, said, now_s)


def replay(samples: list[Sample]) -> list[Alert]:
    """What is told of a day."""
    thresholds = {route: Threshold() for route in ROUTES}
    book, board, settings = Book(), Board(START_S), Alerts()
    doctor = Examining(book=book)
    seen = [RouteSeen(name=route, target=f"10.0.0.1:{number}") for number, route in enumerate(ROUTES, 1000)]
    told: list[Alert] = []
    now_s, bad_s = START_S, -inf
    waiting = iter(samples)
    sample = next(waiting, None)
    while now_s < START_S + DAY_S + LONG_S:
        now_s += LOOK_S if now_s - bad_s < 20 or any(not each.history for each in book.open.values()) else IDLE_LOOK_S
        while sample is not None and sample.at_s <= now_s:
            thresholds[sample.route].note(sample)
            board.note(sample)
            bad_s = sample.at_s if sample.is_failure else bad_s
            sample = next(waiting, None)
        for route, threshold in thresholds.items():
            was = threshold.failing
            sign = threshold.look(now_s)
            if sign is not None and was is None:
                book.failing(route, sign, threshold.since_s, now_s)
            elif sign is None and was is not None:
                book.well([route], now_s, is_proven=True)
        doctor.at(now_s)
        told += board.look(settings, seen, [incident_seen(each) for each in book.open.values()], now_s)
    return told


@pytest.mark.parametrize("day", range(20))
def test_a_day_pages_once_for_each_outage_and_never_without_one(day: int) -> None:
    seed = int(os.environ.get("FARSHORE_ALERT_SEED") or SystemRandom().getrandbits(32))
    print(f"day {day}: FARSHORE_ALERT_SEED={seed}")
    random = Random(seed)  # noqa: S311 - no secrets here
    injected = faults(random)
    samples = [each for route in ROUTES for each in load(random, route, injected)]
    told = [
        alert
        for alert in replay(sorted(samples, key=lambda each: each.at_s))
        if alert.severity is Severity.PAGE and not alert.reminder
    ]
    pages = [alert for alert in told if alert.state is AlertState.FIRING]
    over = [alert for alert in told if alert.state is AlertState.RESOLVED]
    expected = [fault for fault in injected if enough_came(fault, samples)]
    print(f"{len(samples)} connections, {len(injected)} faults, {len(expected)} outages, {len(pages)} pages")
    for fault in expected:
        of_it = [page for page in pages if is_of(page, fault)]
        assert len(of_it) == 1, (seed, fault, of_it)
        assert set(of_it[0].routes) <= set(fault.routes), (seed, fault, of_it)
        ends = [
            each for each in over if each.key == of_it[0].key and fault.since_s < each.at_s < fault.until_s + APART_S
        ]
        assert len(ends) == 1, (seed, fault, ends)
    strangers = [page for page in pages if not any(is_of(page, fault) for fault in injected)]
    assert not strangers, (seed, strangers)
    assert len(pages) == len(over), seed


def is_of(page: Alert, fault: Fault) -> bool:
    on_time = fault.since_s <= page.at_s <= fault.until_s + 90
    return on_time and not set(page.routes).isdisjoint(fault.routes)


def enough_came(fault: Fault, samples: list[Sample]) -> bool:
    """Whether it lasted, and anybody came often enough to meet it: of what hits nobody, no client tells."""
    failed = [each for each in samples if each.is_failure and fault.hits(each.route, each.at_s)]
    return fault.must_page and len(failed) >= 10 * len(fault.routes)
