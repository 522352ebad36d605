"""Which earlier incidents are like one."""

import pytest
from msgspec.structs import replace
from tests.unit.incident.making import published

from farshore.core.remedy import Remedy, RemedyResult
from farshore.incident.conclusion import conclude
from farshore.incident.course import Tried
from farshore.incident.history import Earlier, cured_by, earlier
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


def with_remedies(one: Record, *results: RemedyResult) -> Record:
    tried = [
        Tried(at_s=float(at), route="db", remedy=Remedy.RESTART, subject=f"socket {at}", why="", result=result)
        for at, result in enumerate(results)
    ]
    return replace(one, remedies=tuple(tried))


def test_what_ended_the_last_one_that_was_ended_is_told() -> None:
    cured = with_remedies(record(1, "M01"), RemedyResult.HELPED, RemedyResult.NO_CHANGE, RemedyResult.HELPED)
    vain = with_remedies(record(2, "M01"), RemedyResult.NO_CHANGE)
    before = earlier(record(9, "M01"), [cured, vain])
    assert before is not None
    assert (before.last, before.cured_by) == ("2026-11-02-1", "restart-tailscaled on socket 2")
    assert str(before) == (
        "the same cause and subject 2 times before, since 1970-01-02 00:00:00Z; last 2026-11-02-1, "
        "last ended after restart-tailscaled on socket 2"
    )
    assert cured_by(vain) == ""


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
