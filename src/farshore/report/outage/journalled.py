"""Incidents as a journal remembers them, where their folder is not at hand: what was concluded, and no evidence."""

from pathlib import Path

import msgspec

from farshore.core.clock import Clock
from farshore.report.outage.given import Concluded, Course, Span
from farshore.store.query import Bounds, NotAnswered, ask
from farshore.store.rows import Value

MOST = 100
_US = 1_000_000
_COLUMNS = (
    *("incident", "at_us", "since_s", "sign", "routes", "examined_us", "code", "title", "confidence", "router"),
    *("target", "ended_us", "duration_s", "proven"),
)


def courses(journal: Path, span: Span, clock: Clock) -> tuple[Course, ...] | str:
    """Those that were open in a span, but for those that went into another; why not, where it cannot be asked."""
    sql = (
        f"SELECT {', '.join(_COLUMNS)} FROM incidents WHERE merged_into IS NULL"  # noqa: S608 - constants and numbers
        f" AND since_s <= {span.to_s:.6f} AND (ended_us IS NULL OR ended_us >= {int(span.from_s * _US)}) ORDER BY at_us"
    )
    answer = ask(journal, sql, clock, Bounds(rows=MOST))
    if isinstance(answer, NotAnswered):
        return answer.reason
    return tuple(_course(dict(zip(_COLUMNS, row, strict=True)), journal) for row in answer.rows)


def _course(row: dict[str, Value], journal: Path) -> Course:
    since_s, ended_us, lasted_s = _number(row["since_s"]), row["ended_us"], row["duration_s"]
    closed_s = None if ended_us is None else _number(ended_us) / _US
    name = str(row["incident"])
    return Course(
        id=name,
        record=f"{journal.name}: incidents, {name}",
        since_s=since_s,
        opened_s=_number(row["at_us"]) / _US,
        ended_s=None if lasted_s is None else since_s + _number(lasted_s),
        closed_s=closed_s,
        proven=bool(row["proven"]),
        routes=dict.fromkeys(_names(row["routes"]), str(row["sign"])),
        verdicts=_verdicts(row),
    )


def _verdicts(row: dict[str, Value]) -> tuple[Concluded, ...]:
    if row["examined_us"] is None:
        return ()
    code = row["code"]
    return (
        Concluded(
            at_s=_number(row["examined_us"]) / _US,
            code=None if code is None else str(code),
            title=str(row["title"] or ""),
            confidence=str(row["confidence"] or ""),
            router=str(row["router"] or ""),
            target=str(row["target"] or ""),
        ),
    )


def _names(routes: Value) -> list[str]:
    try:
        return msgspec.json.decode(str(routes), type=list[str])
    except msgspec.MsgspecError:
        return []


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
