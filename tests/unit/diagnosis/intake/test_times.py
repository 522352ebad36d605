from datetime import UTC, datetime

import pytest

from farshore.diagnosis.evidence import Sureness
from farshore.diagnosis.intake.times import day_in, go_duration_s, read_moment, read_stamp, read_time, time_in

DAY = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-03-04T05:06:07Z rest", "2026-03-04T05:06:07Z"),
        ("2026-03-04T05:06:07.250Z", "2026-03-04T05:06:07.250000Z"),
        ("2024-04-30T03:59:04.834865282-04:00 x", "2024-04-30T07:59:04.834865Z"),
        ("2026-03-04 05:06:07,123 INFO", "2026-03-04T05:06:07.123000"),
        ("2026-03-04 05:06:07.5 +0530 x", "2026-03-03T23:36:07.500000Z"),
        ("2021-04-20 15:14:36.185541 +0000 UTC: open", "2021-04-20T15:14:36.185541Z"),
        ("2026/03/04 05:06:07 msg", "2026-03-04T05:06:07"),
        ("2026/03/04 05:06:07.000123 msg", "2026-03-04T05:06:07.000123"),
        ("Mar  4 05:06:07 host", "2026-03-04T05:06:07"),
        ("05:06:07.263: a -> b", "2026-03-04T05:06:07.263000"),
    ],
)
def test_every_layout(text: str, shown: str) -> None:
    found = read_stamp(text, day=DAY)
    assert found is not None
    assert str(found[0]) == shown


def test_a_time_anywhere_in_a_sentence() -> None:
    assert str(time_in("Start: 2026-03-04T05:06:07.5Z, then nothing")) == "2026-03-04T05:06:07.500000Z"
    assert time_in("LastSeen 0001-01-01T00:00:00Z") is None
    assert time_in("at 05:06 on 2026-03-04") is None


def test_without_a_day_the_date_is_assumed() -> None:
    for text in ("Mar  4 05:06:07 host", "05:06:07 x"):
        found = read_stamp(text)
        assert found is not None
        assert found[0].sure is Sureness.DATE_ASSUMED


@pytest.mark.parametrize("text", ["", "5:06", "2026-13-04T05:06:07Z", "Foo  4 05:06:07", "version 1.2.3", "2026-03-04"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_stamp(text) is None


def test_a_value_is_a_time_only_as_a_whole_and_zero_is_never() -> None:
    assert read_time("2026-03-04T05:06:07Z and more") is None
    assert read_time("0001-01-01T00:00:00Z") is None
    assert str(read_time(" 2026-03-04T05:06:07 ")) == "2026-03-04T05:06:07"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Hubble (Mar 4, 05:58-06:05)", DAY),
        ("Analysis of March 4, 2026", DAY),
        ("since 2026-03-04T05:50", DAY),
        ("no date in May", None),
        ("Feb 31, 2026", None),
    ],
)
def test_a_caption_names_the_day(text: str, day: datetime | None) -> None:
    assert day_in(text, year_of=DAY) == day


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("27s", 27.0),
        ("12m3s", 723.0),
        ("1h0m1.5s", 3601.5),
        ("250ms", 0.25),
        ("never", None),
        ("5 s", None),
        ("", None),
    ],
)
def test_a_duration_as_go_prints_it(text: str, seconds: float | None) -> None:
    assert go_duration_s(text) == seconds


def test_a_typed_time_may_leave_out_its_seconds_or_its_clock() -> None:
    typed = {
        "2026-03-04 05:50": "2026-03-04T05:50:00",
        "2026-03-04T05:50Z": "2026-03-04T05:50:00Z",
        " 2026-03-04T11:20+05:30 ": "2026-03-04T05:50:00Z",
        "2026-03-04": "2026-03-04T00:00:00",
        "2026-03-04T05:50:34Z": "2026-03-04T05:50:34Z",
    }
    assert {text: str(read_moment(text)) for text in typed} == typed
    assert [read_moment(text) for text in ("05:50", "noon", "2026-13-04", "2026-03-04 25:00")] == [None] * 4


def test_a_date_with_its_day_first() -> None:
    for text in ("on 4 March 2026", "the 4th of March 2026", "4. Mar 2026", "am 04.03.2026 um", "Mar 4, 2026"):
        assert str(day_in(text)) == "2026-03-04 00:00:00+00:00"
    assert [day_in(text) for text in ("10.44.16.21", "version 1.102.2026", "34 March 2026", "4 Nobody 2026")] == [
        None
    ] * 4
