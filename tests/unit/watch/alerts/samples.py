"""Connections that have ended, for the rules."""

from farshore.core.outcome import Code
from farshore.watch.alerts.board import Board
from farshore.watch.alerts.traffic import Traffic
from farshore.watch.windows.sample import Sample

NOW_S = 1_790_000_000.0


def sample(at_s: float, code: Code | None = None, route: str = "billing", *, is_reset: bool = False) -> Sample:
    """One that went well, or failed by `code`."""
    return Sample(
        at_s=at_s,
        route=route,
        path="",
        cause=(code or Code.UPSTREAM_CLOSED).value,
        is_failure=code is not None,
        is_reset=is_reset,
        latency_s=None if code is not None else 0.01,
    )


def fill(into: Traffic | Board, at_s: float, *, good: int, bad: int, code: Code = Code.NO_ANSWER) -> None:
    """So many at one moment, the bad ones reset."""
    for _ in range(good):
        into.note(sample(at_s))
    for _ in range(bad):
        into.note(sample(at_s, code, is_reset=True))
