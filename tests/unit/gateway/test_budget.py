"""How much is dialled again."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from farshore.gateway.budget import AT_LEAST, Backoff, RetryBudget


def test_a_fifth_of_the_open_connections_may_be_dialled_again_and_three_always() -> None:
    assert [RetryBudget(lambda active=active: active).limit for active in (0, 15, 19, 20, 200)] == [3, 3, 3, 4, 40]  # type: ignore[misc]


def test_what_is_given_back_may_be_taken_again() -> None:
    budget = RetryBudget(lambda: 0)
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
    budget.give_back()
    assert [budget.take() for _ in range(2)] == [True, False]


@given(st.integers(0, 1000), st.lists(st.booleans(), max_size=300))
def test_never_more_is_under_way_than_may_be(active: int, steps: list[bool]) -> None:
    budget, under_way = RetryBudget(lambda: active), 0
    for takes in steps:
        if takes:
            under_way += budget.take()
        elif under_way:
            budget.give_back()
            under_way -= 1
        assert budget.taken == under_way <= max(AT_LEAST, active // 5)


@given(st.integers(), st.integers(1, 30), st.floats(0.01, 10), st.floats(1, 100))
def test_each_wait_is_anything_up_to_a_bound_that_doubles(seed: int, waits: int, first_s: float, factor: float) -> None:
    backoff = Backoff(Random(seed), first_s=first_s, max_s=first_s * factor)  # noqa: S311 - no secret
    for number in range(waits):
        assert 0 <= backoff.next_s() <= min(first_s * 2**number, first_s * factor)
    backoff.reset()
    assert backoff.next_s() <= first_s


def test_the_whole_range_is_used() -> None:
    backoff = Backoff(Random(7), first_s=1.0, max_s=1.0)  # noqa: S311 - no secret
    waits = [backoff.next_s() for _ in range(1000)]
    assert min(waits) < 0.05
    assert max(waits) > 0.95
