"""Hubble's events as its command line prints them: compact, tabular and dict.

Source: cilium hubble/pkg/printer/printer.go at v1.15, and the older formats that its tests keep. A reply is printed
turned round with `<-`; older versions print every packet with `->`, so only `<-` tells anything.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from farshore.diagnosis.evidence import Instant, Origin, Sureness
from farshore.diagnosis.intake.times import read_stamp
from farshore.diagnosis.traffic.packet_messages import SUMMARY_FLAGS, flags_of
from farshore.diagnosis.traffic.rows import Kind, PacketRow, split_port

VERDICTS = {"FORWARDED", "DROPPED", "DENIED", "ALLOWED", "ERROR", "AUDIT", "REDIRECTED", "TRACED", "TRANSLATED"}
ARROWS = (" -> ", " <- ", " <> ")
_DROPPED = {"DROPPED", "DENIED"}
_NODE = re.compile(r" \[([^\]\s]{1,120})\]")
_CELLS = re.compile(r" {2,40}|\t{1,8}")
_KEY = re.compile(r" {0,40}([A-Z][A-Z .]{2,24}): ?(.{0,400})")
_TABLE_HEAD = ("TIMESTAMP", "SOURCE", "DESTINATION", "TYPE", "VERDICT", "SUMMARY")
_PROTOCOLS = ("ICMPv4", "ICMPv6", "UDP", "SCTP", "TCP")
_FEWEST_CELLS = 4
MAX_LINE = 2000


def packet_lines(lines: list[str], origin: Origin) -> Iterator[PacketRow | tuple[int, str]]:
    """Every flow of a text; lines that bear a time and are no flow come with their number and the reason."""
    with_node = False
    block: dict[str, str] = {}
    block_line = 0
    for number, line in enumerate(lines, 1):
        text = line.strip()[:MAX_LINE]
        if text.startswith(_TABLE_HEAD[0]) and not text.startswith("TIMESTAMP:"):
            with_node = " NODE " in text
            continue
        entry = _KEY.fullmatch(line[:MAX_LINE].rstrip())
        if entry is not None:
            if entry[1] == _TABLE_HEAD[0]:
                yield from _dict_row(block, block_line, origin)
                block, block_line = {}, number
            block[entry[1]] = entry[2].strip()
            continue
        stamp = read_stamp(text, day=origin.day)
        if stamp is None:
            continue
        row = _compact(text, stamp, number) or _tabular(text, stamp, number, node_first=with_node)
        yield row if row is not None else (number, f"no flow: {text[:80]}")
    yield from _dict_row(block, block_line, origin)


def is_packet_line(line: str) -> bool:
    """Whether a line is certainly one of Hubble's, compact or tabular."""
    text = line.strip()[:MAX_LINE]
    if text.startswith(_TABLE_HEAD[0]) and all(word in text for word in _TABLE_HEAD):
        return True
    stamp = read_stamp(text)
    if stamp is None or VERDICTS.isdisjoint(text.split()):
        return False
    return (_compact(text, stamp, 1) or _tabular(text, stamp, 1, node_first=False)) is not None


def _compact(text: str, stamp: tuple[Instant, int], number: int) -> PacketRow | None:
    rest = text[stamp[1] :]
    node = _NODE.match(rest)
    rest = rest[node.end() :] if node else rest
    arrow = next((arrow for arrow in ARROWS if arrow in rest), "")
    if not rest.startswith(": ") or not arrow:
        return None
    left, _, right = rest[2:].partition(arrow)
    right, _, told = right.strip().partition(" ")
    if told.startswith("("):
        told = told.partition(") ")[2]
    told, _, summary = told.partition(" (") if told.endswith(")") else (told, "", "")
    kind, _, verdict = told.strip().rpartition(" ")
    if verdict not in VERDICTS:
        return None
    source, destination = (right, left) if arrow == " <- " else (left, right)
    row = _row(
        (source, destination, kind, verdict, summary.removesuffix(")")), stamp[0], number, text, node[1] if node else ""
    )
    return replace(row, reply=True) if arrow == " <- " else row


def _tabular(text: str, stamp: tuple[Instant, int], number: int, *, node_first: bool) -> PacketRow | None:
    cells = [cell for cell in _CELLS.split(text[stamp[1] :].strip()) if cell]
    at = next((at for at, cell in enumerate(cells) if cell in VERDICTS), 0)
    if at < _FEWEST_CELLS - 1 or len(cells) <= at:
        return None
    summary = cells[at + 1] if at + 1 < len(cells) else ""
    node = cells[0] if node_first or at > _FEWEST_CELLS - 1 else ""
    return _row((cells[at - 3], cells[at - 2], cells[at - 1], cells[at], summary), stamp[0], number, text, node)


def _dict_row(block: dict[str, str], line: int, origin: Origin) -> Iterator[PacketRow | tuple[int, str]]:
    if not block:
        return
    stamp = read_stamp(block.get(_TABLE_HEAD[0], ""), day=origin.day)
    told = tuple(block.get(key, "") for key in _TABLE_HEAD[1:])
    if stamp is None or told[3] not in VERDICTS:
        yield line, "no flow: " + ", ".join(f"{key} {value}" for key, value in block.items())[:80]
        return
    yield _row((told[0], told[1], told[2], told[3], told[4]), stamp[0], line, " ".join(told), block.get("NODE", ""))


def _row(told: tuple[str, str, str, str, str], time: Instant, line: int, text: str, node: str) -> PacketRow:
    source, destination, kind, verdict, summary = told
    (source_host, source_port), (destination_host, destination_port) = _end(source), _end(destination)
    lowered = kind.lower()
    dropped = verdict in _DROPPED
    denied = dropped and (lowered.startswith(("policy denied", "policy-verdict")) or verdict == "DENIED")
    return PacketRow(
        at=time.at,
        source=source_host,
        source_port=source_port,
        destination=destination_host,
        destination_port=destination_port,
        protocol="TCP" if summary.startswith(SUMMARY_FLAGS) else _protocol(summary),
        flags=flags_of(summary.removeprefix(SUMMARY_FLAGS)) if summary.startswith(SUMMARY_FLAGS) else "",
        kind=_kind(lowered, dropped=dropped, denied=denied),
        dropped=dropped,
        denied=denied,
        reason=kind if dropped else "",
        direction=next((word for word in ("ingress", "egress") if word in lowered.split()), ""),
        node=node,
        date_known=time.sure is not Sureness.DATE_ASSUMED,
        line=line,
        text=text,
    )


def _kind(told: str, *, dropped: bool, denied: bool) -> Kind:
    if told.startswith("policy-verdict"):
        return Kind.VERDICT
    if denied:
        return Kind.DENIED
    if dropped:
        return Kind.DROP
    return Kind.TRACE if told.startswith(("to-", "from-")) else Kind.OTHER


def _end(text: str) -> tuple[str, int]:
    """`host:port (identity)` or `host:port(service)`, without what stands in brackets."""
    bare = text.strip().partition(" ")[0]
    if bare.endswith(")"):
        bare = bare.partition("(")[0]
    return split_port(bare)


def _protocol(summary: str) -> str:
    return next((name for name in _PROTOCOLS if summary.startswith(name)), "")
