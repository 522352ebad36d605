"""What the rows of one flow log say together: facts that no single row says, counted with the tables' own SQL."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

from farshore.diagnosis.evidence import Evidence, Instant, Origin
from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.flows import FlowSeen, HandshakesUnanswered, PeriodCounted, Section, TargetsSilent
from farshore.diagnosis.lake.engine import FLOWS, Record, Value
from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.traffic.analysis import Analysis, analyse, integer
from farshore.diagnosis.traffic.judgement import silent_peers, silent_targets
from farshore.diagnosis.traffic.periods import MINUTE_S
from farshore.diagnosis.traffic.rows import ends_of

# An idle peer that is tried once or twice tells nothing.
FEWEST_INITIATIONS = 5
MOST_PEERS = 100


def flow_summary(values: Iterable[tuple[Value, ...]], seen: Sequence[FlowSeen], origin: Origin) -> tuple[Fact, ...]:
    """Facts over all rows (as `lake.engine.FLOWS` holds them); they point to the first of `seen` that shows it.

    `values` is used up before `seen` is looked at, so that one may fill the other.
    """
    with closing(SqliteEngine()) as engine:
        engine.run(FLOWS.create)
        engine.insert(FLOWS, values)
        analysis = analyse(engine, has=("flows",))
    found: list[Fact] = [*_unanswered(analysis, seen, origin)]
    if len(analysis.periods) > 1:
        found += [*_silent(analysis, seen, origin), *_periods(analysis, seen, origin)]
    return tuple(found)


def _unanswered(analysis: Analysis, seen: Sequence[FlowSeen], origin: Origin) -> Iterator[Fact]:
    shown: dict[str, FlowSeen] = {}
    for row in seen:
        if row.section is Section.PHYSICAL and row.tx_packets and not row.rx_packets:
            shown.setdefault(ends_of(row.section, row.src, row.dst).near, row)
    records: dict[str, list[Record]] = defaultdict(list)
    for record in silent_peers(analysis):
        records[str(record["peer"])].append(record)
    for peer, told in list(records.items())[:MOST_PEERS]:
        count = sum(integer(record["initiations"]) for record in told)
        first = min(integer(record["first_s"]) for record in told)
        if count < FEWEST_INITIATIONS or not first:
            continue
        reporters = tuple(sorted(str(record["reporter"]) for record in told))
        until = _moment(max(integer(record["last_s"]) for record in told) + MINUTE_S)
        text = f"{peer} answered none of {count:,} WireGuard handshakes of {_several(reporters)}"
        evidence = _evidence(shown.get(peer), origin, text, _moment(first))
        yield HandshakesUnanswered(
            evidence=evidence, peer=peer, reporters=reporters, initiations=count, since=_moment(first), until=until
        )


def _several(reporters: tuple[str, ...]) -> str:
    return reporters[0] if len(reporters) == 1 else f"{len(reporters)} reporters"


def _silent(analysis: Analysis, seen: Sequence[FlowSeen], origin: Origin) -> Iterator[Fact]:
    silent = {target: each for target, each in silent_targets(analysis).items() if each.has_answered}
    if not silent:
        return
    since, until = _during(analysis)
    rows, others = sum(each.rows for each in silent.values()), sum(each.other_rows for each in silent.values())
    unanswered = sum(each.other_unanswered for each in silent.values())
    name = next(iter(silent)) if len(silent) == 1 else f"{len(silent)} targets"
    text = f"{name} silent: {rows:,} rows of {rows:,} unanswered, at other times {unanswered:,} of {others:,}"
    shown = next((row for row in seen if not row.rx_packets and row.dst in silent and _within(row, since, until)), None)
    yield TargetsSilent(
        evidence=_evidence(shown, origin, text, since),
        target=target_of(name) if len(silent) == 1 else None,
        targets=len(silent),
        rows=rows,
        other_rows=others,
        other_unanswered=unanswered,
        since=since,
        until=until,
    )


def _periods(analysis: Analysis, seen: Sequence[FlowSeen], origin: Origin) -> Iterator[Fact]:
    spans = {period.name: (period.from_s, period.to_s) for period in analysis.periods}
    for row in analysis.tables["flow_periods"]:
        name, flows, single = str(row["period"]), integer(row["flows"]), integer(row["single"])
        first, last = spans[name]
        shown = next((each for each in seen if each.start and first <= each.start.timestamp() < last), None)
        text = f"{name}: {flows:,} flow rows, {single:,} of them of a single packet"
        time = None if shown is None else shown.start
        counts = (("flows", float(flows)), ("single-packet flows", float(single)))
        yield PeriodCounted(evidence=_evidence(shown, origin, text, time), period=name, counts=counts)


def _evidence(row: FlowSeen | None, origin: Origin, text: str, time: datetime | None) -> Evidence:
    """What was counted, at the first row that shows it."""
    told = f"{text} (counted over the log)"
    at = None if time is None else Instant(time)
    if row is None:
        return origin.evidence(told, time=at)
    place = row.evidence
    return Evidence(source=place.source, text=told, line=place.line, pointer=place.pointer, time=at)


def _within(row: FlowSeen, since: datetime, until: datetime) -> bool:
    return row.start is not None and since <= row.start < until


def _during(analysis: Analysis) -> tuple[datetime, datetime]:
    during = next(period for period in analysis.periods if period.name == "during")
    return _moment(during.from_s), _moment(during.to_s)


def _moment(second: Value) -> datetime:
    return datetime.fromtimestamp(integer(second), UTC)
