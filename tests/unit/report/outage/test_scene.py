"""Which port leads where."""

from dataclasses import replace

from tests.unit.diagnosis.making import failed
from tests.unit.report.outage.outages import ROUTE, course, given, said, zombie

from farshore.diagnosis.facts.dials import Wording
from farshore.report.outage.build import build
from farshore.report.outage.given import Carried, Course, Figures, Probed
from farshore.report.outage.prevention import HEALTH, SECOND_PATH
from farshore.report.outage.scene import alone, carried, scene, target_of
from farshore.report.outage.sources import Sources

OTHER = replace(ROUTE, route="files", listen="127.0.0.1:2121", pointer="gateway.json#/routes/1")
RANGE = replace(ROUTE, route="many", paths=("a", "b"))


def seen(*routes: Carried, hit: str = "db") -> Course:
    made = course(said(zombie()), routes={hit: "failures"})
    return replace(made, examined=(replace(made.examined[0], scene=routes),))


def test_the_routes_that_were_hit_are_told_with_where_that_stands() -> None:
    sources = Sources()
    (told,) = scene(seen(OTHER, ROUTE), sources)
    assert told.text == (
        "Route db: clients connect to 127.0.0.1:8082 of the gateway, which carries them to 10.9.8.7:1433, "
        "over 1 path: tailnet/r1."
    )
    assert sources.all[0].place == "2026-11-22-3/001-evidence.tar.gz: gateway.json#/routes/0"
    assert target_of(seen(ROUTE)) == "10.9.8.7:1433"


def test_a_port_of_a_range_is_its_route_s() -> None:
    assert carried(seen(RANGE, hit="many:9001")) == (RANGE,)
    assert list(scene(course(), Sources())) == []
    assert target_of(course()) == ""


def test_a_route_with_one_path_is_told_so_and_one_with_two_is_not_advised_a_second() -> None:
    assert [each.text for each in alone(seen(ROUTE), Sources())] == [
        "Route db has one path, tailnet/r1: nothing can go around it."
    ]
    assert list(alone(seen(RANGE, hit="many:9001"), Sources())) == []
    measures = {each.text for each in build(given(seen(RANGE, hit="many:9001"))).prevention}
    assert SECOND_PATH not in measures
    assert SECOND_PATH in {each.text for each in build(given(seen(ROUTE))).prevention}


def test_health_checks_that_ran_are_not_advised() -> None:
    checked = Figures(journal="j.db", probed=(Probed(what="check", route="db", result="failed", count=1),))
    assert HEALTH not in {each.text for each in build(given(seen(ROUTE), figures=checked)).prevention}
    assert HEALTH in {each.text for each in build(given(seen(ROUTE))).prevention}


def test_a_second_path_is_of_no_use_where_the_target_is_broken() -> None:
    refused = course(said([failed(Wording.TAILNET_REFUSED)]))
    assert not any("one path" in each.text for each in build(given(refused)).prevention)


def test_what_was_not_gathered_is_not_known() -> None:
    told = [each.text for each in build(given(seen(ROUTE))).unknown]
    assert "Not gathered: Kubernetes (this is no pod)." in told
