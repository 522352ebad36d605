from tests.unit.surface.page.showing import end
from tests.unit.surface.seen import StoppedClock

from farshore.core.events import Health, HealthChanged
from farshore.core.outcome import Code
from farshore.store.lately import Ended, Known, Lately
from farshore.surface.page.history import history
from farshore.surface.page.pulse import Pulse
from farshore.surface.page.recall import recall
from farshore.surface.page.strips import path_strip, route_strip

MINUTE_S = 28_333_333 * 60


def ended(ago_s: int, code: Code = Code.CLIENT_CLOSED, count: int = 1, route: str = "8082") -> Ended:
    return Ended(at_s=MINUTE_S - ago_s, route=route, code=code, count=count)


def known(ago_s: float, health: Health, path: str = "r1") -> Known:
    return Known(at_s=MINUTE_S - ago_s, route="8082", path=path, health=health)


def pulse() -> tuple[Pulse, StoppedClock]:
    clock = StoppedClock()
    clock.now_s = MINUTE_S + 5.0
    return Pulse(clock), clock


def test_endings_stand_before_and_beside_those_since() -> None:
    made, clock = pulse()
    made.announce(end(Code.NO_ANSWER))
    then = Lately(ended=(ended(0, count=3), ended(60, Code.NO_ANSWER), ended(110, count=2), ended(60, route="gone")))
    recall(made, then, {"8082"})
    made.announce(end())
    assert route_strip(made.route("8082"), clock.now_s)[-3:] == ("good", "bad", "some")
    told = history(made.steps(), clock.now_s)
    assert (sum(told.good), sum(told.bad)) == (7, 2)
    assert (told.good[-1], told.bad[-1]) == (4, 1)
    assert not made.route("gone").minutes
    assert [(minute.good, minute.bad) for minute in made.route("8082").minutes] == [(2, 0), (0, 1), (4, 1)]


def test_waits_are_those_of_both() -> None:
    made, clock = pulse()
    made.announce(end())
    (since,) = [wait for step in made.steps() for wait in step.waits_ms]
    recall(made, Lately(waits_ms={MINUTE_S: (since + 9, since - 1), MINUTE_S - 600: (7.0,)}), {"8082"})
    assert [step.waits_ms for step in made.steps()] == [[7.0], [since - 1, since, since + 9]]
    assert history(made.steps(), clock.now_s).p50_ms[-61] == 7.0


def test_a_path_is_unknown_where_no_gateway_ran() -> None:
    made, clock = pulse()
    made.announce(HealthChanged(route="8082", path="r1", health=Health.UP, was=Health.UNKNOWN, reason=""))
    then = Lately(health=(known(360, Health.UP), known(240, Health.DOWN)), last_s=MINUTE_S - 150.0)
    recall(made, then, {"8082"})
    strip = path_strip(tuple(made.route("8082").path("r1").changes), clock.now_s)
    assert strip[-8:] == ("none", "good", "good", "bad", "bad", "none", "none", "good")


def test_outages_and_paths_of_routes_that_are_gone_are_forgotten() -> None:
    made, clock = pulse()
    spans = (("8082", MINUTE_S - 130.0, MINUTE_S - 100.0), ("gone", MINUTE_S - 130.0, MINUTE_S - 100.0))
    recall(made, Lately(outages=spans, health=(known(30, Health.UP),)), {"8082"})
    assert route_strip(made.route("8082"), clock.now_s)[-4:] == ("bad", "bad", "none", "none")
    assert made.route("gone").outages.maxlen is not None
    assert not made.route("gone").outages
