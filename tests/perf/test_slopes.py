import pytest
from bench.slopes import Series, growth, is_flat

MEMORY = Series(name="memory", unit="KiB", allowed_growth=100.0)


def test_a_steady_rise_is_measured_over_the_length_that_counts() -> None:
    assert growth([float(10 * step) for step in range(41)]) == pytest.approx(200)


def test_what_fills_up_at_first_is_no_growth() -> None:
    assert growth([0.0, 500.0, 900.0, *[1000.0] * 9]) == pytest.approx(0)


def test_noise_without_a_trend_is_flat_and_the_same_noise_on_a_slope_is_not() -> None:
    noise = [-60.0, 45.0, 10.0, -25.0, 60.0, -30.0] * 10
    assert is_flat(MEMORY, noise)
    assert not is_flat(MEMORY, [value + 4 * step for step, value in enumerate(noise)])


def test_shrinking_is_flat() -> None:
    assert is_flat(MEMORY, [float(-step) for step in range(20)])


def test_too_few_samples_tell_nothing() -> None:
    with pytest.raises(ValueError, match="too few"):
        growth([1.0] * 7)
