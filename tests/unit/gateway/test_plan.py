import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farshore.core.outcome import Code
from farshore.gateway.plan import (
    COLD_DELAY_S,
    DIALS_REMEMBERED,
    MAX_DELAY_S,
    MIN_DELAY_S,
    PROBE_DELAY_S,
    Candidate,
    DialTimes,
    Plan,
    most_telling,
)


def plan(paths: int, *out_of_order: int) -> Plan:
    """For so many paths, of which those with these numbers are not admitted."""
    return Plan([Candidate(index=i, is_admitted=i not in out_of_order, patience_s=0.25) for i in range(paths)])


def is_exhausted(made: Plan) -> bool:
    return made.is_exhausted


def started(made: Plan, now_s: float) -> list[int]:
    """Every dial that the plan wants at that time."""
    found = []
    while (index := made.next(now_s)) is not None:
        found.append(index)
    return found


def test_the_preferred_path_alone_is_dialled_at_once() -> None:
    made = plan(3)
    assert started(made, 10) == [0]
    assert made.hedge_at_s == 10.25


def test_the_next_one_is_dialled_beside_it_when_its_time_has_come_and_not_before() -> None:
    made = plan(3)
    started(made, 10)
    assert started(made, 10.24) == []
    assert started(made, 10.25) == [1]
    assert started(made, 10.49) == []
    assert started(made, 10.5) == [2]
    assert made.hedge_at_s == math.inf


def test_a_failure_starts_the_next_one_at_once() -> None:
    made = plan(3)
    started(made, 10)
    made.failed(0)
    assert started(made, 10.01) == [1]
    assert made.hedge_at_s == 10.26


def test_the_failure_of_one_of_two_dials_starts_the_next_one_at_once() -> None:
    made = plan(3)
    started(made, 10)
    assert started(made, 10.25) == [1]
    made.failed(0)
    assert started(made, 10.26) == [2]


def test_a_path_that_is_not_admitted_stands_behind_the_others() -> None:
    made = plan(3, 0)
    assert started(made, 10) == [1]
    made.failed(1)
    assert started(made, 10) == [2]
    assert started(made, 10.9) == []
    made.failed(2)
    assert started(made, 10.9) == [0]


def test_a_last_resort_waits_a_whole_second_beside_a_dial_that_is_silent() -> None:
    made = plan(3, 1, 2)
    started(made, 10)
    assert made.hedge_at_s == 10 + MAX_DELAY_S
    assert started(made, 10 + MAX_DELAY_S - 0.01) == []
    assert started(made, 10 + MAX_DELAY_S) == [1]
    assert started(made, 10 + MAX_DELAY_S) == []
    assert started(made, 10 + 2 * MAX_DELAY_S) == [2]


def test_a_last_resort_does_not_start_because_one_of_two_dials_failed() -> None:
    made = plan(3, 2)
    started(made, 10)
    assert started(made, 10.25) == [1]
    made.failed(0)
    assert started(made, 10.3) == []
    made.failed(1)
    assert started(made, 10.3) == [2]


def test_where_no_path_is_admitted_all_are_hedged_as_usual() -> None:
    made = plan(2, 0, 1)
    assert started(made, 10) == [0]
    assert started(made, 10.25) == [1]


def test_it_is_exhausted_when_all_have_failed_and_not_before() -> None:
    made = plan(2, 1)
    started(made, 10)
    made.failed(0)
    assert not is_exhausted(made)
    started(made, 10)
    assert not is_exhausted(made)
    made.failed(1)
    assert is_exhausted(made)
    assert started(made, 99) == []


@settings(deadline=None)
@given(
    st.integers(1, 6),
    st.sets(st.integers(0, 5)),
    st.lists(st.tuples(st.floats(0, 2), st.integers(0, 5)), max_size=40),
)
def test_whatever_happens_each_path_is_dialled_at_most_once_and_none_is_forgotten(
    paths: int, out: set[int], steps: list[tuple[float, int]]
) -> None:
    made, now_s = plan(paths, *out), 0.0
    dialled = started(made, now_s)
    failed: set[int] = set()
    for seconds, which in steps:
        now_s += seconds
        if which in set(dialled) - failed:
            made.failed(which)
            failed.add(which)
        dialled += started(made, now_s)
        assert is_exhausted(made) or set(dialled) - failed
    assert len(dialled) == len(set(dialled))
    while running := set(dialled) - failed:
        failed |= running
        for index in running:
            made.failed(index)
        dialled += started(made, now_s + 1000)
    assert sorted(dialled) == list(range(paths))
    assert is_exhausted(made)


def test_nothing_known_is_a_quarter_of_a_second() -> None:
    times = DialTimes()
    assert times.patience_s == COLD_DELAY_S
    times.note(0.05)
    assert times.patience_s == pytest.approx(0.1)


def test_for_a_path_that_is_only_tried_again_a_client_hardly_waits() -> None:
    times = DialTimes()
    assert times.probe_patience_s == PROBE_DELAY_S
    times.note(0.05)
    assert times.probe_patience_s == PROBE_DELAY_S
    for _ in range(DIALS_REMEMBERED):
        times.note(0.015)
    assert times.probe_patience_s == times.patience_s == pytest.approx(0.03)


def test_patience_is_twice_the_ninety_fifth_percentile() -> None:
    times = DialTimes()
    for _ in range(19):
        times.note(0.1)
    times.note(0.4)
    assert times.patience_s == pytest.approx(0.2)
    times.note(0.4)
    assert times.patience_s == pytest.approx(0.8)


@pytest.mark.parametrize(("elapsed_s", "patience_s"), [(0.001, MIN_DELAY_S), (7.0, MAX_DELAY_S)])
def test_patience_stays_within_its_bounds(elapsed_s: float, patience_s: float) -> None:
    times = DialTimes()
    times.note(elapsed_s)
    assert times.patience_s == patience_s


def test_only_the_last_dials_are_remembered() -> None:
    times = DialTimes()
    for _ in range(DIALS_REMEMBERED):
        times.note(0.4)
    for _ in range(DIALS_REMEMBERED):
        times.note(0.1)
    assert times.patience_s == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ([Code.NO_ANSWER, Code.TARGET_REFUSED], Code.TARGET_REFUSED),
        ([Code.NO_ANSWER, Code.LEAK, Code.TARGET_REFUSED], Code.TARGET_REFUSED),
        ([Code.NO_ANSWER, Code.LEAK, Code.TARGET_UNREACHABLE], Code.LEAK),
        ([Code.EGRESS_REFUSED, Code.NO_ANSWER], Code.NO_ANSWER),
        ([Code.DIAL_FAILED, Code.TARGET_UNREACHABLE], Code.TARGET_UNREACHABLE),
        ([Code.HANDSHAKE_TIMEOUT, Code.EGRESS_REFUSED], Code.HANDSHAKE_TIMEOUT),
    ],
)
def test_of_several_failures_the_most_telling_is_told(codes: list[Code], told: Code) -> None:
    assert most_telling(codes) is told
