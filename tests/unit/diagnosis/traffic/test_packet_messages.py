import pytest

from farshore.diagnosis.traffic.packet_messages import TOO_LARGE, packet
from farshore.diagnosis.traffic.rows import Kind, PacketRow

TCP = {"TCP": {"source_port": 43006, "destination_port": 8082, "flags": {"SYN": True, "ACK": True, "FIN": False}}}


def flow(**fields: object) -> PacketRow:
    row = packet({"verdict": "DROPPED", "IP": {"source": "10.9.1.7", "destination": "10.9.1.20"}, "l4": TCP, **fields})
    assert row is not None
    return row


def test_a_flow_with_and_without_its_envelope() -> None:
    bare = {"verdict": "FORWARDED", "l4": TCP, "source": {"namespace": "apps", "pod_name": "a"}}
    row = packet({"flow": bare, "node_name": "pier-1", "time": "2026-03-04T05:59:45.1Z"})
    alone = packet(bare)
    assert row is not None
    assert alone is not None
    assert (row.source, row.flags, row.node, row.at is None) == ("apps/a", "ACK,SYN", "pier-1", False)
    assert (alone.source, alone.flags, alone.node, alone.at) == ("apps/a", "ACK,SYN", "", None)


def test_another_event_is_no_flow() -> None:
    assert packet({"debug_event": {"type": "DBG_CT_VERDICT"}, "node_name": "k8s1"}) is None
    assert packet({"num_flows": "2031"}) is None


@pytest.mark.parametrize(
    ("fields", "denied", "kind"),
    [
        ({"event_type": {"type": 5}}, True, Kind.VERDICT),
        ({"event_type": {"type": 1, "sub_type": 133}}, True, Kind.DROP),
        ({"drop_reason_desc": "POLICY_DENIED"}, True, Kind.DENIED),
        ({"drop_reason": 181}, True, Kind.DENIED),
        ({"event_type": {"type": 1, "sub_type": 151}}, False, Kind.DROP),
        ({}, False, Kind.OTHER),
        ({"verdict": "FORWARDED", "event_type": {"type": 5}}, False, Kind.VERDICT),
    ],
    ids=["verdict", "drop", "masked", "numeric", "stale address", "no reason", "allowed"],
)
def test_only_what_says_policy_was_denied_by_it(fields: dict[str, object], denied: bool, kind: Kind) -> None:  # noqa: FBT001
    row = flow(**fields)
    assert (row.denied, row.kind) == (denied, kind)


def test_what_was_too_large_is_called_so_whatever_its_older_name() -> None:
    assert flow(drop_reason=136, drop_reason_desc="CT_MISSING_TCP_ACK_FLAG").reason == TOO_LARGE
    assert flow(event_type={"type": 1, "sub_type": 136}).reason == TOO_LARGE
    assert flow(drop_reason=137, drop_reason_desc="CT_UNKNOWN_L4_PROTOCOL").reason == "CT_UNKNOWN_L4_PROTOCOL"


def test_masked_ends_fall_back_to_what_is_left() -> None:
    assert flow(source={"namespace": "apps", "labels": ["k8s:app=client"]}, IP={}).source == "apps/app=client"
    assert flow(source={}, IP={"source": "10.9.1.7"}).source == "10.9.1.7"
    assert flow(source={}, IP={}).source == ""


def test_flags_come_from_the_summary_where_the_header_is_masked() -> None:
    row = flow(l4={"TCP": {"source_port": 1, "destination_port": 2}}, Summary="TCP Flags: SYN, ACK")
    assert row.flags == "ACK,SYN"
