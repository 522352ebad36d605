from datetime import UTC, datetime, timedelta

from tests.unit.diagnosis.traffic import outage

from farshore.core.address import parse_host_port
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.flows import FlowSeen, HandshakesUnanswered, PeriodCounted, TargetsSilent
from farshore.diagnosis.traffic.flow_documents import flow_reading

BEGIN = datetime.fromtimestamp(outage.BEGIN_S, UTC)
MINUTE = timedelta(minutes=1)


def summary(messages: list[dict[str, object]]) -> list[object]:
    reading = flow_reading(outage.rows_of({"logs": messages}), Origin(source="flows.json"))
    return [fact for fact in reading.facts if not isinstance(fact, FlowSeen)]


def test_a_silent_target_is_told_with_its_healthy_time() -> None:
    (silent,) = [fact for fact in summary(outage.messages()) if isinstance(fact, TargetsSilent)]
    assert (silent.target, silent.targets) == (parse_host_port("10.9.8.7:1433"), 1)
    assert (silent.rows, silent.other_unanswered, silent.other_rows) == (30, 0, 120)
    assert (silent.since, silent.until) == (BEGIN + 10 * MINUTE, BEGIN + 16 * MINUTE)
    assert silent.evidence.pointer is not None
    assert silent.evidence.pointer.endswith("/subnetTraffic/0")


def test_unanswered_handshakes_are_told_by_peer() -> None:
    (asked,) = [fact for fact in summary(outage.messages()) if isinstance(fact, HandshakesUnanswered)]
    assert (asked.peer, asked.reporters, asked.initiations) == ("100.64.0.21", ("nGate",), 12)
    assert (asked.since, asked.until) == (BEGIN + 10 * MINUTE, BEGIN + 16 * MINUTE)


def test_every_period_is_told_with_its_rows_of_one_packet() -> None:
    counted = [fact for fact in summary(outage.messages()) if isinstance(fact, PeriodCounted)]
    assert [each.period for each in counted] == ["before", "during", "after"]
    assert [dict(each.counts)["single-packet flows"] for each in counted] == [10, 6, 14]


def test_without_an_outage_nothing_is_compared() -> None:
    healthy = [message for message in outage.messages() if "T05:5" in str(message["start"])]
    assert summary(healthy) == []


def test_a_peer_that_is_tried_now_and_then_is_not_worth_a_word() -> None:
    few = [message for message in outage.messages() if str(message["start"]).startswith("2026-03-04T06:0")][:2]
    assert summary(few) == []


def test_a_target_that_never_answers_has_no_healthy_time_and_is_not_told() -> None:
    dead = {"proto": 6, "src": "100.64.0.11:1", "dst": "10.9.7.7:21", "txPkts": 1, "txBytes": 60}
    messages = [{**each, "subnetTraffic": [*each["subnetTraffic"], dead]} for each in outage.messages()]  # type: ignore[misc]
    (silent,) = [fact for fact in summary(messages) if isinstance(fact, TargetsSilent)]
    assert silent.target == parse_host_port("10.9.8.7:1433")
