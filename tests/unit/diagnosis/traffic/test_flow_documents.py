import json

from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.traffic import flow_documents
from farshore.diagnosis.traffic.flow_documents import flow_reading, flow_rows
from farshore.diagnosis.traffic.rows import FlowRow

ROW = {"src": "100.64.0.21:0", "dst": "127.3.3.40:9", "txPkts": 1, "txBytes": 148}
MESSAGE = {"nodeId": "n1", "physicalTraffic": [ROW]}
ORIGIN = Origin(source="flows.json")


def rows_of(text: str) -> list[FlowRow | Unread]:
    return list(flow_rows(Document(text.encode()), ORIGIN))


def test_lines_and_one_list_say_the_same() -> None:
    (as_list,) = rows_of(json.dumps({"logs": [MESSAGE]}, indent=1))
    (as_line,) = rows_of(json.dumps(MESSAGE))
    assert isinstance(as_list, FlowRow)
    assert isinstance(as_line, FlowRow)
    assert (as_list.src, as_list.dst, as_list.tx_bytes) == (as_line.src, as_line.dst, as_line.tx_bytes)
    assert as_list.pointer == "/logs/0/physicalTraffic/0"


def test_a_damaged_line_costs_itself() -> None:
    first, second, third = rows_of(json.dumps(MESSAGE) + "\n{broken\n" + json.dumps(MESSAGE))
    assert isinstance(first, FlowRow)
    assert isinstance(second, Unread)
    assert second.position == "line 2"
    assert isinstance(third, FlowRow)
    assert third.line == 3


def test_a_list_that_was_cut_keeps_what_was_whole() -> None:
    *found, cut = rows_of(json.dumps({"logs": [MESSAGE] * 3}, indent=1)[:-40])
    assert len([row for row in found if isinstance(row, FlowRow)]) >= 2
    assert isinstance(cut, Unread)
    assert "cut or damaged" in cut.reason


def test_a_diagnosis_takes_a_bounded_part_and_says_so() -> None:
    many = json.dumps({"logs": [MESSAGE] * (flow_documents.MAX_ROWS + 3)})
    reading = flow_reading(flow_rows(Document(many.encode()), ORIGIN), ORIGIN)
    assert len(reading.facts) == flow_documents.MAX_ROWS
    assert [each.reason.split(" ")[0] for each in reading.unread] == ["3"]
