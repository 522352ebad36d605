"""Tables over traffic, and what they say, for a terminal, a ticket or a script."""

from datetime import UTC, datetime
from textwrap import wrap

import msgspec

from farshore.diagnosis.evidence import Unread, bounded
from farshore.diagnosis.lake.engine import Record, Value
from farshore.diagnosis.traffic.analysis import Analysis
from farshore.diagnosis.traffic.judgement import Statement
from farshore.diagnosis.traffic.periods import FOREVER_S, Period
from farshore.report.columns import text_table

SCHEMA = "farshore.flows/1"
WIDTH = 80
NO_ROWS = "No rows: nothing in what was given is a flow log or an export of Hubble."
ROWS = 12
STATEMENTS = 12
MAX_UNREAD = 10
MAX_CELL = 34
# Columns whose numbers are no counts.
PLAIN = ("port", "region")
# Columns that hold a moment, in seconds since 1970 UTC.
MOMENTS = ("first_s", "last_s")
# What a terminal of 80 columns misses least, the first first; the other formats show all.
LEAVE_OUT = ("single", "section", "tx_packets", "last", "min_ms", "reporter", "rx_packets", "seen_from", "direction")
TITLES = {
    "flow_periods": "Flow log, by period",
    "flow_targets": "Targets behind routers, as clients reported them",
    "flow_handshakes": "WireGuard handshakes without an answer",
    "flow_pairs": "Pairs, per reporter (the outage first, the most unanswered first)",
    "flow_underlay": "DERP or direct, per reporter and peer (the outage first)",
    "flow_reporters": "What each node reported",
    "packet_periods": "Connections, by period",
    "reset_times": "Accepted, then reset before a word",
    "denials_by_period": "Denied by network policy, in packets",
}


class Flows(msgspec.Struct, frozen=True, kw_only=True):
    """What `farshore flows --format json` prints; `_s` and `_us` are seconds and microseconds since 1970 UTC."""

    schema: str
    flows: int
    packets: int
    periods: list[Period]
    periods_told: str
    statements: list[Statement]
    tables: dict[str, list[Record]]
    unread: list[Unread]


def flows_json(analysis: Analysis, statements: list[Statement], unread: list[Unread]) -> str:
    """Everything, every row of every table."""
    told = Flows(
        schema=SCHEMA,
        flows=analysis.flows,
        packets=analysis.packets,
        periods=list(analysis.periods),
        periods_told=analysis.told,
        statements=statements,
        tables=analysis.tables,
        unread=unread,
    )
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def flows_text(analysis: Analysis, statements: list[Statement], unread: list[Unread]) -> str:
    """For a terminal: what it says first, then the tables, each with its first rows."""
    if not analysis.flows and not analysis.packets:
        return "\n".join([NO_ROWS, *_unread(unread)])
    lines = [_counted(analysis), *wrap(_periods(analysis), WIDTH, subsequent_indent="  "), ""]
    for statement in statements[:STATEMENTS]:
        lines += wrap(f"{statement.weight}: {bounded(statement.text)}", WIDTH, subsequent_indent="  ")
    if len(statements) > STATEMENTS:
        lines.append(f"... and {len(statements) - STATEMENTS} more (--format json shows all)")
    if not statements:
        lines.append("Nothing that stands out.")
    for name, rows in analysis.tables.items():
        if rows:
            lines += ["", f"{TITLES[name]}", *_table(rows)]
    return "\n".join([*lines, *_unread(unread)])


def _unread(unread: list[Unread]) -> list[str]:
    lines = [line for each in unread[:MAX_UNREAD] for line in wrap(_not_read(each), WIDTH, subsequent_indent="  ")]
    more = len(unread) - MAX_UNREAD
    return [*lines, f"not read: {more} more parts"] if more > 0 else lines


def flows_markdown(analysis: Analysis, statements: list[Statement], unread: list[Unread]) -> str:
    """For a ticket or a pull request."""
    lines = ["# Flows", "", _counted(analysis), ""]
    if analysis.flows or analysis.packets:
        lines += [f"- {_periods(analysis)}", ""]
    lines += [f"- **{each.weight}** ({each.table}): {_escaped(each.text)}" for each in statements]
    for name, rows in analysis.tables.items():
        if not rows:
            continue
        heads = list(rows[0])
        lines += ["", f"## {TITLES[name]}", "", f"| {' | '.join(heads)} |", f"| {' | '.join('---' for _ in heads)} |"]
        lines += [f"| {' | '.join(_escaped(_cell(head, row[head])) for head in heads)} |" for row in rows[:ROWS]]
        if len(rows) > ROWS:
            lines += ["", f"{len(rows) - ROWS} more rows."]
    if unread:
        lines += ["", "## Not read", ""]
        lines += [f"- {_escaped(_not_read(each).removeprefix('not read: '))}" for each in unread]
    return "\n".join(lines)


def _counted(analysis: Analysis) -> str:
    parts = [(analysis.flows, "flow-log rows"), (analysis.packets, "Hubble events")]
    return ", ".join(f"{count:,} {name}" for count, name in parts if count) or NO_ROWS


def _not_read(unread: Unread) -> str:
    place = f"{unread.source} {unread.position}".strip()
    return bounded(f"not read: {place}: {unread.reason}")


def _periods(analysis: Analysis) -> str:
    if len(analysis.periods) == 1:
        return f"Periods: {analysis.told}."
    _, during, _ = analysis.periods
    return f"During: {_moment(during.from_s)} to {_moment(during.to_s)} ({analysis.told})."


def _moment(second: int) -> str:
    return datetime.fromtimestamp(min(second, FOREVER_S // 512), UTC).strftime("%Y-%m-%dT%H:%MZ")


def _table(rows: list[Record]) -> list[str]:
    heads = list(rows[0])
    cells = [[_cell(head, row[head]) for head in heads] for row in rows[:ROWS]]
    numeric = [all(isinstance(row[head], int | float | None) for row in rows[:ROWS]) for head in heads]
    shown = [head.removesuffix("_s") if head in MOMENTS else head for head in heads]
    lines, gone = text_table(shown, cells, right=numeric, leave_out=LEAVE_OUT, width=WIDTH)
    if len(rows) > ROWS:
        lines.append(f"  ... {len(rows) - ROWS} more rows (--format json shows all)")
    if gone:
        told = f"Without {', '.join(gone)} (--format markdown shows them)."
        lines += wrap(told, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return lines


def _cell(head: str, value: Value) -> str:
    if head in MOMENTS and isinstance(value, int):
        return _moment(value)
    if isinstance(value, int):
        return str(value) if head in PLAIN else f"{value:,}"
    text = "-" if value is None or value == "" else bounded(str(value))
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def _escaped(text: str) -> str:
    return bounded(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
