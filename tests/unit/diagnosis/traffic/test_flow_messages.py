from datetime import UTC, datetime

import pytest

from farshore.diagnosis.facts.flows import Section
from farshore.diagnosis.traffic.flow_messages import as_count, holds_messages, messages, protocol, rows
from farshore.diagnosis.traffic.rows import FlowRow

ROW = {"proto": 6, "src": "100.64.0.11:40001", "dst": "10.9.8.7:1433", "txPkts": 3, "txBytes": 180}
MESSAGE = {"nodeId": "n1", "start": "2026-03-04T05:50:00.2Z", "subnetTraffic": [ROW]}


@pytest.mark.parametrize(
    ("carrier", "pointer"),
    [
        (MESSAGE, ""),
        ({"logs": [MESSAGE]}, "/logs/0"),
        ([MESSAGE], "/0"),
        ({"time": 1, "host": "x", "event": MESSAGE}, "/event"),
        ({"_index": "logs", "_source": {"a/b": MESSAGE}}, "/_source/a~1b"),
        ({"message": '{"nodeId":"n1","subnetTraffic":[]}'}, "/message"),
    ],
    ids=["bare", "API", "list", "HTTP event", "index", "JSON in text"],
)
def test_a_message_is_found_in_whatever_carries_it(carrier: object, pointer: str) -> None:
    assert holds_messages(carrier)
    ((found, message),) = messages(carrier)
    assert (found, message["nodeId"]) == (pointer, "n1")


def test_what_only_looks_like_one_is_none() -> None:
    assert not holds_messages({"nodeId": "n1", "name": "a device"})
    assert not holds_messages({"subnetTraffic": []})
    deep: object = MESSAGE
    for _ in range(50):
        deep = [deep]
    assert list(messages(deep)) == []


def test_a_row_keeps_its_section_and_counts_zero_where_nothing_is_written() -> None:
    (row,) = rows(MESSAGE, "/logs/0", 7)
    assert isinstance(row, FlowRow)
    assert (row.section, row.tx_packets, row.rx_packets, row.rx_bytes) == (Section.SUBNET, 3, 0, 0)
    assert (row.pointer, row.line) == ("/logs/0/subnetTraffic/0", 7)
    assert row.at == datetime(2026, 3, 4, 5, 50, 0, 200000, tzinfo=UTC)


def test_a_row_of_no_use_costs_itself_and_says_where() -> None:
    bad = {**ROW, "txPkts": -1}
    first, second, third = rows({**MESSAGE, "subnetTraffic": [bad, "x", ROW]}, "")
    assert first == ("/subnetTraffic/0", "txPkts is no count: -1")
    assert second == ("/subnetTraffic/1", "a row that is no object")
    assert isinstance(third, FlowRow)


def test_counts_and_protocols_come_as_numbers_and_as_words() -> None:
    assert [as_count(value) for value in (None, 5, "5", 5.0, True, -1, "x", 1e400, "9" * 400)] == [
        0, 5, 5, 5, None, None, None, None, None,
    ]  # fmt: skip
    assert [protocol(value) for value in (6, "tcp", "UDP", "99", None, "ipv4", "odd")] == [6, 6, 17, 99, 0, 4, 0]
