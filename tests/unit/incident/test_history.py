"""Which earlier incidents are like one."""

import pytest
from msgspec.structs import replace
from tests.unit.incident.making import published

from farshore.incident.conclusion import conclude
from farshore.incident.history import Earlier, earlier
from farshore.incident.record import Record, Verdict
from farshore.incident.threshold import Sign

DAY_S = 86_400.0


def record(day: int, *codes: str | None, router: str = "r1") -> Record:
    verdicts = []
    for code in codes:
        conclusion = conclude(published(code, router=router, candidates=() if code else ("M01", "M05")))
        assert conclusion is not None
        verdicts.append(Verdict(at_s=day * DAY_S, conclusion=conclusion))
    return Record(
        id=f"2026-11-{day:02}-1",
        since_s=day * DAY_S,
        opened_s=day * DAY_S,
        closed_s=day * DAY_S + 60,
        proven=True,
        merged_into=None,
        routes={"db": Sign.HELD},
        well=("db",),
        verdicts=tuple(verdicts),
    )


def test_the_same_cause_at_the_same_router_is_counted() -> None:
    known = [record(1, "M01"), record(2, "M05"), record(3, None, "M01"), record(4, "M01", router="r2")]
    now = record(9, "M01")
    assert earlier(now, [*known, now]) == Earlier(count=2, first_s=DAY_S, last="2026-11-03-1")


@pytest.mark.parametrize(
    ("now", "other"),
    [
        pytest.param(record(9, "M01"), record(10, "M01"), id="a later one"),
        pytest.param(record(9, "M01"), record(1), id="one that was never examined"),
        pytest.param(record(9), record(1), id="nothing is known of this one"),
        pytest.param(record(9, None), record(1, None), id="neither was decided"),
        pytest.param(record(9, "M01"), record(1, "M01", None), id="the other one ended undecided"),
        pytest.param(record(9, "M01"), replace(record(1, "M01"), merged_into="x"), id="it went into another"),
    ],
)
def test_anything_else_is_not(now: Record, other: Record) -> None:
    assert earlier(now, [other, now]) is None
