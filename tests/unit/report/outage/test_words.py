"""Times, spans and counts in words."""

import pytest

from farshore.report.outage.words import clock, counted, foreign, hour, lasted, listed, moment, sentence, share


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0.0 s"),
        (59.94, "59.9 s"),
        (60.0, "1 min"),
        (1018.0, "16 min 58 s"),
        (3600.0, "1 h"),
        (3661.0, "1 h 1 min"),
        (2 * 86_400 + 3600.0, "2 d 1 h"),
    ],
)
def test_a_span_has_its_two_largest_units(seconds: float, said: str) -> None:
    assert lasted(seconds) == said


def test_times_are_in_utc() -> None:
    assert moment(1_795_342_040.0) == "2026-11-22T10:07:20.000Z"
    assert clock("2026-11-22T10:07:20.000Z") == "2026-11-22 10:07:20Z"
    assert hour("2026-11-22T10:07:20.000Z") == "10:07:20Z"
    assert moment(1e30) == "1e+30"
    assert clock("T10:07") == hour("T10:07") == "T10:07"


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(1, 2, "50.0 %"), (9999, 10_000, "99.9 %"), (1, 10_000, "0.1 %"), (0, 5, "0.0 %"), (5, 5, "100.0 %")],
)
def test_a_share_is_all_or_none_only_where_it_is(part: int, whole: int, said: str) -> None:
    assert share(part, whole) == said


def test_lists_and_counts_read_as_a_person_says_them() -> None:
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("none", "a", "a, b and c")
    assert (counted(1, "host"), counted(1200, "host"), counted(2, "more", "more")) == (
        "1 host",
        "1,200 hosts",
        "2 more",
    )
    assert sentence("it is so..") == "It is so."


def test_somebody_else_s_text_is_one_harmless_line() -> None:
    assert foreign("a\n`b`\x1b[31m\u202ec") == "a 'b'\\x1b[31m\\u202ec"
    assert len(foreign("x" * 100_000)) == 4000
