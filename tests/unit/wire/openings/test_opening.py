from farshore.wire.openings.opening import MAX_GREETING_BYTES, Greeted, LastWords, Say


def test_who_has_nothing_to_say_says_nothing() -> None:
    assert Say().data == b""
    assert Greeted(server="a").goodbye is None


def test_last_words_are_said_once_and_not_discussed() -> None:
    goodbye = LastWords(data=b"QUIT\r\n")
    assert goodbye.begin() == b"QUIT\r\n"
    assert goodbye.receive(b"221 bye\r\n") == b""


def test_a_greeting_is_bounded_below_what_a_probe_hears() -> None:
    assert MAX_GREETING_BYTES <= 65536
