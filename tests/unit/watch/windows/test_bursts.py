"""What stands together as one burst, against clustering by hand."""

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.watch.windows.making import sample, series

from farshore.watch.windows.bursts import GAP_S, Bursts, bursts_of


@given(st.lists(st.tuples(st.integers(0, 600), st.booleans()), max_size=80))
def test_a_gap_parts_them(moments: list[tuple[int, bool]]) -> None:
    ordered = sorted(moments)
    clusters: list[list[int]] = []
    for at_s in (at_s for at_s, failed in ordered if failed):
        if clusters and at_s - clusters[-1][-1] <= GAP_S:
            clusters[-1].append(at_s)
        else:
            clusters.append([at_s])
    found = bursts_of(sample(at_s, failed=failed) for at_s, failed in moments)
    assert [(burst.since_s, burst.until_s, burst.failed) for burst in found] == [
        (cluster[0], cluster[-1], len(cluster)) for cluster in clusters
    ]


def test_what_goes_well_in_between_belongs_to_it_and_what_comes_after_does_not() -> None:
    (burst,) = bursts_of(series("..xx..x..."))
    assert (burst.failed, burst.good, burst.turns, burst.length_s) == (3, 2, 2, 4)


def test_what_went_well_before_the_next_burst_belongs_to_neither() -> None:
    first, second = bursts_of(series("x" + "." * 40 + "x.x"))
    assert (first.good, second.good) == (0, 1)


def test_causes_are_counted() -> None:
    (burst,) = bursts_of([sample(0, failed=True, cause="a"), sample(1, failed=True, cause="b"), sample(2, cause="b")])
    assert burst.causes == {"a": 1, "b": 1}


def test_it_is_told_once_when_the_gap_is_over() -> None:
    bursts = Bursts(gap_s=10)
    assert bursts.note(sample(0, failed=True)) is None
    assert bursts.ended(10) is None
    over = bursts.ended(10.1)
    assert over is not None
    assert (over.failed, bursts.ended(11), bursts.current) == (1, None, None)


def test_one_that_is_told_late_still_counts() -> None:
    bursts = Bursts()
    bursts.note(sample(5, failed=True))
    bursts.note(sample(3, failed=True))
    assert bursts.current is not None
    assert (bursts.current.since_s, bursts.current.until_s) == (3, 5)


def test_whether_it_was_mended_is_known_when_it_is_over() -> None:
    first, second = bursts_of(series("xx.x." + "." * 40 + "x"))
    assert (first.mended, second.mended) == (True, False)
