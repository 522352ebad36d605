"""Counts over spans, against a plain recount of all samples."""

from itertools import pairwise
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.watch.windows.making import sample

from farshore.watch.windows.rolling import COARSE_S, FINE_S, FINE_SPAN_S, LATEST_S, Rolling, Tally

endings = st.lists(st.tuples(st.floats(0, 20_000), st.booleans()), max_size=60)


@given(endings=endings, span_s=st.sampled_from([60.0, 300.0, 3_600.0, 21_600.0]))
def test_a_span_is_the_buckets_that_lie_in_it(endings: list[tuple[float, bool]], span_s: float) -> None:
    now_s = max((at_s for at_s, _ in endings), default=0.0)
    counted = Rolling()
    for at_s, failed in sorted(endings):
        counted.note(sample(at_s, failed=failed))
    width_s = FINE_S if span_s <= FINE_SPAN_S else COARSE_S
    first = floor((now_s - span_s) / width_s)
    inside = [failed for at_s, failed in endings if floor(at_s / width_s) > first]
    tally = counted.last(span_s, now_s)
    assert (tally.total, tally.failed, tally.causes.total()) == (len(inside), sum(inside), sum(inside))


@given(
    endings=st.lists(st.floats(0, 20_000), max_size=60),
    span_s=st.sampled_from([60.0, 300.0, 3_600.0, 21_600.0]),
    later_s=st.floats(0, 400),
)
def test_a_span_is_never_too_long_and_too_short_by_less_than_a_bucket(
    endings: list[float], span_s: float, later_s: float
) -> None:
    now_s = max(endings, default=0.0) + later_s
    counted = Rolling()
    for at_s in sorted(endings):
        counted.note(sample(at_s))
    width_s = FINE_S if span_s <= FINE_SPAN_S else COARSE_S
    whole = sum(at_s >= now_s - span_s for at_s in endings)
    surely = sum(at_s >= now_s - span_s + width_s for at_s in endings)
    assert surely <= counted.last(span_s, now_s).total <= whole


@given(
    ahead_s=st.floats(7_200, 10 * 86_400),
    before=st.lists(st.floats(0, 3_000), max_size=20),
    during=st.lists(st.floats(0, 3_000), min_size=1, max_size=20),
    after=st.lists(st.floats(0, 50), min_size=1, max_size=20),
)
def test_where_the_clock_is_set_back_it_goes_on_counting_and_what_has_not_come_yet_is_forgotten(
    ahead_s: float, before: list[float], during: list[float], after: list[float]
) -> None:
    """The clock is `ahead_s` ahead for as long as `during` says, and right again from then on."""
    start_s = 1_000_000.0
    counted = Rolling()
    for at_s in sorted(before):
        counted.note(sample(start_s + at_s))
    for at_s in sorted(during):
        counted.note(sample(start_s + 3_000 + ahead_s + at_s, failed=True))
    back_s = start_s + 7_200
    for at_s in sorted(after):
        counted.note(sample(back_s + at_s))
    assert counted.last(FINE_SPAN_S, back_s + 50).total == len(after)
    for later_s in (60.0, 3_600.0, ahead_s, ahead_s + 3_000):
        assert counted.last(FINE_SPAN_S, back_s + 50 + later_s).failed == 0


def test_one_that_is_told_a_minute_late_shows_no_other_clock() -> None:
    counted = Rolling()
    for at_s in (1_000.0, 1_000.0 - LATEST_S, 999.0):
        counted.note(sample(at_s))
    assert counted.last(300, 1_000.0).total == 3


def test_nothing_happens_in_an_empty_span_and_one_ending_is_all_there_is() -> None:
    counted = Rolling()
    assert (counted.last(60, 0.0).total, counted.last(60, 0.0).success) == (0, None)
    counted.note(sample(1_005.0, failed=True))
    assert [counted.last(60, now_s).total for now_s in (994.0, 1_005.0, 1_059.9, 1_070.0)] == [0, 1, 1, 0]
    assert counted.last(60, 1_005.0).reset_share == 1.0


def test_the_order_in_which_they_are_told_does_not_matter() -> None:
    early, late = Rolling(), Rolling()
    for at_s in (0, 15, 30, 45):
        early.note(sample(at_s))
        late.note(sample(45 - at_s))
    assert [early.last(20, 45).total, early.last(60, 45).total] == [late.last(20, 45).total, late.last(60, 45).total]


def test_what_is_old_is_forgotten() -> None:
    counted = Rolling()
    for second in range(0, 4 * 86_400, 60):
        counted.note(sample(second))
    assert counted.last(3 * 86_400, 4 * 86_400 - 60).total == 3 * 1_440
    assert [len(kept._buckets) for kept in (counted._fine, counted._coarse)] == [61, 865]


@pytest.mark.parametrize("span_s", [0.0, -1.0, 3 * 86_400 + 1.0])
def test_a_span_that_is_not_counted_is_refused(span_s: float) -> None:
    with pytest.raises(ValueError, match="is not counted"):
        Rolling().last(span_s, 0)


def test_shares_of_nothing_are_nothing() -> None:
    empty = Tally()
    assert (empty.success, empty.reset_share, empty.latency_s(0.5)) == (None, None, None)


def test_shares() -> None:
    tally = Tally()
    for failed in (True, False, False, False):
        tally.note(sample(0, failed=failed))
    assert (tally.success, tally.reset_share) == (0.75, 0.25)


@given(st.lists(st.floats(1e-5, 100), min_size=1, max_size=50), st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_a_percentile_is_right_to_5_percent(latencies: list[float], quantile: float) -> None:
    tally = Tally()
    for latency_s in latencies:
        tally.note(sample(0, latency_s=latency_s))
    rank = max(1, -int(-quantile * len(latencies) // 1))
    assert tally.latency_s(quantile) == pytest.approx(sorted(latencies)[rank - 1], rel=0.05)


@pytest.mark.parametrize("quantile", [0.0, 1.01])
def test_a_quantile_that_is_none_is_refused(quantile: float) -> None:
    with pytest.raises(ValueError, match="a quantile lies in"):
        Tally().latency_s(quantile)


def test_percentiles_rise() -> None:
    tally = Tally()
    for number in range(1, 101):
        tally.note(sample(0, latency_s=number / 1000))
    found = [tally.latency_s(quantile) or 0 for quantile in (0.5, 0.95, 0.99)]
    assert all(one < other for one, other in pairwise(found))
    assert found == [pytest.approx(value, rel=0.05) for value in (0.050, 0.095, 0.099)]
