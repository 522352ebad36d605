from contextlib import closing
from typing import TYPE_CHECKING

from tests.unit.diagnosis.traffic import outage

from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.traffic.analysis import Analysis, analyse
from farshore.diagnosis.traffic.judgement import Statement, Weight, judge
from farshore.diagnosis.traffic.periods import WHOLE, around

if TYPE_CHECKING:
    from farshore.diagnosis.lake.engine import Record


def told() -> list[Statement]:
    with closing(SqliteEngine()) as engine:
        outage.fill(engine)
        return judge(analyse(engine, has=("flows", "packets")))


def texts(statements: list[Statement], weight: Weight) -> list[str]:
    return [each.text for each in statements if each.weight is weight]


def test_what_differs_from_the_healthy_time_is_found_and_nothing_else() -> None:
    assert texts(told(), Weight.FINDING) == [
        (
            "100.64.0.21 answered none of 12 WireGuard handshakes during the outage from nGate: nothing was received "
            "from it, so there was no session"
        ),
        "10.9.8.7:1433 answered nobody during the outage: all 30 rows unanswered, at other times 0 of 120",
        (
            "edge/gw:8082 accepted 30 connections during the outage and reset them before a word, after 20.0 to "
            "24.0 ms (median 22.0)"
        ),
        "a network policy denied 1 packets during the outage from apps/other to edge/gw:8082",
    ]


def test_a_reporter_that_is_missing_is_not_called_silent() -> None:
    assert [text for text in texts(told(), Weight.NOTE) if "nFerryA" in text] == [
        "nFerryA logged nothing during the outage: missing from the log, which is not silence"
    ]


def test_a_share_that_is_the_same_in_a_healthy_window_is_discarded() -> None:
    (text,) = texts(told(), Weight.DISCARDED)
    assert text == "single-packet rows: 6.7 % during, 6.2 % before: the same in a healthy window, so no indicator"


def test_a_target_that_never_answered_is_no_finding() -> None:
    silent: Record = {"target": "10.9.8.7", "port": 22, "clients": 1, "flows": 9, "unanswered": 9, "rx_packets": 0}
    rows: list[Record] = [{**silent, "period": "before"}, {**silent, "period": "during"}]
    (statement,) = judge(Analysis(periods=around(0, 60), told="", tables={"flow_targets": rows}))
    assert statement.weight is Weight.NOTE
    (alone,) = judge(Analysis(periods=WHOLE, told="", tables={"flow_targets": [{**silent, "period": "whole"}]}))
    assert alone.weight is Weight.NOTE


def test_a_handshake_that_was_answered_later_in_the_period_is_no_finding() -> None:
    row: Record = {"reporter": "n", "peer": "p", "period": "whole", "initiations": 9, "rx_packets": 4}
    assert judge(Analysis(periods=WHOLE, told="", tables={"flow_handshakes": [row]})) == []
