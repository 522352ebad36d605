"""Every table over the rows that an engine holds, by period, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from farshore.diagnosis.lake.engine import Engine, Record, UnreadableError, Value, materialise, sql
from farshore.diagnosis.traffic.periods import PERIODS, WHOLE, Minute, Period, around, detect

FLOW_TABLES = ("flow_periods", "flow_targets", "flow_handshakes", "flow_pairs", "flow_underlay", "flow_reporters")
# What a file read in place has where the readers would say what they could not use.
_NO_FLOW = (
    "SELECT 1 AS found FROM flow_minutes AS m WHERE m.section = 'unread' OR m.near IS NULL OR m.far IS NULL LIMIT 1"
)
PACKET_TABLES = ("packet_periods", "reset_times", "denials_by_period")


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The periods, how they came about, and the tables by name; `flows` and `packets` count the rows read."""

    periods: tuple[Period, ...]
    told: str
    flows: int = 0
    packets: int = 0
    tables: dict[str, list[Record]] = field(default_factory=dict)


def analyse(engine: Engine, *, has: Sequence[str], during: tuple[int, int] | None = None) -> Analysis:
    """Ask everything of an engine that has `flows`, `packets` or both filled.

    `during` is a span in seconds since 1970 UTC; without it the traffic's own is looked for.

    Raises:
        UnreadableError: the engine reads files, and one holds what it cannot read.
    """
    flows = packets = 0
    minutes: list[Minute] = []
    if "flows" in has:
        materialise(engine, "flow_minutes")
        if engine.run(_NO_FLOW):
            msg = "a line that is no message"
            raise UnreadableError(msg)
        minutes = [_minute(each, "minute_s", 1) for each in engine.run(sql("flow_signals"))]
        flows = integer(engine.run("SELECT SUM(m.flows) AS counted FROM flow_minutes AS m")[0]["counted"])
    if "packets" in has:
        for name in ("connections", "denied_packets", "rejections"):
            materialise(engine, name)
        packets = integer(engine.run("SELECT COUNT(*) AS counted FROM packets AS k")[0]["counted"])
    periods, told = _periods(engine, minutes, has, during)
    engine.run(PERIODS.create)
    engine.insert(PERIODS, ((period.name, period.from_s, period.to_s) for period in periods))
    if flows:
        materialise(engine, "flow_spans")
    names = [name for name in FLOW_TABLES if flows] + [name for name in PACKET_TABLES if packets]
    tables = {name: engine.run(sql(name)) for name in names}
    for row in tables.get("flow_periods", ()):
        row["single_percent"] = round(100 * integer(row["single"]) / integer(row["flows"]), 1)
    for row in tables.get("reset_times", ()):
        for name in ("min", "median", "max"):
            row[f"{name}_ms"] = round(integer(row.pop(f"{name}_us")) / 1000, 1)
    return Analysis(periods=periods, told=told, flows=flows, packets=packets, tables=tables)


def integer(value: Value) -> int:
    """A count; None, which is what a sum over nothing gives, is 0."""
    return int(value) if value is not None else 0


def _periods(
    engine: Engine, minutes: list[Minute], has: Sequence[str], during: tuple[int, int] | None
) -> tuple[tuple[Period, ...], str]:
    if during is not None:
        return around(*during), "as given, in whole minutes"
    span = detect(minutes)
    if span is not None:
        return around(*span), "found: more rows than usual went unanswered"
    if "packets" in has:
        asked = [_minute(each, "minute_us", 1_000_000) for each in engine.run(sql("packet_signals"))]
        span = detect(asked)
        if span is not None:
            return around(*span), "found: more connections than usual were not served"
    return WHOLE, "none: no minute stands out from the rest; --during FROM/TO compares"


def _minute(record: Record, key: str, unit: int) -> Minute:
    return Minute(integer(record[key]) // unit, integer(record["asked"]), integer(record["unanswered"]))
