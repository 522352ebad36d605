"""Tables over traffic, and what they say, for a terminal, a ticket or a script."""

from datetime import UTC, datetime
from textwrap import wrap

import msgspec

from farshore.diagnosis.evidence import Unread, bounded
from farshore.diagnosis.lake.engine import Record, Value
from farshore.diagnosis.traffic.analysis import Analysis
from farshore.diagnosis.traffic.judgement import Statement
from farshore.diagnosis.traffic.periods import FOREVER_S, Period

SCHEMA = "farshore.flows/1"
WIDTH = 80
ROWS = 12
STATEMENTS = 12
MAX_UNREAD = 10
MAX_CELL = 34
# Columns whose numbers are no counts.
PLAIN = ("port", "region", "first_s", "last_s")
TITLES = {
    "flow_periods": "Flow log, by period",
    "flow_targets": "Targets behind routers, as clients reported them",
    "flow_handshakes": "WireGuard handshakes without an answer",
    "flow_pairs": "Pairs, per reporter (the most unanswered first)",
    "flow_underlay": "DERP or direct, per reporter and peer",
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
    lines = [_counted(analysis), *_periods(analysis), ""]
    for statement in statements[:STATEMENTS]:
        lines += wrap(f"{statement.weight}: {bounded(statement.text)}", WIDTH, subsequent_indent="  ")
    if len(statements) > STATEMENTS:
        lines.append(f"... and {len(statements) - STATEMENTS} more (--format json shows all)")
    if not statements:
        lines.append("Nothing that stands out.")
    for name, rows in analysis.tables.items():
        if rows:
            lines += ["", f"{TITLES[name]}", *_table(rows)]
    lines += [f"not read: {each.source} {each.position}: {each.reason}" for each in unread[:MAX_UNREAD]]
    if len(unread) > MAX_UNREAD:
        lines.append(f"not read: {len(unread) - MAX_UNREAD} more parts")
    return "\n".join(lines)


def flows_markdown(analysis: Analysis, statements: list[Statement], unread: list[Unread]) -> str:
    """For a ticket or a pull request."""
    lines = ["# Flows", "", _counted(analysis), "", *(f"- {line.strip()}" for line in _periods(analysis)), ""]
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
        lines += [f"- {_escaped(each.source)} {each.position}: {_escaped(each.reason)}" for each in unread]
    return "\n".join(lines)


def _counted(analysis: Analysis) -> str:
    parts = [(analysis.flows, "flow-log rows"), (analysis.packets, "Hubble events")]
    return ", ".join(f"{count:,} {name}" for count, name in parts if count) or "No rows."


def _periods(analysis: Analysis) -> list[str]:
    if len(analysis.periods) == 1:
        return [f"Periods: {analysis.told}."]
    _, during, _ = analysis.periods
    return [f"During: {_moment(during.from_s)} to {_moment(during.to_s)} ({analysis.told})."]


def _moment(second: int) -> str:
    return datetime.fromtimestamp(min(second, FOREVER_S // 512), UTC).strftime("%Y-%m-%dT%H:%MZ")


def _table(rows: list[Record]) -> list[str]:
    heads = list(rows[0])
    cells = [[_cell(head, row[head]) for head in heads] for row in rows[:ROWS]]
    widths = [max(len(head), *(len(row[at]) for row in cells)) for at, head in enumerate(heads)]
    numeric = [all(isinstance(row[head], int | float | None) for row in rows[:ROWS]) for head in heads]
    lines = [_line(heads, widths, numeric), *(_line(row, widths, numeric) for row in cells)]
    if len(rows) > ROWS:
        lines.append(f"  ... {len(rows) - ROWS} more rows (--format json shows all)")
    return lines


def _line(cells: list[str], widths: list[int], numeric: list[bool]) -> str:
    told = zip(cells, widths, numeric, strict=True)
    return "  " + "  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in told).rstrip()


def _cell(head: str, value: Value) -> str:
    if isinstance(value, int):
        return str(value) if head in PLAIN else f"{value:,}"
    text = "-" if value is None or value == "" else bounded(str(value))
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def _escaped(text: str) -> str:
    return bounded(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
