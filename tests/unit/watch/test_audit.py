from tests.unit.surface.seen import StoppedClock

from farshore.core.events import DrainStarted, RemedyApplied, RemedySuggested, RemedyWithheld
from farshore.core.remedy import Remedy, RemedyResult
from farshore.watch.audit import KEPT, Audit, AuditRow

WITHHELD = RemedyWithheld(route="db", remedy=Remedy.PING, subject="r1", why="no peer's routes cover it")


def test_every_remedy_leaves_a_row_and_nothing_else_does() -> None:
    audit = Audit(StoppedClock())
    applied = RemedyApplied(
        route="db",
        remedy=Remedy.REBIND,
        subject="s.sock",
        why="no answer",
        result=RemedyResult.HELPED,
        detail="r1: TSMP 3 ms",
        duration_ms=12.5,
    )
    suggested = RemedySuggested(route="db", remedy=Remedy.MOVE, subject="r1", why="dead", command="headscale …")
    for event in (applied, DrainStarted(connections=1), suggested, WITHHELD):
        audit.announce(event)
    first, second, third = audit.rows()
    assert first == AuditRow(
        at_s=1_700_000_000.125,
        route="db",
        remedy=Remedy.REBIND,
        subject="s.sock",
        result=RemedyResult.HELPED,
        why="no answer",
        detail="r1: TSMP 3 ms",
        duration_ms=12.5,
    )
    assert (second.result, second.command, second.detail) == (RemedyResult.SUGGESTED, "headscale …", "")
    assert (third.result, third.why) == (RemedyResult.WITHHELD, "no peer's routes cover it")


def test_only_the_last_rows_are_kept() -> None:
    audit = Audit(StoppedClock())
    for _ in range(KEPT + 1):
        audit.announce(WITHHELD)
    assert len(audit.rows()) == KEPT
