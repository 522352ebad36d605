"""What was seen without any client."""

from dataclasses import replace

import pytest
from tests.unit.report.outage.outages import ROUTE, T0, TARGET, course, given, said, zombie

from farshore.report.outage.effect import impact
from farshore.report.outage.given import Counted, Figures, Given, Probed
from farshore.report.outage.sources import Sources


def looked(what: str, result: str, count: int, route: str = "db", target: str = "") -> Probed:
    return Probed(what=what, route=route, result=result, count=count, target=target)


def made(*probed: Probed) -> Given:
    return given(course(said(zombie())), figures=Figures(journal="journal.db", probed=probed))


def texts(given_: Given) -> list[str]:
    return [each.text for each in impact(given_, Sources()).said]


@pytest.mark.parametrize(
    ("well", "failed", "would"),
    [
        (0, 5, "5 of 5 looks without a client failed: whoever had come would have failed."),
        (3, 2, "2 of 5 looks without a client failed: some of those who had come would have failed."),
        (5, 0, "0 of 5 looks without a client failed: nobody who had come would have failed, as far as they saw."),
    ],
)
def test_a_route_without_clients_has_an_impact_told_by_probes(well: int, failed: int, would: str) -> None:
    told = texts(made(looked("check", "answered", well), looked("probe", "silent", failed)))
    assert f"No connection of db ended meanwhile; {would}" in told


def test_a_health_check_of_the_target_is_the_route_s() -> None:
    ours = made(
        looked("health check", "upstream.first-byte.closed", 4, route=TARGET, target=ROUTE.target),
        looked("health check", "answered", 9, route="10.0.0.1:21", target="10.0.0.1:21"),
    )
    (hit,) = impact(ours, Sources()).routes
    assert (hit.probes, hit.probes_failed) == (4, 4)


def test_what_saw_nothing_is_no_look_and_who_did_is_told_with_how() -> None:
    told = texts(
        made(
            looked("check", "nothing", 50),
            looked("probe", "silent", 2),
            looked("probe", "refused", 1),
            looked("probe", "connected", 1),
            looked("probe", "connected", 3, route="files"),
        )
    )
    assert not any("looks at its paths" in each for each in told)
    assert (
        "The gateway's probes of the target: 3 of 4 failed on db (75.0 %, silent 2 times and refused once); "
        "none of 3 failed on files."
    ) in told


def test_where_clients_came_they_tell_themselves() -> None:
    probed = made(looked("probe", "silent", 2))
    assert probed.figures is not None
    came = Counted(route="db", code="tailnet.dial.no-answer", count=1, clients=1, first_s=T0, last_s=T0, told=0)
    told = texts(replace(probed, figures=replace(probed.figures, counted=(came,))))
    assert not any(each.startswith("No connection of") for each in told)
