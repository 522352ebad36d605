from contextlib import closing

import pytest
from tests.unit.diagnosis.traffic import outage

from farshore.diagnosis.lake.engine import FLOWS, UnreadableError
from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.traffic.analysis import FLOW_TABLES, PACKET_TABLES, Analysis, analyse, integer
from farshore.diagnosis.traffic.periods import Period

FROM_S = outage.BEGIN_S + 60 * outage.OUTAGE.start
TO_S = outage.BEGIN_S + 60 * outage.OUTAGE.stop


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    with closing(SqliteEngine()) as engine:
        outage.fill(engine)
        return analyse(engine, has=("flows", "packets"))


def rows(analysis: Analysis, table: str, **wanted: object) -> list[dict[str, object]]:
    return [dict(row) for row in analysis.tables[table] if all(row[key] == value for key, value in wanted.items())]


def test_the_outage_is_found_in_the_traffic(analysis: Analysis) -> None:
    assert analysis.periods[1] == Period("during", FROM_S, TO_S)
    assert set(analysis.tables) == {*FLOW_TABLES, *PACKET_TABLES}


def test_every_row_is_in_exactly_one_period(analysis: Analysis) -> None:
    assert analysis.flows == len(outage.flow_list())
    assert sum(integer(row["flows"]) for row in analysis.tables["flow_periods"]) == analysis.flows
    assert sum(integer(row["flows"]) for row in analysis.tables["flow_reporters"]) == analysis.flows


def test_the_single_packet_share_stands_beside_its_baseline(analysis: Analysis) -> None:
    shares = {row["period"]: row["single_percent"] for row in analysis.tables["flow_periods"]}
    assert shares == {"before": 6.2, "during": 6.7, "after": 6.2}


def test_a_target_that_stops_answering_shows_in_its_period_alone(analysis: Analysis) -> None:
    (during,) = rows(analysis, "flow_targets", target="10.9.8.7", period="during")
    (before,) = rows(analysis, "flow_targets", target="10.9.8.7", period="before")
    assert (during["flows"], during["unanswered"], during["rx_packets"]) == (30, 30, 0)
    assert (before["flows"], before["unanswered"], before["clients"]) == (50, 0, 1)


def test_both_reporters_of_a_subnet_flow_are_told_apart(analysis: Analysis) -> None:
    sides = rows(analysis, "flow_pairs", far="10.9.8.7", period="before")
    assert {(row["seen_from"], row["reporter"], row["near"]) for row in sides} == {
        ("client", "nGate", "100.64.0.11"),
        ("router", "nFerryA", "100.64.0.11"),
    }


def test_handshakes_without_an_answer_are_counted_by_their_size(analysis: Analysis) -> None:
    (row,) = rows(analysis, "flow_handshakes")
    assert (row["peer"], row["period"], row["initiations"], row["rx_packets"]) == ("100.64.0.21", "during", 12, 0)


def test_derp_is_told_from_direct(analysis: Analysis) -> None:
    ways = {(row["peer"], row["via"], row["region"]) for row in analysis.tables["flow_underlay"]}
    assert ways == {("100.64.0.21", "derp", 9), ("100.64.0.22", "direct", 0)}


def test_connections_add_up_and_resets_are_timed(analysis: Analysis) -> None:
    (during,) = rows(analysis, "packet_periods", period="during")
    assert during == {
        "period": "during", "attempts": 31, "completed": 30, "denied": 1, "refused": 0, "unexplained": 0, "resets": 30,
    }  # fmt: skip
    (reset,) = rows(analysis, "reset_times")
    assert (reset["period"], reset["resets"]) == ("during", 30)
    assert (reset["min_ms"], reset["median_ms"], reset["max_ms"]) == (20.0, 22.0, 24.0)
    assert [(row["period"], row["packets"]) for row in analysis.tables["denials_by_period"]] == [
        ("during", 1),
        ("after", 1),
    ]


def test_a_span_may_be_given() -> None:
    with closing(SqliteEngine()) as engine:
        outage.fill(engine)
        given = analyse(engine, has=("flows",), during=(FROM_S + 70, TO_S))
    assert given.periods[1] == Period("during", FROM_S + 60, TO_S)
    assert set(given.tables) == set(FLOW_TABLES)


def test_a_line_that_was_no_message_stops_it() -> None:
    with closing(SqliteEngine()) as engine:
        engine.run(FLOWS.create)
        engine.insert(FLOWS, [("", "unread", "", "", "", 0, 0, 0, 0, 0)])
        with pytest.raises(UnreadableError):
            analyse(engine, has=("flows",))


def test_nothing_is_nothing() -> None:
    with closing(SqliteEngine()) as engine:
        engine.run(FLOWS.create)
        empty = analyse(engine, has=("flows",))
    assert (empty.flows, empty.tables, len(empty.periods)) == (0, {}, 1)
