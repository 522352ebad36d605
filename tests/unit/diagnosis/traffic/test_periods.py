from farshore.diagnosis.traffic.periods import Minute, Period, around, detect


def minutes(*shares: int) -> list[Minute]:
    return [Minute(60 * at, 100, share) for at, share in enumerate(shares)]


def test_a_span_is_widened_to_whole_minutes() -> None:
    before, during, after = around(125, 239)
    assert during == Period("during", 120, 240)
    assert (before.to_s, after.from_s) == (120, 240)
    assert around(120, 240)[1] == Period("during", 120, 240)


def test_the_minutes_that_stand_out_are_the_outage_lulls_included() -> None:
    assert detect(minutes(10, 12, 11, 10, 95, 12, 97, 10, 11, 12, 10, 11)) == (240, 420)


def test_the_graver_of_two_is_taken() -> None:
    assert detect(minutes(10, 40, 10, 11, 12, 10, 99, 98, 10, 11, 12, 10)) == (360, 480)


def test_what_is_always_so_is_no_outage() -> None:
    assert detect(minutes(98, 98, 97, 98, 98, 98, 97)) is None
    assert detect(minutes(0, 0, 0, 5, 0, 0, 0)) is None


def test_too_little_shows_no_baseline() -> None:
    assert detect(minutes(0, 0, 100)) is None
    assert detect([Minute(60 * at, 1, at % 2) for at in range(60)]) is None
