from datetime import UTC, datetime

import pytest

from farshore.diagnosis.evidence import MAX_TEXT, Instant, Origin, Sureness, bounded

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sure", "shown"),
    [
        (Sureness.KNOWN, "2026-03-04T05:06:07Z"),
        (Sureness.ZONE_ASSUMED, "2026-03-04T05:06:07"),
        (Sureness.DATE_ASSUMED, "T05:06:07"),
    ],
)
def test_a_time_shows_what_was_assumed(sure: Sureness, shown: str) -> None:
    assert str(Instant(AT, sure)) == shown


def test_an_embedded_text_keeps_its_place_in_the_file_around_it() -> None:
    inner = Origin(source="note.md").inner(line=10, observer="gw").inner(line=3)
    evidence = inner.evidence("x", line=2)
    assert (evidence.ref, evidence.observer) == ("note.md:13", "gw")
    assert inner.unread("why", line=1).position == "line 12"


def test_a_pointer_leads_through_what_is_around_it() -> None:
    inner = Origin(source="a.json").inner(pointer="/log/3")
    assert inner.evidence("x", pointer="/Peer/k").ref == "a.json#/log/3/Peer/k"
    assert inner.evidence("x").ref == "a.json#/log/3"
    assert Origin(source="a.json").evidence("x").ref == "a.json:1"
    assert Origin(source="note.md").inner(line=9).evidence("x", pointer="/Peer/k").ref == "note.md:9#/Peer/k"


def test_a_text_is_one_short_line_that_no_terminal_acts_on() -> None:
    assert bounded("a\n\tb\x1b[31m") == "a b\\x1b[31m"
    long = bounded("x" * 10_000)
    assert (len(long), long[-1]) == (MAX_TEXT, "…")
