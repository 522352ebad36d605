from tests.unit.surface.page.showing import NOW_S, Shown, end, path, record
from tests.unit.surface.seen import route_state

from farshore.core.events import Health
from farshore.core.outcome import MEANINGS, Code
from farshore.surface.page.model import State


def test_working_says_since_when() -> None:
    shown = Shown()
    shown.pulse.announce(end())
    head = shown.page.headline
    assert (head.state, head.word, head.sentence) == (State.OK, "Working", "Clients of 1 route are served.")
    assert head.since_s == NOW_S


def test_working_counts_from_the_end_of_the_last_incident() -> None:
    shown = Shown(records=(record(closed_s=NOW_S + 10, ended_s=NOW_S + 5),))
    shown.pulse.announce(end())
    assert shown.page.headline.since_s == NOW_S + 10


def test_before_anybody_came_nothing_is_claimed() -> None:
    head = Shown().page.headline
    assert head.sentence == "All ports are open; no client has come and nothing was checked yet."


def test_an_outage_names_hop_cause_deeds_and_remedy() -> None:
    shown = Shown(records=(record(),))
    shown.paths(path("r1", Health.DOWN), path("r2", Health.DOWN), held=3, active=3)
    head = shown.page.headline
    assert (head.state, head.word, head.since_s) == (State.BROKEN, "Outage", NOW_S - 60)
    assert head.hop == "2 routers: r1, r2"
    assert head.cause == "M01 Router has died (proven)"
    assert "3 clients held until a path works" in head.doing
    assert head.do is not None
    assert head.do.command == "tailscale ping r1"
    assert head.incident == "2023-11-14-1"


def test_without_an_incident_the_last_failure_says_what_to_do() -> None:
    shown = Shown()
    for _ in range(3):
        shown.pulse.announce(end(Code.EGRESS_MISSING, detail="no socket"))
    head = shown.page.headline
    assert (head.word, head.hop, head.cause) == ("Outage", "egress tailnet", "no socket")
    assert head.do is not None
    assert head.do.command == MEANINGS[Code.EGRESS_MISSING].remedy


def test_one_path_down_is_degraded_and_says_over_which_clients_go() -> None:
    shown = Shown()
    shown.paths(path("r1", Health.DOWN, "no pong"), path("r2", Health.UP))
    shown.changed("r1", Health.DOWN)
    head = shown.page.headline
    assert (head.state, head.word, head.cause) == (State.DOUBT, "Degraded", "path r1: no pong")
    assert "clients go over r2" in head.doing


def test_a_gateway_that_is_not_ready_says_why() -> None:
    shown = Shown()
    shown.gateway.ready, shown.gateway.reason = False, "shutting down"
    assert shown.page.headline.sentence == "New clients are not sent here: shutting down."


def test_of_many_routes_the_failing_ones_are_named() -> None:
    shown = Shown()
    shown.gateway.route_states = [route_state(f"a{number}", paths=(path("r1", Health.DOWN),)) for number in range(7)]
    shown.gateway.route_states.append(route_state("well", paths=(path("r1", Health.UP),)))
    page = shown.page
    assert page.headline.sentence == "Clients of a0, a1, a2, a3, a4 and 2 more fail (7 routes of 8)."
    assert page.routes[-1].name == "well"
