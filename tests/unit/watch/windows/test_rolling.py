"""Counts over spans, against a plain recount of all samples."""

from itertools import pairwise
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.watch.windows.making import sample

from farshore.watch.windows.rolling import COARSE_S, FINE_S, FINE_SPAN_S, Rolling, Tally, Windows

endings = st.lists(st.tuples(st.floats(0, 20_000), st.booleans()), max_size=60)


@given(endings=endings, span_s=st.sampled_from([60.0, 300.0, 3_600.0, 21_600.0]))
def test_a_span_is_the_whole_buckets_that_reach_into_it(endings: list[tuple[float, bool]], span_s: float) -> None:
    now_s = max((at_s for at_s, _ in endings), default=0.0)
    counted = Rolling()
    for at_s, failed in endings:
        counted.note(sample(at_s, failed=failed))
    width_s = FINE_S if span_s <= FINE_SPAN_S else COARSE_S
    first = floor((now_s - span_s) / width_s)
    inside = [failed for at_s, failed in endings if floor(at_s / width_s) > first]
    tally = counted.last(span_s, now_s)
    assert (tally.total, tally.failed, tally.causes.total()) == (len(inside), sum(inside), sum(inside))


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


def test_each_counts_for_its_path_its_route_and_all() -> None:
    windows = Windows()
    for route, path in (("db", "r1"), ("db", "r2"), ("ftp", "r1")):
        windows.note(sample(0, route=route, path=path))
    assert windows.all.last(60, 0).total == 3
    assert {name: counted.last(60, 0).total for name, counted in windows.routes.items()} == {"db": 2, "ftp": 1}
    assert set(windows.paths) == {("db", "r1"), ("db", "r2"), ("ftp", "r1")}


def test_percentiles_rise() -> None:
    tally = Tally()
    for number in range(1, 101):
        tally.note(sample(0, latency_s=number / 1000))
    found = [tally.latency_s(quantile) or 0 for quantile in (0.5, 0.95, 0.99)]
    assert all(one < other for one, other in pairwise(found))
    assert found == [pytest.approx(value, rel=0.05) for value in (0.050, 0.095, 0.099)]
