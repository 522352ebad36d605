"""The last hour in steps of ten seconds, for the charts. Pure."""

from collections.abc import Sequence

import msgspec

from farshore.surface.page.compose import percentiles
from farshore.surface.page.pulse import STEP_S, STEPS, Step


class History(msgspec.Struct, frozen=True, kw_only=True):
    """`/api/v1/history`: for each step its Unix time, how many connections ended how, and what their clients waited."""

    step_s: int
    at_s: list[int]
    good: list[int]
    bad: list[int]
    p50_ms: list[float | None]
    p95_ms: list[float | None]
    p99_ms: list[float | None]


def history(steps: Sequence[Step], now_s: float) -> History:
    """Every step of the hour that ends with `now_s`; one in which nothing ended counts nothing and waits for nobody."""
    last_s = int(now_s // STEP_S) * STEP_S
    starts = range(last_s - (STEPS - 1) * STEP_S, last_s + 1, STEP_S)
    known = {step.at_s: step for step in steps}
    told = [known.get(start_s, Step(start_s)) for start_s in starts]
    waits = [percentiles(step.waits_ms) for step in told]
    return History(
        step_s=STEP_S,
        at_s=list(starts),
        good=[step.good for step in told],
        bad=[step.bad for step in told],
        p50_ms=[None if each is None else each.p50_ms for each in waits],
        p95_ms=[None if each is None else each.p95_ms for each in waits],
        p99_ms=[None if each is None else each.p99_ms for each in waits],
    )
