"""Hubble's events as JSON: with their envelope or without, whole or with masked fields.

Source: cilium api/v1/flow/flow.proto and monitor/api/types.go at v1.15. Old exports have no `is_reply`, only `reply`
on replies; masked ones lack anything.
"""

from collections.abc import Mapping

from farshore.diagnosis.intake.times import read_time
from farshore.diagnosis.traffic.rows import Kind, PacketRow

_KINDS = {1: Kind.DROP, 4: Kind.TRACE, 5: Kind.VERDICT}
_DROPPED = {"DROPPED", "2"}
# Policy denied, and denied by a deny policy.
_DENIALS = {133, 181}
# Too large for the way, and not to be fragmented (bpf/lib/common.h, DROP_FRAG_NEEDED); older names call it otherwise.
_TOO_LARGE = 136
TOO_LARGE = "Fragmentation needed"
_PORTS = ("TCP", "UDP", "SCTP")
_FLAGS = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS"}
# observer.proto of cilium v1.15: what a line of `hubble observe -o jsonpb` may hold instead of a flow.
OTHER_EVENTS = frozenset({"node_status", "lost_events", "agent_event", "debug_event"})
SUMMARY_FLAGS = "TCP Flags:"


def flow_of(record: Mapping[str, object]) -> Mapping[str, object] | None:
    """The flow that a record is or holds; None if it is none."""
    flow = record.get("flow")
    if isinstance(flow, dict):
        return flow
    return record if "verdict" in record and ({"IP", "l4", "source", "destination"} & record.keys()) else None


def is_event(record: Mapping[str, object]) -> bool:
    """Whether a record is in Hubble's own envelope: a flow, or another of its events."""
    return isinstance(record.get("flow"), dict) or not OTHER_EVENTS.isdisjoint(record)


def packet(record: Mapping[str, object], line: int | None = None) -> PacketRow | None:
    """The row of one record; None if it is no flow (debug, agent and status events are none)."""
    flow = flow_of(record)
    if flow is None:
        return None
    stamp = flow.get("time") or record.get("time")
    time = read_time(stamp) if isinstance(stamp, str) else None
    protocol, ports, flags = _transport(flow)
    event = _object(flow, "event_type")
    kind = _KINDS.get(_number(event.get("type")), Kind.OTHER)
    dropped = str(flow.get("verdict")).upper() in _DROPPED
    reason = _reason(flow, kind, _number(event.get("sub_type")))
    denied = dropped and (kind is Kind.VERDICT or "POLICY_DENIED" in reason or "POLICY_DENY" in reason)
    reply = flow.get("is_reply", flow.get("reply"))
    addresses = _object(flow, "IP")
    return PacketRow(
        at=None if time is None else time.at,
        source=_end(_object(flow, "source"), addresses.get("source")),
        source_port=ports[0],
        destination=_end(_object(flow, "destination"), addresses.get("destination")),
        destination_port=ports[1],
        protocol=protocol,
        flags=flags,
        kind=Kind.DENIED if denied and kind is Kind.OTHER else kind,
        dropped=dropped,
        denied=denied,
        reason=reason,
        direction=_word(flow.get("traffic_direction")).removeprefix("traffic_direction_unknown"),
        reply=reply if isinstance(reply, bool) else None,
        node=str(flow.get("node_name") or record.get("node_name") or ""),
        line=line,
        text=_text(flow),
    )


def flags_of(words: str) -> str:
    """TCP flags out of a summary, sorted and joined by commas."""
    names = {word.strip().upper() for word in words[:80].split(",")}
    return ",".join(sorted(names & _FLAGS))


def _transport(flow: Mapping[str, object]) -> tuple[str, tuple[int, int], str]:
    layer = _object(flow, "l4")
    name = next(iter(layer), "")
    inner = _object(layer, name) if name else {}
    ports = (_number(inner.get("source_port")), _number(inner.get("destination_port"))) if name in _PORTS else (0, 0)
    flags = _object(inner, "flags")
    told = ",".join(sorted(_FLAGS & {key for key, value in flags.items() if value is True}))
    summary = flow.get("Summary")
    if not told and isinstance(summary, str) and summary.startswith(SUMMARY_FLAGS):
        told = flags_of(summary.removeprefix(SUMMARY_FLAGS))
    return name, ports, told


def _reason(flow: Mapping[str, object], kind: Kind, sub_type: int) -> str:
    told = flow.get("drop_reason_desc")
    code = _number(flow.get("drop_reason")) or (sub_type if kind is Kind.DROP else 0)
    if code == _TOO_LARGE:
        return TOO_LARGE
    if isinstance(told, str) and told and told != "DROP_REASON_UNKNOWN":
        return told
    if code in _DENIALS:
        return "POLICY_DENIED" if code == min(_DENIALS) else "POLICY_DENY"
    return str(code) if code else ""


def _end(end: dict[str, object], address: object) -> str:
    """`namespace/pod`, or the address, or the namespace, or the first label."""
    pod, namespace = end.get("pod_name"), end.get("namespace")
    if isinstance(pod, str) and pod:
        return f"{namespace}/{pod}" if namespace else pod
    if isinstance(address, str) and address:
        return address
    labels = end.get("labels")
    label = str(labels[0]) if isinstance(labels, list) and labels else ""
    return f"{namespace}/{label.removeprefix('k8s:')}" if namespace else label


def _text(flow: Mapping[str, object]) -> str:
    return " ".join(str(flow[key]) for key in ("verdict", "drop_reason_desc", "Summary") if key in flow)


def _object(value: Mapping[str, object], key: str) -> dict[str, object]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2**31 else 0


def _word(value: object) -> str:
    return value.lower() if isinstance(value, str) else ""
