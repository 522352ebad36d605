"""When a budget burns too fast."""

import pytest
from tests.unit.watch.windows.making import sample

from farshore.watch.windows.burn import HOUR_S, MINUTE_S, Urgency, burn_rate, burning
from farshore.watch.windows.rolling import Rolling, Tally

OBJECTIVE = 0.995
NOW_S = 500_000.0


def counted(*stretches: tuple[float, float, int, float]) -> Rolling:
    """From so many seconds ago, for so many seconds, so many an hour, of which that share fails."""
    rolling = Rolling()
    for ago_s, length_s, hourly, share in stretches:
        step_s, due = HOUR_S / hourly, 0.0
        for number in range(int(length_s / step_s)):
            due += share
            rolling.note(sample(NOW_S - ago_s + number * step_s, failed=due >= 1))
            due -= due >= 1
    return rolling


def test_the_rate_is_one_where_exactly_what_is_allowed_fails() -> None:
    tally = Tally(total=1_000, failed=5)
    assert burn_rate(tally, OBJECTIVE) == pytest.approx(1.0)
    assert burn_rate(Tally(), OBJECTIVE) == 0


@pytest.mark.parametrize("objective", [0.0, 1.0, 99.5])
def test_an_objective_that_is_none_is_refused(objective: float) -> None:
    with pytest.raises(ValueError, match=r"as 0\.995"):
        burn_rate(Tally(), objective)


def test_a_tenth_failing_for_an_hour_pages() -> None:
    found = burning(counted((HOUR_S, HOUR_S, 3_600, 0.10)), OBJECTIVE, NOW_S)
    assert found is not None
    assert (found.rule.urgency, found.rule.long_s) == (Urgency.PAGE, HOUR_S)
    assert [found.long_rate, found.short_rate] == pytest.approx([20, 20], rel=0.1)


def test_it_goes_as_soon_as_the_short_window_is_well_again() -> None:
    over = counted((HOUR_S, 50 * MINUTE_S, 3_600, 0.5), (10 * MINUTE_S, 10 * MINUTE_S, 3_600, 0))
    found = burning(over, OBJECTIVE, NOW_S)
    assert found is None or found.rule.long_s > HOUR_S


def test_a_slow_leak_warns_and_wakes_nobody() -> None:
    found = burning(counted((72 * HOUR_S, 72 * HOUR_S, 360, 0.0075)), OBJECTIVE, NOW_S)
    assert found is not None
    assert found.rule.urgency is Urgency.WARNING


@pytest.mark.parametrize("share", [0.0, 0.004])
def test_within_the_objective_nothing_burns(share: float) -> None:
    assert burning(counted((72 * HOUR_S, 72 * HOUR_S, 360, share)), OBJECTIVE, NOW_S) is None


@pytest.mark.parametrize(("objective", "failed"), [(0.995, 72), (0.999, 144), (0.99, 144)])
def test_a_rate_that_is_reached_exactly_pages_and_one_that_is_missed_by_one_does_not(
    objective: float, failed: int
) -> None:
    """14.4 times what is allowed: 72 of 1,000 at 99.5 %; `all_` is as many as make it exact."""
    all_ = round(failed / 14.4 / (1 - objective))
    for bad in (failed, failed - 1):
        rolling = Rolling()
        for number in range(all_):
            rolling.note(sample(NOW_S - 100, failed=number < bad))
        found = burning(rolling, objective, NOW_S)
        assert (found is not None and found.rule.rate == 14.4) is (bad == failed)


def test_too_few_tell_nothing() -> None:
    rolling = Rolling()
    for number in range(19):
        rolling.note(sample(NOW_S - number, failed=True))
    assert burning(rolling, OBJECTIVE, NOW_S) is None
    rolling.note(sample(NOW_S, failed=True))
    assert burning(rolling, OBJECTIVE, NOW_S) is not None
