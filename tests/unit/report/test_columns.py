from farshore.report.columns import text_table

HEADS = ["name", "seen_from", "tx_packets", "rows"]
ROWS = [["gate-1", "client", "1,000", "7"], ["a-router-with-a-long-name", "router", "12", "13"]]
RIGHT = [False, False, True, True]


def test_what_fits_is_whole_and_headings_fold() -> None:
    lines, gone = text_table(HEADS, ROWS, right=RIGHT, leave_out=["rows"], width=80)
    assert lines == [
        "                             seen         tx",
        "  name                       from    packets  rows",
        "  gate-1                     client    1,000     7",
        "  a-router-with-a-long-name  router       12    13",
    ]
    assert gone == []


def test_no_line_of_headings_is_empty() -> None:
    lines, _ = text_table(["name"], [["x"]], right=[False], leave_out=[], width=80)
    assert lines == ["  name", "  x"]


def test_what_matters_least_goes_first_and_is_named() -> None:
    lines, gone = text_table(HEADS, ROWS, right=RIGHT, leave_out=["no_such", "tx_packets", "rows"], width=45)
    assert gone == ["tx_packets"]
    assert lines[-1] == "  a-router-with-a-long-name  router    13"


def test_long_words_lose_their_middle_and_never_too_much() -> None:
    lines, gone = text_table(HEADS, ROWS, right=RIGHT, leave_out=[], width=40)
    assert gone == []
    assert lines[-1] == "  a-route\N{HORIZONTAL ELLIPSIS}ng-name  router       12    13"
    lines, _ = text_table(HEADS, ROWS, right=RIGHT, leave_out=[], width=1)
    assert lines[-1] == "  a-rout\N{HORIZONTAL ELLIPSIS}g-name  router       12    13"
