from farshore.gateway.quiet import Quiet


def test_it_is_quiet_until_the_mark_is_another_one() -> None:
    quiet = Quiet(10.0)
    assert quiet.for_s(0, 11.0) is None
    assert quiet.for_s(0, 13.0) == 2.0
    assert quiet.for_s(5, 14.0) is None
    assert quiet.for_s(5, 14.5) == 0.5


def test_it_begins_anew() -> None:
    quiet = Quiet(10.0)
    quiet.begin(3, 20.0)
    assert quiet.for_s(3, 21.0) == 1.0
