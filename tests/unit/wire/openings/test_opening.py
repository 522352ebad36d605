from farshore.wire.openings.opening import MAX_GREETING_BYTES, Greeted, Say


def test_who_has_nothing_to_say_says_nothing() -> None:
    assert Say().data == b""
    assert Greeted(server="a").farewell == b""


def test_a_greeting_is_bounded_below_what_a_probe_hears() -> None:
    assert MAX_GREETING_BYTES <= 65536
