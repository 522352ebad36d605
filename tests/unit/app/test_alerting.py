"""Alerts of a running gateway."""

import pytest
from msgspec.structs import replace
from tests.unit.app.test_recording import configuration
from tests.unit.notify.alerts import an_alert
from tests.unit.surface.seen import SeenGateway, StoppedClock

from farshore.app.alerting import incident_seen, of, resume
from farshore.app.memory import Memory
from farshore.app.notifying import build_notifier
from farshore.app.recording import build_recorder
from farshore.core.alerts import AlertChanged, AlertsBefore, Severity, SilenceBegan, Silenced, SilenceEnded
from farshore.core.events import Event, RedundancyLost
from farshore.incident.book import Incident, Reached
from farshore.incident.conclusion import Conclusion
from farshore.incident.threshold import Sign
from farshore.surface.metrics import Metrics


def test_alerts_alone_have_incidents_examined() -> None:
    config = configuration("alerts: {}")
    assert build_recorder(config, lambda: config, SeenGateway().routes, lambda _: None, StoppedClock()) is not None


def test_without_the_section_nobody_is_told() -> None:
    config, told = configuration(""), list[Event]()
    alerting = of(lambda: config, SeenGateway().routes, None, told.append, StoppedClock())
    alerting.announce(RedundancyLost(route="a", left="r2", down=("r1",)))
    alerting.look()
    assert (told, alerting.alerts()) == ([], [])


def test_what_the_board_says_is_announced() -> None:
    rules = "rules: [{rule: redundancy, for: 0s}]"
    config, told = configuration(f"alerts: {{startup_grace: 0s, {rules}}}"), list[Event]()
    gateway = SeenGateway()
    alerting = of(lambda: config, gateway.routes, None, told.append, StoppedClock())
    route = gateway.routes()[0].name
    alerting.announce(RedundancyLost(route=route, left="r2", down=("r1",)))
    alerting.look()
    (event,) = told
    assert isinstance(event, AlertChanged)
    assert (event.alert.key, event.alert.severity, event.alert.routes) == ("redundancy/r1", Severity.WARNING, (route,))
    assert [alert.key for alert in alerting.alerts()] == ["redundancy/r1"]


def test_an_incident_is_told_with_its_verdict() -> None:
    incident = Incident(id="2026-11-23-1", since_s=1.0, opened_s=2.0, routes={"a": Sign.RESETS})
    assert not incident_seen(incident).is_certain
    assert not incident_seen(incident).is_concluded
    incident.routes["b"] = Sign.HELD
    said = Conclusion(code="M01", title="A router is dead", confidence="proven", router="r1", command="restart it")
    incident.history.append(Reached(at_s=3.0, conclusion=said))
    seen = incident_seen(incident, before="twice before")
    assert (seen.is_certain, seen.is_concluded, seen.root, seen.before) == (True, True, "M01/r1", "twice before")


class Remembering(Memory):
    """What a journal would say."""

    def __init__(self, before: AlertsBefore, *silences: Silenced) -> None:
        self.before = before
        self.made = silences

    def silences(self) -> tuple[Silenced, ...]:
        return self.made


@pytest.mark.parametrize(("section", "keys"), [("alerts: {}", ["M01/r1"]), ("", [])])
def test_a_gateway_goes_on_with_the_alerts_of_the_one_before_it_where_it_has_any(section: str, keys: list[str]) -> None:
    config, told, gateway = configuration(section), list[Event](), SeenGateway()
    alerting = of(lambda: config, gateway.routes, None, told.append, StoppedClock())
    metrics = Metrics(gateway, loop="asyncio", log_lines_dropped=int)
    memory = Remembering(AlertsBefore(firing=(replace(an_alert(), rule="outage"),)))
    resume(memory, alerting, build_notifier(config, told.append, StoppedClock()), metrics)
    assert [alert.key for alert in alerting.alerts()] == keys
    assert f'farshore_alerts_firing{{rule="outage",severity="page"}} {len(keys)}' in metrics.render("")[0].decode()
    assert told == []


def test_a_silence_that_is_made_while_it_runs_is_obeyed() -> None:
    rules = "rules: [{rule: redundancy, for: 0s}]"
    config, told, gateway = configuration(f"alerts: {{startup_grace: 0s, {rules}}}"), list[Event](), SeenGateway()
    clock, route = StoppedClock(), gateway.routes()[0].name
    alerting = of(lambda: config, gateway.routes, None, told.append, clock)
    now_s = clock.wall_s()
    silence = Silenced(number=1, routes=(route,), since_s=now_s, until_s=now_s + 60, who="ann@gw", why="")
    memory = Remembering(AlertsBefore(), silence)
    resume(
        memory, alerting, build_notifier(config, told.append, clock), Metrics(gateway, loop="", log_lines_dropped=int)
    )
    alerting.announce(RedundancyLost(route=route, left="r2", down=("r1",)))
    alerting.look()
    assert [alert.silenced for alert in alerting.alerts()] == [True]
    memory.made = ()
    alerting.look()
    assert [event.alert.silenced for event in told if isinstance(event, AlertChanged)] == [True, False]


def test_a_silence_is_told_when_it_begins_and_when_it_is_over_and_not_anew_after_a_restart() -> None:
    config, told, gateway = configuration("alerts: {}"), list[Event](), SeenGateway()
    clock = StoppedClock()
    alerting = of(lambda: config, gateway.routes, None, told.append, clock)
    known, new = (
        Silenced(number=number, routes=routes, since_s=0, until_s=clock.wall_s() + 60, who="ann@gw", why="upgrade")
        for number, routes in ((1, ()), (2, ("db",)))
    )
    memory = Remembering(AlertsBefore(), known)
    resume(
        memory, alerting, build_notifier(config, told.append, clock), Metrics(gateway, loop="", log_lines_dropped=int)
    )
    for made in ((known,), (known, new), (known, new), (new,)):
        memory.made = made
        alerting.look()
    assert told == [
        SilenceBegan(number=2, routes=("db",), until_s=new.until_s, who="ann@gw", why="upgrade"),
        SilenceEnded(number=1, routes=()),
    ]


def test_what_fires_is_over_where_the_section_is_taken_out() -> None:
    carried = configuration("alerts: {startup_grace: 0s, rules: [{rule: redundancy, for: 0s}]}")
    told, gateway = list[Event](), SeenGateway()
    alerting = of(lambda: carried, gateway.routes, None, told.append, StoppedClock())
    alerting.announce(RedundancyLost(route=gateway.routes()[0].name, left="r2", down=("r1",)))
    alerting.look()
    carried = configuration("")
    alerting.look()
    alerting.look()
    assert [event.alert.state.value for event in told if isinstance(event, AlertChanged)] == ["firing", "resolved"]
