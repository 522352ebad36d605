import math

import pytest

from farshore.collect.deadline import Deadline


class Stopped:
    """A clock that stands."""

    def wall_s(self) -> float:
        return 0.0

    def monotonic_s(self) -> float:
        return 100.0


@pytest.mark.parametrize(
    ("left_s", "wanted_s", "patience_s"),
    [(math.inf, 5.0, 5.0), (5.5, 5.0, 5.0), (4.8, 5.0, 4.5), (3.8, 5.0, None), (1.0, 0.5, 0.5), (0.0, 0.5, None)],
)
def test_silence_is_waited_for_only_where_it_would_prove_something(
    left_s: float, wanted_s: float, patience_s: float | None
) -> None:
    deadline = Deadline(clock=Stopped(), at_s=100.0 + left_s)
    assert deadline.left_s() == pytest.approx(left_s)
    assert deadline.patience_s(wanted_s) == (None if patience_s is None else pytest.approx(patience_s))


def test_what_is_past_leaves_nothing() -> None:
    assert Deadline(clock=Stopped(), at_s=90.0).left_s() == 0
