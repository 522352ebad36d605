from tests.unit.surface.page.showing import NOW_S, Shown, end, path, record
from tests.unit.surface.seen import route_state

from farshore.core.events import Health, OutageStarted
from farshore.core.outcome import Code
from farshore.gateway.breaker import BreakerState
from farshore.incident.threshold import Sign
from farshore.surface.page.compose import percentiles
from farshore.surface.page.model import State


def test_percentiles_are_rounded_so_that_they_do_not_flicker() -> None:
    told = percentiles([float(number) for number in range(1, 101)])
    assert told is not None
    assert (told.p50_ms, told.p95_ms, told.p99_ms, told.of) == (51.0, 96.0, 100.0, 100)
    assert percentiles([]) is None


def test_numbers_add_up_over_all_routes() -> None:
    shown = Shown()
    shown.gateway.route_states = [
        route_state("a", active=2, held=1, ended={Code.CLIENT_CLOSED: 3}, paths=(path("r1", state=BreakerState.OPEN),)),
        route_state("b", active=1, ended={Code.CLIENT_CLOSED: 1, Code.LEAK: 1}),
    ]
    shown.pulse.announce(end(route="a"))
    shown.pulse.announce(end(Code.LEAK, route="b"))
    numbers = shown.page.numbers
    assert (numbers.active, numbers.held, numbers.good, numbers.bad) == (3, 1, 1, 1)
    assert (numbers.closed, numbers.half_open, numbers.open) == (1, 0, 1)
    assert [(each.code, each.count, each.is_failure) for each in numbers.outcomes] == [
        ("tailnet.dial.leak", 1, True),
        ("client.transfer.closed", 4, False),
    ]


def test_clients_that_are_held_make_a_route_broken_since_the_outage() -> None:
    shown = Shown()
    shown.paths(path("r1"), path("r2"), held=1, active=1)
    shown.pulse.announce(OutageStarted(route="8082", code=Code.NO_ANSWER, detail=""))
    shown.clock.now_s += 9
    assert (shown.card.state, shown.card.since_s) == (State.BROKEN, NOW_S)


def test_two_failures_are_doubt_and_three_in_a_row_are_broken() -> None:
    shown, states = Shown(), []
    for _ in range(3):
        shown.pulse.announce(end(Code.NO_ANSWER, detail="silent"))
        states.append(shown.card.state)
    assert states == [State.DOUBT, State.DOUBT, State.BROKEN]
    assert shown.card.says == "silent"


def test_a_route_that_is_well_again_is_not_failing_though_its_incident_is_open() -> None:
    shown = Shown(records=(record(routes={"8082": Sign.HELD, "b": Sign.HELD}, well=("8082",)),))
    shown.pulse.announce(end())
    assert (shown.card.state, shown.card.incident) == (State.OK, "2023-11-14-1")


def test_checks_alone_tell_that_a_route_works() -> None:
    shown = Shown()
    shown.paths(path("r1", Health.UP), path("r2", Health.UP))
    assert shown.card.state is State.OK


def test_incidents_stand_with_the_latest_first() -> None:
    shown = Shown(
        records=(record(id="2023-11-14-1", closed_s=NOW_S), record(id="2023-11-14-2", merged_into="2023-11-14-1"))
    )
    rows = shown.page.incidents
    assert [row.id for row in rows] == ["2023-11-14-2", "2023-11-14-1"]
    assert rows[0].verdict == "the same as 2023-11-14-1"
    assert [row.is_open for row in rows] == [True, False]


def test_what_did_not_change_compares_equal() -> None:
    shown = Shown(records=(record(),))
    shown.paths(path("r1", Health.DOWN, health_for_s=5.0), path("r2", Health.UP))
    before = shown.page
    shown.clock.now_s += 1
    after = shown.page
    assert (before.headline, before.routes, before.numbers) == (after.headline, after.routes, after.numbers)


def test_a_path_that_answers_again_ends_the_outage_before_the_incident_is_closed() -> None:
    shown = Shown(records=(record(),))
    shown.paths(path("r1", Health.UP), path("r2", Health.DOWN))
    shown.changed("r1", Health.UP, Health.DOWN)
    before = shown.card.state
    shown.clock.now_s += 1
    shown.pulse.announce(end(Code.NO_ANSWER))
    again = shown.card.state
    shown.clock.now_s += 1
    shown.pulse.announce(end())
    assert (before, again, shown.card.state) == (State.DOUBT, State.BROKEN, State.DOUBT)
    assert not any(way.router.is_verdict for way in shown.card.ways)
