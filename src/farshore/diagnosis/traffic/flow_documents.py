"""Whole documents of flow logs to rows and facts: what the readers and `farshore flows` share."""

from collections.abc import Iterable, Iterator

from farshore.diagnosis.evidence import Instant, Origin, Unread
from farshore.diagnosis.facts.flows import FlowSeen
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Reading
from farshore.diagnosis.lake.engine import Value
from farshore.diagnosis.traffic.flow_messages import Problem, holds_messages, messages, rows
from farshore.diagnosis.traffic.flow_summary import flow_summary
from farshore.diagnosis.traffic.flow_tables import Header, header_of, table_rows
from farshore.diagnosis.traffic.rows import FlowRow, ends_of

# A diagnosis argues over this many rows of one document; `farshore flows` counts all of them.
MAX_ROWS = 20_000
_SEARCHED_LINES = 20


def flow_reading(found: Iterable[FlowRow | Unread], origin: Origin) -> Reading:
    """Rows as facts, what all of them say together, and what could not be used."""
    seen: list[FlowSeen] = []
    unread: list[Unread] = []
    summary = flow_summary(flow_values(_kept(found, origin, seen, unread)), seen, origin)
    return Reading(facts=(*seen, *summary), unread=tuple(unread))


def _kept(
    found: Iterable[FlowRow | Unread], origin: Origin, seen: list[FlowSeen], unread: list[Unread]
) -> Iterator[FlowRow]:
    beyond = 0
    for each in found:
        if isinstance(each, Unread):
            unread.append(each)
            continue
        yield each
        if len(seen) < MAX_ROWS:
            seen.append(_flow_seen(each, origin))
        else:
            beyond += 1
    if beyond:
        reason = f"{beyond:,} rows beyond the first {MAX_ROWS:,}: `farshore flows` counts all of them"
        unread.append(origin.unread(reason))


def flow_rows(document: Document, origin: Origin) -> Iterator[FlowRow | Unread]:
    """Every row of a document, and what could not be used; nothing of another kind."""
    if document.json is None and any(holds_messages(record) for record in document.sampled_records):
        yield from _line_rows(document, origin)
        return
    value, problem = document.json, ""
    if value is None and document.loose is not None:
        value, problem = document.loose.value, document.loose.problem
    for pointer, message in messages(value):
        yield from _told(rows(message, pointer), origin, None)
    if problem:
        yield origin.unread(f"cut or damaged: {problem}")


def _line_rows(document: Document, origin: Origin) -> Iterator[FlowRow | Unread]:
    for number, record in document.records:
        if record is None:
            yield origin.unread("no JSON object", line=number)
            continue
        for pointer, message in messages(record):
            yield from _told(rows(message, pointer, number), origin, number)


def _told(found: Iterator[FlowRow | Problem], origin: Origin, line: int | None) -> Iterator[FlowRow | Unread]:
    for row in found:
        if isinstance(row, FlowRow):
            yield row
        else:
            pointer, reason = row
            yield origin.unread(reason, line=line) if line else origin.unread(reason, pointer=pointer)


def _flow_seen(row: FlowRow, origin: Origin) -> FlowSeen:
    """A row as a fact, observed by its reporter."""
    name = row.reporter_name or row.reporter
    text = (
        f"{name or 'a node'} {row.section}: {row.src} -> {row.dst} tx {row.tx_packets} packets {row.tx_bytes} bytes, "
        f"rx {row.rx_packets} packets {row.rx_bytes} bytes"
    )
    time = None if row.at is None else Instant(row.at)
    return FlowSeen(
        evidence=origin.evidence(text, line=row.line, pointer=row.pointer, observer=name, time=time),
        section=row.section,
        src=row.src,
        dst=row.dst,
        proto=row.proto,
        tx_packets=row.tx_packets,
        tx_bytes=row.tx_bytes,
        rx_packets=row.rx_packets,
        rx_bytes=row.rx_bytes,
        start=row.at,
        end=row.end,
    )


def flow_table_rows(document: Document, origin: Origin) -> Iterator[FlowRow | Unread]:
    """Every row below the header, and what could not be used."""
    found = table_header(document)
    if found is None:
        return
    at, header = found
    for row in table_rows(document.lines[at:], header, at + 1):
        yield row if isinstance(row, FlowRow) else origin.unread(row[1], line=row[0])


def table_header(document: Document) -> tuple[int, Header] | None:
    """The number of the header's line, and what it says."""
    for number, line in enumerate(document.head.split("\n")[:_SEARCHED_LINES], 1):
        header = header_of(line.rstrip("\r"))
        if header is not None:
            return number, header
    return None


def flow_values(rows: Iterable[FlowRow]) -> Iterator[tuple[Value, ...]]:
    """Rows as `lake.engine.FLOWS` holds them."""
    for row in rows:
        ends = ends_of(row.section, row.src, row.dst)
        yield (
            row.reporter,
            row.section.value,
            ends.seen_from.value,
            ends.near,
            ends.far,
            ends.port,
            0 if row.at is None else int(row.at.timestamp()),
            row.tx_packets,
            row.tx_bytes,
            row.rx_packets,
        )
