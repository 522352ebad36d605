"""Whole documents of Hubble's to rows and facts: what the readers and `farshore flows` share."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

from farshore.diagnosis.evidence import Evidence, Instant, Origin, Sureness, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.flows import HandshakesCounted, PolicyDenied, ResetAfterHandshake, TooLargeDropped
from farshore.diagnosis.intake.document import Document, json_object
from farshore.diagnosis.intake.reader import Reading
from farshore.diagnosis.lake.engine import PACKETS, Engine, Record, Value, materialise, sql
from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.traffic.packet_lines import packet_lines
from farshore.diagnosis.traffic.packet_messages import TOO_LARGE, is_event, packet
from farshore.diagnosis.traffic.rows import PacketRow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# A client's own port; below it somebody listens. Cilium and most systems give out 32768 and above.
EPHEMERAL = 32768
# A diagnosis argues over this many resets of one document; all are counted.
MAX_RESETS = 2_000
MAX_UNREAD = 20
NO_FLOW = "no flow, but another event of Cilium's"


def hubble_packets(document: Document, origin: Origin) -> Iterator[PacketRow | Unread]:
    """Every flow of a document, JSON lines and printed ones alike; other events and damaged lines as not read."""
    printed = [line if not line.lstrip().startswith("{") else "" for line in document.lines]
    for number, line in enumerate(document.lines, 1):
        if not printed[number - 1] and line.strip():
            record = json_object(line)
            row = None if record is None else packet(record, number)
            if row is not None:
                yield row
            else:
                yield origin.unread("no JSON object" if record is None else NO_FLOW, line=number)
    for found in packet_lines(printed, origin):
        yield found if isinstance(found, PacketRow) else origin.unread(found[1], line=found[0])


def packet_reading(found: Iterable[PacketRow | Unread], origin: Origin) -> Reading:
    """What the packets say together: attempts and how they ended, denials by pair, resets one by one."""
    rows: list[PacketRow] = []
    unread: list[Unread] = []
    left_out = 0
    for each in found:
        if isinstance(each, PacketRow):
            rows.append(each)
        elif len(unread) < MAX_UNREAD:
            unread.append(each)
        else:
            left_out += 1
    if left_out:
        unread.append(origin.unread(f"{left_out:,} more lines that are no flows"))
    facts: list[Fact] = []
    with closing(SqliteEngine()) as engine:
        load_packets(engine, rows)
        for name in ("connections", "denied_packets"):
            materialise(engine, name)
        facts += _denials(engine, rows, origin)
        facts += _rejections(engine, rows, origin)
        facts += _too_large(rows, origin)
        facts += _capture(engine, rows, origin)
    return Reading(facts=tuple(facts), unread=tuple(unread))


def load_packets(engine: Engine, rows: Iterable[PacketRow], first: int = 0) -> None:
    """Fill `packets` with rows, numbered from `first`; the table is made if that is 0."""
    if first == 0:
        engine.run(PACKETS.create)
    engine.insert(PACKETS, (_values(number, row) for number, row in enumerate(rows, first)))


def in_envelopes(head: Document) -> bool:
    """Whether a file that begins so holds Hubble's events, each in its envelope on a line, a flow among the first."""
    records = head.sampled_records
    return any("flow" in record for record in records) and all(is_event(record) for record in records)


def _values(number: int, row: PacketRow) -> tuple[Value, ...]:
    source, destination = (row.source, row.source_port), (row.destination, row.destination_port)
    from_client = _from_client(row)
    client, server = (source, destination) if from_client else (destination, source)
    at_us = 0 if row.at is None else (row.at - EPOCH) // MICROSECOND
    return (
        number,
        at_us,
        *client,
        *server,
        int(from_client),
        row.protocol,
        row.flags,
        row.kind.value,
        int(row.dropped),
        int(row.denied),
        row.reason,
        row.direction,
        row.node,
    )


def _from_client(row: PacketRow) -> bool:
    """Who began cannot always be read; old formats mark only replies, and only some of them."""
    if row.flags == "SYN":
        return True
    if row.flags == "ACK,SYN":
        return False
    source_high, destination_high = row.source_port >= EPHEMERAL, row.destination_port >= EPHEMERAL
    if source_high != destination_high:
        return source_high
    return not row.reply if row.reply is not None else row.source_port >= row.destination_port


def _capture(engine: Engine, rows: Sequence[PacketRow], origin: Origin) -> Iterator[Fact]:
    (counted,) = engine.run(sql("capture"))
    attempts = _int(counted, "attempts")
    if not attempts:
        return
    text = ", ".join(f"{name} {_int(counted, name):,}" for name in counted)
    yield HandshakesCounted(
        evidence=_evidence(rows[0], origin, f"counted over {len(rows):,} events: {text}"),
        attempts=attempts,
        completed=_int(counted, "completed"),
        resets=_int(counted, "resets"),
        denied=_int(counted, "denied"),
        packets=len(rows),
    )


def _denials(engine: Engine, rows: Sequence[PacketRow], origin: Origin) -> Iterator[Fact]:
    for record in engine.run(sql("denials")):
        port, destination = _int(record, "port"), str(record["destination"])
        target = f"{destination}:{port}" if port else destination
        count = _int(record, "packets")
        source = str(record["source"])
        text = f"packets denied by policy from {source or 'unknown'} to {target or 'unknown'}: {count:,}"
        yield PolicyDenied(
            evidence=_evidence(rows[_int(record, "seq")], origin, f"{text} ({record['reason']})"),
            count=count,
            reason=str(record["reason"]),
            source=source,
            destination=target,
            direction=str(record["direction"]),
        )


def _too_large(rows: Iterable[PacketRow], origin: Origin) -> Iterator[Fact]:
    pairs: dict[tuple[str, str], list[PacketRow]] = {}
    for row in rows:
        if row.dropped and row.reason.lower() == TOO_LARGE.lower():
            pairs.setdefault((row.source, row.destination), []).append(row)
    for (source, destination), held in pairs.items():
        text = f"packets dropped from {source or 'unknown'} to {destination or 'unknown'}: {len(held):,} ({TOO_LARGE})"
        yield TooLargeDropped(
            evidence=_evidence(held[0], origin, text), count=len(held), source=source, destination=destination
        )


def _rejections(engine: Engine, rows: Sequence[PacketRow], origin: Origin) -> Iterator[Fact]:
    for record in engine.run(sql("rejections"))[:MAX_RESETS]:
        row = rows[_int(record, "server_reset_seq")]
        sender = f"{record['server']}:{record['server_port']}"
        yield ResetAfterHandshake(
            evidence=_evidence(row, origin, row.text or f"reset by {sender}"),
            target=None,
            after_s=_int(record, "after_us") / 1e6,
            sender=sender,
            client_bytes_sent=bool(record["client_spoke"]),
        )


def _evidence(row: PacketRow, origin: Origin, text: str) -> Evidence:
    sure = Sureness.KNOWN if row.date_known else Sureness.DATE_ASSUMED
    time = None if row.at is None else Instant(row.at, sure)
    return origin.evidence(text, line=row.line, observer=row.node, time=time)


def _int(record: Record, name: str) -> int:
    value = record[name]
    return int(value) if value is not None else 0
