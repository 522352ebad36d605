"""The table of how soon an incident is noticed: what counts as the threshold, and what as a miss."""

from datetime import UTC, datetime
from typing import Any

from bench.incidents import CASES, Seen, cells, render, seen_of

FAULT_S = 1_790_000_000.0


def line(event: str, after_s: float, **fields: Any) -> dict[str, Any]:
    at = datetime.fromtimestamp(FAULT_S + after_s, UTC).isoformat(timespec="milliseconds")
    return {"event": event, "at": at, "level": "info", **fields}


def failed(after_s: float) -> dict[str, Any]:
    return line("connection-ended", after_s) | {"level": "warning"}


def told(sign: str, opened_s: float, examined_s: float) -> list[dict[str, Any]]:
    return [
        line("incident-opened", opened_s, sign=sign),
        line("incident-examined", examined_s, code="M01", candidates=[]),
    ]


def test_the_third_failure_in_a_row_is_the_threshold() -> None:
    ended = [failed(-5), failed(1), line("connection-ended", 1.5), failed(2), failed(2.25), failed(2.5), failed(3)]
    seen = seen_of([*reversed(ended), *told("failures", 2.75, 8.5)], FAULT_S, FAULT_S + 9.5)
    assert (seen.failed_s, seen.crossed_s, seen.verdict) == (1.0, 2.5, "M01")
    assert seen.spans() == {"threshold": 1.5, "opened": 0.25, "verdict": 6.0, "notified": 7.0}
    assert cells(CASES[0], seen)[-1] == "met"


def test_who_was_held_for_a_second_and_a_last_path_that_is_down_cross_it_too() -> None:
    held = seen_of([line("outage-started", 1.25), *told("held", 2.5, 6)], FAULT_S, None)
    assert (held.failed_s, held.crossed_s, held.notified_s) == (1.25, 2.25, None)
    healths = [line("health-changed", after_s) for after_s in (1, 4, 9)]
    down = seen_of([*healths, failed(4.5), *told("paths down", 4.25, 6)], FAULT_S, None)
    assert (down.crossed_s, down.spans()["threshold"]) == (4.0, 0.0)


def test_what_is_late_or_never_came_is_missed() -> None:
    late = seen_of([failed(1), failed(1.25), failed(1.5), *told("failures", 2.75, 10)], FAULT_S, FAULT_S + 20)
    assert cells(CASES[0], late)[-1] == "**missed**: opened, verdict, notified"
    never = seen_of([failed(1)], FAULT_S, None)
    assert cells(CASES[0], never)[-1] == "**missed**: opened, verdict"


def test_a_table_has_a_line_for_each_and_the_reason_where_nothing_was_seen() -> None:
    well = Seen(sign="failures", verdict="M01", failed_s=1, crossed_s=1.5, opened_s=1.6, examined_s=2, notified_s=None)
    lines = render([(CASES[0], well), (CASES[1], "it | broke")]).splitlines()
    assert len({each.count("|") for each in lines}) == 1
    assert lines[-1].endswith("not measured: it / broke |")
