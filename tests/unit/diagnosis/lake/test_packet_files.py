import json
from contextlib import closing
from pathlib import Path

import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.lake.duck import DuckEngine
from farshore.diagnosis.lake.engine import PACKETS, Record, UnreadableError
from farshore.diagnosis.lake.packet_files import select_packets
from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.traffic.packet_documents import hubble_packets, load_packets
from farshore.diagnosis.traffic.rows import PacketRow

POD = {"namespace": "apps", "pod_name": "orders-7", "labels": ["k8s:app=orders"]}
GATE = {"namespace": "edge", "labels": ["k8s:app=gw"]}
TCP = {"TCP": {"source_port": 40001, "destination_port": 8082, "flags": {"SYN": True}}}
BACK = {"TCP": {"source_port": 8082, "destination_port": 40001, "flags": {"ACK": True, "SYN": True, "RST": False}}}
FLOW: dict[str, object] = {
    "time": "2026-03-04T05:59:45.123456789Z",
    "verdict": "FORWARDED",
    "source": POD,
    "destination": GATE,
    "l4": TCP,
}
DROP: dict[str, object] = {**FLOW, "verdict": "DROPPED", "event_type": {"type": 1, "sub_type": 133}}
FLOWS: dict[str, dict[str, object]] = {
    "a SYN": FLOW,
    "an answer": {**FLOW, "l4": BACK, "is_reply": True, "event_type": {"type": 4, "sub_type": 3}},
    "flags in the summary": {**FLOW, "l4": {"TCP": {"source_port": 9}}, "Summary": "TCP Flags: ACK, PSH"},
    "both low, a reply": {**FLOW, "l4": {"UDP": {"source_port": 53, "destination_port": 99}}, "reply": True},
    "both low, told by new versions": {
        **FLOW,
        "l4": {"UDP": {"source_port": 99, "destination_port": 53}},
        "is_reply": True,
        "reply": False,
    },
    "both low": {**FLOW, "l4": {"UDP": {"source_port": 53, "destination_port": 99}}},
    "no ports": {**FLOW, "l4": {"ICMPv6": {"type": 135}}, "source": {}, "IP": {"source": "fe80::1"}},
    "denied, by its code": DROP,
    "denied, by its name": {**DROP, "event_type": {"type": 5}, "drop_reason_desc": "POLICY_DENIED"},
    "denied by a deny policy": {**DROP, "event_type": {}, "drop_reason": 181, "traffic_direction": "EGRESS"},
    "too large": {**DROP, "event_type": {"type": 1, "sub_type": 136}, "drop_reason_desc": "FRAG_NEEDED"},
    "another reason": {**DROP, "drop_reason": 151, "drop_reason_desc": "DROP_REASON_UNKNOWN"},
    "a verdict by number": {**DROP, "verdict": 2, "traffic_direction": "TRAFFIC_DIRECTION_UNKNOWN"},
    "masked": {"verdict": "FORWARDED"},
    "a label alone": {**FLOW, "source": {"labels": ["reserved:world"]}, "node_name": "kind/one"},
}


def read_in_place(path: Path) -> list[Record]:
    with closing(DuckEngine()) as engine:
        engine.keep("packets", select_packets([path]))
        return engine.run("SELECT * FROM packets ORDER BY seq")


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_is_read_in_place_as_the_readers_read_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "it's.jsonl"
    path.write_text(json.dumps({"flow": FLOWS[name], "node_name": "kind/node", "time": FLOW["time"]}))
    found = hubble_packets(Document(path.read_bytes()), Origin(source="h"))
    rows = [row for row in found if isinstance(row, PacketRow)]
    with closing(SqliteEngine()) as engine:
        load_packets(engine, rows)
        assert read_in_place(path) == engine.run("SELECT * FROM packets")


def test_the_order_is_that_of_the_file_and_what_is_no_flow_has_no_flags(tmp_path: Path) -> None:
    lines = [{"flow": each, "node_name": name} for name, each in FLOWS.items()]
    path = tmp_path / "h.jsonl"
    path.write_text("\n".join(map(json.dumps, [*lines, {"lost_events": {"num_events_lost": 3}}, *lines])))
    found = read_in_place(path)
    assert [row["seq"] for row in found] == list(range(2 * len(FLOWS) + 1))
    assert [row["seq"] for row in found if row["flags"] is None] == [len(FLOWS)]
    named = [name for name, each in FLOWS.items() if "node_name" not in each]
    assert [row["node"] for row in found[: len(FLOWS)] if row["node"] != "kind/one"] == named
    assert list(found[0]) == [name for name, _ in PACKETS.columns]


@pytest.mark.parametrize("line", ["{broken", '{"flow": {"l4": "x"}}'])
def test_what_cannot_be_read_so_is_left_to_the_readers(tmp_path: Path, line: str) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text(json.dumps({"flow": FLOW}) + "\n" + line)
    with pytest.raises(UnreadableError):
        read_in_place(path)
