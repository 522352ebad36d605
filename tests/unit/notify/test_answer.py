from farshore.notify.answer import NotTaken


def test_who_was_told_no_time_waits_as_long_as_they_like() -> None:
    assert NotTaken(reason="500: no", is_passing=True).after_s is None
