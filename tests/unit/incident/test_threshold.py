"""When a route counts as failing, and when as well again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.watch.windows.making import sample, series

from farshore.core.events import Health
from farshore.incident.threshold import HELD_S, WELL_S, Sign, Threshold
from farshore.watch.windows.sample import Sample

T0 = 10_000.0


def after(samples: list[Sample], *, look_s: float | None = None) -> Threshold:
    """A route's, after these endings; looked at after each, and then once more."""
    threshold = Threshold()
    for one in samples:
        threshold.note(one)
        threshold.look(one.at_s)
    threshold.look(samples[-1].at_s if look_s is None else look_s)
    return threshold


@pytest.mark.parametrize(
    ("letters", "every_s", "sign"),
    [
        ("xx", 1, None),
        ("xxx", 1, Sign.FAILURES),
        ("xx.xx.xx.", 1, None),
        ("xxx", 301, None),
        ("xxx", 100, Sign.FAILURES),
        ("." * 37 + "xx", 1, None),
        ("." * 50 + "x..x..x", 1, Sign.RESETS),
        ("." * 400 + "x.......x.......x", 0.1, None),
    ],
    ids=["two", "three", "never three in a row", "too far apart", "apart", "two resets", "6 %", "0.7 %"],
)
def test_failures_and_resets(letters: str, every_s: float, sign: Sign | None) -> None:
    assert after(series(letters, every_s=every_s, from_s=T0)).failing is sign


def test_clients_that_are_held_count_at_once() -> None:
    threshold = Threshold()
    threshold.outage(T0)
    assert threshold.look(T0 + HELD_S / 2) is None
    assert threshold.look(T0 + HELD_S) is Sign.HELD
    assert threshold.since_s == T0


@pytest.mark.parametrize(
    ("healths", "sign"),
    [
        ((Health.DOWN, Health.DOWN), Sign.PATHS_DOWN),
        ((Health.DOWN, Health.SUSPECT), None),
        ((Health.DOWN, Health.UNKNOWN), None),
        ((), None),
    ],
)
def test_paths_that_are_all_down_fail_whoever_comes(healths: tuple[Health, ...], sign: Sign | None) -> None:
    threshold = Threshold()
    threshold.healths(healths, T0)
    assert threshold.look(T0) is sign


def test_it_is_well_after_two_minutes_without_a_failure_and_not_before() -> None:
    threshold = after(series("xxx....", from_s=T0))
    last_s = T0 + 2
    assert threshold.look(last_s + WELL_S - 1) is Sign.FAILURES
    assert threshold.look(last_s + WELL_S) is None
    assert threshold.is_proven_well


def test_it_recovers_from_when_clients_are_served_and_none_fails() -> None:
    failed = series("xxx", from_s=T0)
    assert not after(failed).is_recovering_since(T0 + 3)
    assert after([*failed, sample(T0 + 4)]).is_recovering_since(T0 + 3)
    assert not after([*failed, sample(T0 + 4)]).is_recovering_since(T0 + 2)
    assert not after([*failed, sample(T0 + 4), sample(T0 + 5, failed=True), sample(T0 + 6)]).is_recovering_since(T0 + 3)


def test_one_more_failure_keeps_it_open() -> None:
    threshold = after([*series("xxx...", from_s=T0), sample(T0 + 100, failed=True)])
    assert threshold.look(T0 + 2 + WELL_S) is Sign.FAILURES
    assert threshold.look(T0 + 100 + WELL_S) is None
    assert not threshold.is_proven_well


def test_where_nobody_comes_any_more_it_ends_and_nobody_knows() -> None:
    threshold = after(series("xxx", from_s=T0), look_s=T0 + 500)
    assert threshold.failing is None
    assert not threshold.is_proven_well


def test_an_outage_that_is_over_ends_as_well() -> None:
    threshold = Threshold()
    threshold.outage(T0)
    threshold.look(T0 + 60)
    threshold.outage(None)
    threshold.note(sample(T0 + 61))
    assert threshold.look(T0 + 60 + WELL_S - 1) is Sign.HELD
    assert threshold.look(T0 + 60 + WELL_S) is None
    assert threshold.is_proven_well


def test_it_began_with_the_first_of_the_failures_that_stand_together() -> None:
    early, failures = [sample(T0 - 1_000, failed=True), sample(T0 - 999)], series("x.xxx", from_s=T0)
    assert after([*early, *failures]).since_s == T0
    assert after(series("xxx", every_s=200, from_s=T0)).since_s == T0


@given(st.lists(st.sampled_from("x."), max_size=120), st.sampled_from([0.2, 1.0, 10.0]))
def test_without_failures_for_two_minutes_nothing_is_open(letters: list[str], every_s: float) -> None:
    samples = series("".join(letters) + ".", every_s=every_s, from_s=T0)
    assert after(samples, look_s=samples[-1].at_s + WELL_S).failing is None


def test_how_long_it_has_to_be_well_is_said_by_who_asks() -> None:
    impatient = Threshold(well_s=5.0)
    impatient.resume(Sign.FAILURES, 100.0, 100.0)
    assert [impatient.look(at_s) for at_s in (104.9, 105.0)] == [Sign.FAILURES, None]


HOUR_S = 3_600.0


def test_where_the_clock_is_set_back_it_is_well_in_time_and_not_before() -> None:
    threshold = after(series("xxx", from_s=T0 + HOUR_S))
    assert threshold.look(T0) is Sign.FAILURES
    assert threshold.since_s == T0
    threshold.note(sample(T0 + 1))
    assert threshold.look(T0 + WELL_S - 1) is Sign.FAILURES
    assert threshold.look(T0 + WELL_S) is None
    assert threshold.is_proven_well


def test_where_the_clock_is_set_back_before_it_fails_that_is_seen_at_once() -> None:
    threshold = after([sample(T0 + HOUR_S, failed=True), sample(T0 + HOUR_S + 1)])
    for at_s in (T0, T0 + 1, T0 + 2):
        threshold.note(sample(at_s, failed=True))
    assert threshold.look(T0 + 2) is Sign.FAILURES
    assert threshold.since_s <= T0 + 2


def test_who_is_held_when_the_clock_is_set_back_is_held() -> None:
    threshold = Threshold()
    threshold.outage(T0 + HOUR_S)
    assert threshold.look(T0) is None
    assert threshold.look(T0 + HELD_S) is Sign.HELD
