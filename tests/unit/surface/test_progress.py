import pytest
from msgspec.structs import replace
from tests.unit.watch.health_check.checks import BEGUN_US, done

from farshore.surface.progress import CELLS, Progress

NOW_S = BEGUN_US / 1e6 + 59


def test_the_line_says_how_far_how_well_and_how_fast() -> None:
    progress = Progress(planned=1000, done=0)
    for number in range(60):
        progress.note(done(number, "target.dial.refused" if number < 15 else None))
    line = progress.line(NOW_S, under_way=3)
    assert line.startswith("60 of 1,000, 75.00% good, 3 under way; last minute: 1.00/s, 15 failed, p50 2 ms")


@pytest.mark.parametrize("seconds", [1, 4, 10, 14, 25, 59, 60, 65, 119, 400])
def test_the_rate_is_that_of_the_check_at_any_time(seconds: int) -> None:
    """Two a second; of a minute, of less than one, and of the first seconds."""
    progress = Progress(planned=1000, done=0)
    for number in range(2 * seconds):
        progress.note(replace(done(number), due_us=BEGUN_US + 500_000 * number))
    assert "last minute: 2.00/s" in progress.line(BEGUN_US / 1e6 + seconds, under_way=0)


def test_the_strip_shows_the_last_five_minutes() -> None:
    progress = Progress(planned=1000, done=0)
    for number in range(60):
        progress.note(done(number, "target.dial.refused" if number < 15 else None))
    strip = progress.strip(NOW_S)
    assert len(strip) == CELLS
    assert strip.endswith("#+----")
    assert strip.startswith("." * (CELLS - 6))


def test_before_the_first_probe_nothing_is_claimed() -> None:
    assert Progress(planned=10, done=4).line(NOW_S, 0) == "4 of 10, 0 under way; last minute: 0.00/s, 0 failed"
