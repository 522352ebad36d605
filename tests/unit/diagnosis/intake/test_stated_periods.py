from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.stated_periods import period_line, period_table

ORIGIN = Origin(source="note.md")


def test_columns_over_periods_are_read_as_rows_are() -> None:
    rows = [
        (1, ["", "Before", "During the outage"]),
        (2, ["---", "---", "---"]),
        (3, ["Flows", "1,000", "900"]),
        (4, ["TX packets", "50 (5 %)", "40"]),
    ]
    before, during = period_table(rows, "Notes > Flows", ORIGIN)
    assert (before.period, before.counts) == ("before", (("flows", 1000), ("tx packets", 50), ("tx packets %", 5)))
    assert (during.period, during.counts) == ("during", (("flows", 900), ("tx packets", 40)))
    assert during.evidence.text == "Flows: During the outage: Flows 900, TX packets 40"


def test_an_item_of_a_list_over_periods() -> None:
    (after,) = period_line(
        "After (from 06:30): 70 flows, 600 packets out, 500 back, 64 one-packet (91 %)", 7, "T", ORIGIN
    )
    assert after.period == "after"
    assert dict(after.counts) == {
        "flows": 70,
        "tx packets": 600,
        "rx packets": 500,
        "single-packet": 64,
        "single-packet %": 91,
    }
    assert (after.ref, after.evidence.text[:9]) == ("note.md:7", "T: After ")
    (during,) = period_line("during - 3 flows", 1, "", ORIGIN)
    assert (during.period, dict(during.counts), during.evidence.text) == ("during", {"flows": 3}, "during - 3 flows")


def test_a_sentence_that_begins_with_a_period_is_no_item() -> None:
    assert list(period_line("After a while 3 came back", 1, "", ORIGIN)) == []
    assert list(period_line("In the end: 3 flows", 1, "", ORIGIN)) == []
