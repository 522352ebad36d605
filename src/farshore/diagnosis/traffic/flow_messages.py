"""Flow-log messages inside whatever carries them: the API's list, lines, envelopes of log sinks, JSON within JSON.

Known by shape: an object with a reporter (`nodeId`) and at least one list of traffic. Source: tailscale
types/netlogtype/netlogtype.go and cmd/netlogfmt at v1.102.3; `proto` is a number there, and a word in the API's
published example.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from farshore.diagnosis.facts.flows import Section
from farshore.diagnosis.intake.times import read_time
from farshore.diagnosis.traffic.rows import FlowRow

SECTIONS = {
    "virtualTraffic": Section.VIRTUAL,
    "subnetTraffic": Section.SUBNET,
    "exitTraffic": Section.EXIT,
    "physicalTraffic": Section.PHYSICAL,
}
MAX_DEPTH = 8
MAX_COUNT = 2**63 - 1
PROTOCOLS = {
    "icmp": 1,
    "icmpv4": 1,
    "igmp": 2,
    "ipv4": 4,
    "tcp": 6,
    "udp": 17,
    "ipv6": 41,
    "icmpv6": 58,
    "ipv6-icmp": 58,
    "tsmp": 99,
    "sctp": 132,
}

Problem = tuple[str, str]  # pointer, reason


def is_message(value: object) -> bool:
    """Whether this is a flow-log message itself."""
    return isinstance(value, dict) and "nodeId" in value and any(isinstance(value.get(key), list) for key in SECTIONS)


def holds_messages(value: object, depth: int = 0) -> bool:
    """Whether a message is in it, looking at the first few members of each list alone."""
    if is_message(value):
        return True
    if depth >= MAX_DEPTH:
        return False
    return any(holds_messages(inner, depth + 1) for _, inner in _members(value, 3))


def messages(value: object, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, dict[str, object]]]:
    """Every message in a JSON value, with the pointer that leads to it (RFC 6901)."""
    if isinstance(value, dict) and is_message(value):
        yield pointer, value
        return
    if depth < MAX_DEPTH:
        for name, inner in _members(value):
            yield from messages(inner, f"{pointer}/{name}", depth + 1)


def rows(message: Mapping[str, object], pointer: str, line: int | None = None) -> Iterator[FlowRow | Problem]:
    """Every row of a message; one that cannot be used is told with its pointer."""
    reporter = str(message.get("nodeId") or "")
    source = message.get("srcNode")
    name = str(source.get("name") or "") if isinstance(source, dict) else ""
    start = moment(message.get("start")) or moment(message.get("logged"))
    end = moment(message.get("end"))
    for key, section in SECTIONS.items():
        entries = message.get(key)
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            place = f"{pointer}/{key}/{number}"
            row = _row(entry)
            if isinstance(row, str):
                yield place, row
                continue
            src, dst, proto, counts = row
            yield FlowRow(
                reporter=reporter,
                reporter_name=name,
                section=section,
                proto=proto,
                src=src,
                dst=dst,
                tx_packets=counts[0],
                tx_bytes=counts[1],
                rx_packets=counts[2],
                rx_bytes=counts[3],
                at=start,
                end=end,
                line=line,
                pointer=place,
            )


def moment(value: object) -> datetime | None:
    """A time as RFC 3339 text, or None; Go's zero time is none."""
    found = read_time(value) if isinstance(value, str) else None
    return None if found is None else found.at


def protocol(value: object) -> int:
    """A protocol's number (IANA), from a number or a word; 0 where neither is known."""
    count = as_count(value)
    if count is not None:
        return count
    return PROTOCOLS.get(value.strip().lower(), 0) if isinstance(value, str) else 0


def as_count(value: object) -> int | None:
    """A count as a number or as digits (64-bit numbers travel as text in some encoders); absent is 0."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return 0
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < len("9" * 20):
        value = int(value)
    if isinstance(value, float) and value.is_integer() and value < MAX_COUNT:
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= MAX_COUNT else None


_COUNTS = ("txPkts", "txBytes", "rxPkts", "rxBytes")


def _row(entry: object) -> tuple[str, str, int, list[int]] | str:
    if not isinstance(entry, dict):
        return "a row that is no object"
    src, dst = entry.get("src"), entry.get("dst")
    if not isinstance(src, str) or not isinstance(dst, str):
        return "a row without src or dst"
    counts: list[int] = []
    for key in _COUNTS:
        count = as_count(entry.get(key))
        if count is None:
            return f"{key} is no count: {entry.get(key)!r}"
        counts.append(count)
    return src, dst, protocol(entry.get("proto")), counts


def _members(value: object, at_most: int | None = None) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                yield _escaped(key), inner
            elif isinstance(inner, str) and inner.startswith("{") and '"nodeId"' in inner:
                yield _escaped(key), _decoded(inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value[:at_most]):
            yield str(number), inner


def _decoded(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
