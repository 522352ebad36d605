"""Pending, firing, over."""

from farshore.config.alerts import Rule, Told
from farshore.watch.alerts.holding import Holding
from farshore.watch.alerts.rules import Times
from farshore.watch.alerts.seen import Condition

IT = Condition(rule=Rule.RESETS, subject="a", title="", since_s=0.0)
KEY = Rule.RESETS, "a"


def times(_: Rule) -> Times:
    return Times(told=Told.PAGE, for_s=10.0, keep_s=60.0)


def test_it_fires_after_it_has_held_and_ends_after_it_has_not() -> None:
    holding = Holding()
    assert not holding.look([IT], times, 100.0)[KEY].is_firing
    assert not holding.look([IT], times, 109.0)[KEY].is_firing
    assert holding.look([IT], times, 110.0)[KEY].is_firing
    assert holding.look([], times, 169.0)[KEY].is_firing
    assert holding.look([IT], times, 170.0)[KEY].is_firing
    assert KEY in holding.look([], times, 229.0)
    assert KEY not in holding.look([], times, 230.0)


def test_what_is_pending_ends_at_once() -> None:
    holding = Holding()
    holding.look([IT], times, 100.0)
    assert holding.look([], times, 101.0) == {}


def test_where_the_clock_is_set_back_nothing_fires_for_ever_and_nothing_pends_for_ever() -> None:
    holding = Holding()
    holding.look([IT], times, 10_000.0)
    assert not holding.look([IT], times, 100.0)[KEY].is_firing
    assert holding.look([IT], times, 110.0)[KEY].is_firing
    holding.look([], times, 20.0)
    assert KEY in holding.look([], times, 79.0)
    assert KEY not in holding.look([], times, 80.0)
