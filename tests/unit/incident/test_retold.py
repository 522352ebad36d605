"""An incident as its report takes it."""

from dataclasses import fields

from msgspec.structs import replace
from tests.unit.incident.making import published
from tests.unit.incident.test_history import record

from farshore.core.events import Health, HealthChanged
from farshore.core.remedy import Remedy, RemedyResult
from farshore.incident.bundled import Bundled, Missed, PathTold, RouteTold
from farshore.incident.course import Shift, Tried, course_of
from farshore.incident.history import Earlier
from farshore.incident.retold import retold
from farshore.incident.shelf import Examination

TRIED = Tried(
    at_s=9.0, route="db", remedy=Remedy.MOVE, subject="r1", why="dead", result=RemedyResult.HELPED, detail="moved"
)


def test_nothing_is_lost_on_the_way() -> None:
    shift = course_of(HealthChanged(route="db", path="r1", health=Health.DOWN, was=Health.UP, reason="silent"), 8.0)
    assert isinstance(shift, Shift)
    kept = replace(record(3, None, "M01"), remedies=(TRIED,), paths=(shift,), ended_s=7.0)
    told_ = Bundled(
        routes=(RouteTold(name="db", listen="h:1", target="t:2", paths=[PathTold(name="r1")]),),
        missed=(Missed(what="Kubernetes", reason="no pod"),),
    )
    examined = [Examination(file="001-diagnosis.json", bundle="", diagnosis=published("M01"), told=told_)]
    told = retold(kept, examined, Earlier(count=2, first_s=0.0, last="2026-11-01-1", cured_by="move-route on r1"))
    assert (told.id, told.record, told.ended_s) == ("2026-11-03-1", "2026-11-03-1/incident.json", 7.0)
    assert told.routes == {"db": "held"}
    assert [verdict.code for verdict in told.verdicts] == [None, "M01"]
    assert told.verdicts[0].candidates == ("M01", "M05")
    assert told.verdicts[1].remedies == kept.verdicts[1].conclusion.remedies
    assert (told.remedies[0].remedy, told.remedies[0].result, told.remedies[0].detail) == (
        "move-route",
        "helped",
        "moved",
    )
    assert (told.paths[0].now, told.paths[0].was, told.paths[0].at_s) == ("down", "up", 8.0)
    assert told.examined[0].diagnosis == published("M01")
    (carried,), (missed,) = told.examined[0].scene, told.examined[0].missed
    assert (carried.route, carried.listen, carried.target, carried.paths) == ("db", "h:1", "t:2", ("r1",))
    assert (carried.pointer, missed.pointer) == ("gateway.json#/routes/0", "manifest.json#/not_collected/0")
    assert (missed.what, missed.reason) == ("Kubernetes", "no pod")
    assert "2 times before" in told.earlier
    assert "move-route on r1" in told.earlier
    assert told.earlier_record == "2026-11-01-1/incident.json"
    assert {field.name for field in fields(told)} >= {"since_s", "opened_s", "closed_s", "proven", "well"}
