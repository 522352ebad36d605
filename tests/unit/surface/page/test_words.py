import pytest

from farshore.surface.page.words import age, clock_time, millis, moment, plural, size, stamp


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (3600 * 3 + 720, "3 h 12 min"), (86_400 * 2 + 7200, "2 d 2 h")],
)
def test_an_age_has_two_units_at_most(seconds: float, said: str) -> None:
    assert age(seconds) == said


def test_times_are_utc() -> None:
    assert (stamp(0), clock_time(61), moment(3600)) == ("1970-01-01T00:00:00Z", "00:01:01", "1970-01-01 01:00:00 UTC")


@pytest.mark.parametrize(("value", "said"), [(3.26, "3.3 ms"), (250, "250 ms"), (2500, "2.5 s")])
def test_milliseconds_have_the_digits_that_matter(value: float, said: str) -> None:
    assert millis(value) == said


@pytest.mark.parametrize(
    ("count", "said"), [(1023, "1023 B"), (1536, "1.5 KiB"), (5 << 40, "5.0 TiB"), (1 << 51, "2048.0 TiB")]
)
def test_sizes_take_the_largest_unit(count: int, said: str) -> None:
    assert size(count) == said


def test_a_number_takes_its_noun() -> None:
    assert (plural(1, "route"), plural(2000, "route"), plural(2, "way", "ways out")) == (
        "1 route",
        "2,000 routes",
        "2 ways out",
    )
