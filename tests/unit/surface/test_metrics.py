from dataclasses import replace

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse
from tests.unit.surface.seen import REFUSED, SeenGateway, applied, connection_state, ended, path_state, route_state

from farshore import __version__
from farshore.core.alerts import Alert, AlertChanged, AlertState, NotificationFailed, NotificationSent, Severity
from farshore.core.events import (
    DrainStarted,
    FirstFlightReplayed,
    Health,
    LeakRefused,
    ListenerOpened,
    OutageEnded,
    OutageStarted,
    PathChanged,
    PathChecked,
    RedundancyLost,
    RedundancyRegained,
    RemedyApplied,
    RemedySuggested,
    RemedyWithheld,
    TailscaledChanged,
    TargetProbed,
)
from farshore.core.incidents import IncidentClosed, IncidentExamined, IncidentMerged, IncidentOpened
from farshore.core.outcome import Code
from farshore.core.remedy import Remedy, RemedyResult
from farshore.gateway.breaker import BreakerState
from farshore.store.writer import JournalState
from farshore.surface.described import METRICS, Kind
from farshore.surface.metrics import Metrics

OPENED = ListenerOpened(route="8082", listen="127.0.0.1:8082", target="172.16.20.88:1433", egress="tailnet")
CHECKED = PathChecked(route="8082", path="r1", result="answered", reason="r1 answers pings", took_ms=1.5)


JOURNAL = JournalState(path="/j", problem=None, written=7, lost=2, waiting=1, size_bytes=4096)


def metrics_of(gateway: SeenGateway, dropped: int = 0, journal: JournalState | None = JOURNAL) -> Metrics:
    metrics = Metrics(
        gateway, loop="asyncio", log_lines_dropped=lambda: dropped, journal=lambda: journal, channels=["slack"]
    )
    metrics.announce(OPENED)
    return metrics


def exposed(metrics: Metrics) -> dict[str, Metric]:
    body, content_type = metrics.render("")
    assert content_type.startswith("text/plain")
    return {family.name: family for family in parse(body.decode())}


def samples(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """Values by label values, in the order of the labels' names."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in exposed(metrics).values()
        for sample in family.samples
        if sample.name == name
    }


def test_endings_are_counted_by_route_egress_and_code() -> None:
    metrics = metrics_of(SeenGateway())
    for code in (Code.CLIENT_CLOSED, Code.CLIENT_CLOSED, Code.TARGET_REFUSED):
        metrics.announce(ended(code))
    assert samples(metrics, "farshore_connections_total") == {
        ("client.transfer.closed", "tailnet", "8082"): 2,
        ("target.dial.refused", "tailnet", "8082"): 1,
    }


def test_bytes_count_ended_and_open_connections_once_each() -> None:
    gateway = SeenGateway(connection_states=[connection_state(1, client_bytes=5, upstream_bytes=7)])
    metrics = metrics_of(gateway)
    metrics.announce(ended(client_bytes=100, upstream_bytes=200))
    assert samples(metrics, "farshore_bytes_total") == {("from_client", "8082"): 105, ("from_target", "8082"): 207}
    metrics.announce(ended(client_bytes=5, upstream_bytes=7))
    gateway.connection_states = []
    assert samples(metrics, "farshore_bytes_total") == {("from_client", "8082"): 105, ("from_target", "8082"): 207}


def test_bytes_of_a_route_that_is_configured_away_are_counted_while_its_connections_last() -> None:
    metrics = metrics_of(SeenGateway(route_states=[], connection_states=[connection_state(1, client_bytes=5)]))
    assert samples(metrics, "farshore_bytes_total") == {("from_client", "8082"): 5, ("from_target", "8082"): 0}


def test_leaks_are_there_from_the_start_as_zeros() -> None:
    metrics = metrics_of(SeenGateway())
    assert samples(metrics, "farshore_leaks_total") == {
        ("false", "tailnet", "8082"): 0,
        ("true", "tailnet", "8082"): 0,
    }
    metrics.announce(LeakRefused(route="8082", egress="tailnet", target="x:1", tell="bound address", connected=True))
    assert samples(metrics, "farshore_leaks_total")["true", "tailnet", "8082"] == 1


def test_the_state_is_read_when_somebody_asks() -> None:
    gateway = SeenGateway(route_states=[route_state(active=3, held=2)])
    metrics = metrics_of(gateway, dropped=4)
    assert samples(metrics, "farshore_connections_active") == {("8082",): 3}
    assert samples(metrics, "farshore_held") == {("8082",): 2}
    assert samples(metrics, "farshore_ready") == {(): 1}
    assert samples(metrics, "farshore_draining") == {(): 0}
    assert samples(metrics, "farshore_log_lines_dropped_total") == {(): 4}
    gateway.ready = False
    metrics.announce(DrainStarted(connections=3))
    assert samples(metrics, "farshore_ready") == {(): 0}
    assert samples(metrics, "farshore_draining") == {(): 1}


def test_every_path_of_a_route_with_several_is_in_one_state() -> None:
    several = route_state("a", paths=(path_state("r1", BreakerState.OPEN), path_state("r2")))
    metrics = metrics_of(SeenGateway(route_states=[several, route_state("b")]))
    assert samples(metrics, "farshore_path_state") == {
        ("r1", "a", "closed"): 0,
        ("r1", "a", "open"): 1,
        ("r1", "a", "half-open"): 0,
        ("r2", "a", "closed"): 1,
        ("r2", "a", "open"): 0,
        ("r2", "a", "half-open"): 0,
    }


def test_the_connections_of_each_path_are_counted_where_there_are_several() -> None:
    paths = (replace(path_state("r1"), connections=3), path_state("r2"))
    metrics = metrics_of(SeenGateway(route_states=[route_state("a", paths=paths), route_state("b")]))
    assert samples(metrics, "farshore_path_connections") == {("r1", "a"): 3, ("r2", "a"): 0}


def test_first_flights_that_were_said_again_are_counted() -> None:
    metrics = metrics_of(SeenGateway())
    assert samples(metrics, "farshore_first_flights_replayed_total") == {("8082",): 0}
    metrics.announce(FirstFlightReplayed(route="8082", path="r1", onto="r2", reason="r1: closed"))
    assert samples(metrics, "farshore_first_flights_replayed_total") == {("8082",): 1}


def test_outages_are_counted_and_shown_while_they_last() -> None:
    metrics = metrics_of(SeenGateway())
    assert samples(metrics, "farshore_outages_total") == {("8082",): 0}
    assert samples(metrics, "farshore_outage") == {("8082",): 0}
    metrics.announce(OutageStarted(route="8082", code=Code.NO_ANSWER, detail=""))
    assert samples(metrics, "farshore_outages_total") == {("8082",): 1}
    assert samples(metrics, "farshore_outage") == {("8082",): 1}
    metrics.announce(OutageEnded(route="8082", duration_s=2.5, served=3, refused=1))
    assert samples(metrics, "farshore_outages_total") == {("8082",): 1}
    assert samples(metrics, "farshore_outage") == {("8082",): 0}


def test_changes_of_a_paths_state_are_counted_by_the_state_it_came_into() -> None:
    metrics = metrics_of(SeenGateway())
    for state, was in (("open", "closed"), ("half-open", "open"), ("open", "half-open")):
        metrics.announce(PathChanged(route="8082", path="r1", state=state, was=was, reason=""))
    assert samples(metrics, "farshore_path_changes_total") == {
        ("r1", "8082", "open"): 2,
        ("r1", "8082", "half-open"): 1,
    }


def test_the_health_of_every_path_is_shown_and_what_was_done_to_know_it() -> None:
    paths = (path_state("r1"), replace(path_state("r2"), health=Health.DOWN))
    metrics = metrics_of(SeenGateway(route_states=[route_state(paths=paths)]))
    for result in ("connected", "connected", "refused"):
        metrics.announce(TargetProbed(route="8082", path="r1", result=result, detail=""))
    metrics.announce(CHECKED)
    healths = samples(metrics, "farshore_path_health")
    assert {labels for labels, value in healths.items() if value} == {("unknown", "r1", "8082"), ("down", "r2", "8082")}
    assert len(healths) == 2 * len(Health)
    assert samples(metrics, "farshore_path_checks_total") == {("r1", "answered", "8082"): 1}
    assert samples(metrics, "farshore_target_probes_total") == {
        ("r1", "connected", "8082"): 2,
        ("r1", "refused", "8082"): 1,
    }


def test_a_route_without_a_path_to_spare_is_shown() -> None:
    several = route_state("db", paths=(path_state("r1"), path_state("r2")))
    metrics = metrics_of(SeenGateway(route_states=[several, route_state("single")]))
    assert samples(metrics, "farshore_redundancy_lost") == {("db",): 0}
    metrics.announce(RedundancyLost(route="db", left="r2", down=("r1",)))
    assert samples(metrics, "farshore_redundancy_lost") == {("db",): 1}
    metrics.announce(RedundancyRegained(route="db", up=("r1", "r2")))
    assert samples(metrics, "farshore_redundancy_lost") == {("db",): 0}


def test_incidents_are_counted_and_shown_by_their_cause_while_they_are_open() -> None:
    metrics = metrics_of(SeenGateway())
    assert samples(metrics, "farshore_incidents_total") == {("8082",): 0}
    assert samples(metrics, "farshore_incident_open") == {("none",): 0}
    for name in ("1", "2", "3"):
        metrics.announce(IncidentOpened(incident=name, route="8082", sign="held", since_s=1.0))
    metrics.announce(examined("1", "M01"))
    metrics.announce(examined("2", None))
    assert samples(metrics, "farshore_incidents_total") == {("8082",): 3}
    assert samples(metrics, "farshore_incident_open") == {("M01",): 1, ("undecided",): 1, ("none",): 1}
    metrics.announce(IncidentMerged(incident="2", into="1", routes=("8082",)))
    metrics.announce(IncidentClosed(incident="1", routes=("8082",), code="M01", duration_s=2.0, proven=True))
    assert samples(metrics, "farshore_incident_open") == {("none",): 1}


def test_messages_are_counted_by_what_came_of_them_and_are_there_from_the_start() -> None:
    metrics = metrics_of(SeenGateway())
    assert samples(metrics, "farshore_notifications_total") == {
        ("slack", "sent"): 0,
        ("slack", "retried"): 0,
        ("slack", "failed"): 0,
    }
    about = {"channel": "slack", "key": "M01/r1", "state": AlertState.FIRING}
    metrics.announce(NotificationSent(**about, took_ms=1.0, tries=1))  # type: ignore[arg-type]
    for will_retry in (True, True, False):
        metrics.announce(NotificationFailed(**about, reason="", tries=1, will_retry=will_retry))  # type: ignore[arg-type]
    assert samples(metrics, "farshore_notifications_total") == {
        ("slack", "sent"): 1,
        ("slack", "retried"): 2,
        ("slack", "failed"): 1,
    }


def test_a_tailscaled_of_our_own_is_shown_where_there_is_one() -> None:
    metrics = metrics_of(SeenGateway())
    assert "farshore_tailscaled_phase" not in exposed(metrics)
    metrics.announce(TailscaledChanged(phase="running", reason="in the tailnet", pid=7, starts=1))
    metrics.announce(TailscaledChanged(phase="backing-off", reason="ended", pid=None, starts=2))
    phases = samples(metrics, "farshore_tailscaled_phase")
    assert {labels for labels, value in phases.items() if value == 1} == {("backing-off",)}
    assert samples(metrics, "farshore_tailscaled_starts_total") == {(): 2}


def test_what_is_exposed_is_what_is_described() -> None:
    paths = (path_state("r1"), path_state("r2"))
    metrics = metrics_of(SeenGateway(route_states=[route_state(paths=paths)]))
    metrics.announce(ended())
    metrics.exports = {("traces", "sent"): 1}
    metrics.announce(PathChanged(route="8082", path="r1", state="open", was="closed", reason=""))
    metrics.announce(CHECKED)
    metrics.announce(TargetProbed(route="8082", path="r1", result="connected", detail=""))
    metrics.announce(TailscaledChanged(phase="running", reason="", pid=7, starts=1))
    families = exposed(metrics)
    for described in METRICS:
        family = families[described.name.removesuffix("_total")]
        assert (family.type, family.documentation) == (described.kind.value, described.help)
        labels = set(described.labels) | ({"le"} if described.kind is Kind.HISTOGRAM else set())
        assert {label for sample in family.samples for label in sample.labels} == labels
    ours = {name for name in families if name.startswith("farshore_")}
    assert ours == {described.name.removesuffix("_total") for described in METRICS}
    assert families["farshore_build_info"].samples[0].labels["version"] == __version__
    assert "process_open_fds" in families


def test_the_client_address_is_nowhere() -> None:
    metrics = metrics_of(SeenGateway(connection_states=[connection_state(1)]))
    metrics.announce(ended())
    assert b"50123" not in metrics.render("")[0]


def test_openmetrics_is_spoken_to_those_who_ask() -> None:
    metrics = metrics_of(SeenGateway())
    metrics.announce(ended())
    body, content_type = metrics.render("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert "farshore_connections" in {family.name for family in parse_openmetrics(body.decode())}  # type: ignore[no-untyped-call]


def test_remedies_are_counted_by_what_came_of_them_and_are_there_from_the_start() -> None:
    metrics = metrics_of(SeenGateway())
    counted = samples(metrics, "farshore_remedies_total")
    assert (len(counted), sum(counted.values())) == (len(Remedy) * len(RemedyResult), 0)
    applied = RemedyApplied(
        route="8082", remedy=Remedy.PING, subject="r1", why="", result=RemedyResult.HELPED, detail="", duration_ms=1.0
    )
    metrics.announce(applied)
    metrics.announce(RemedySuggested(route="8082", remedy=Remedy.REBIND, subject="s", why="", command=""))
    metrics.announce(RemedyWithheld(route="8082", remedy=Remedy.MOVE, subject="s", why=""))
    counted = samples(metrics, "farshore_remedies_total")
    assert {labels for labels, count in counted.items() if count} == {
        ("ping-router", "helped"),
        ("rebind", "suggested"),
        ("move-route", "withheld"),
    }


def test_reloads_are_counted_and_whether_the_file_is_carried_is_shown() -> None:
    metrics = metrics_of(SeenGateway())
    assert samples(metrics, "farshore_reloads_total") == {("applied",): 0, ("refused",): 0}
    shown = [samples(metrics, "farshore_configuration_current")[()]]
    for event in (REFUSED, applied(), applied("admin"), applied()):
        metrics.announce(event)
        shown.append(samples(metrics, "farshore_configuration_current")[()])
    assert shown == [1, 0, 1, 0, 1]
    assert samples(metrics, "farshore_reloads_total") == {("applied",): 3, ("refused",): 1}


def test_bytes_of_a_connection_whose_route_is_gone_are_counted() -> None:
    states = [connection_state(1, client_bytes=5, upstream_bytes=7)]
    metrics = metrics_of(SeenGateway(route_states=[], connection_states=states))
    assert samples(metrics, "farshore_bytes_total") == {("from_client", "8082"): 5, ("from_target", "8082"): 7}


def examined(incident: str, code: str | None) -> IncidentExamined:
    return IncidentExamined(
        incident=incident,
        routes=("8082",),
        code=code,
        title="",
        confidence="likely",
        candidates=(),
        router="r1",
        target="",
        command="",
        took_ms=1.0,
    )


def test_the_journal_says_what_it_wrote_and_what_it_lost() -> None:
    metrics = metrics_of(SeenGateway())
    assert samples(metrics, "farshore_journal_up") == {(): 1}
    assert samples(metrics, "farshore_journal_rows_total") == {("written",): 7, ("lost",): 2}
    assert samples(metrics, "farshore_journal_bytes") == {(): 4096}
    full = metrics_of(SeenGateway(), journal=replace(JOURNAL, problem="the disk is full"))
    assert samples(full, "farshore_journal_up") == {(): 0}
    assert samples(metrics_of(SeenGateway(), journal=None), "farshore_journal_up") == {}


def an_alert(state: AlertState) -> AlertChanged:
    return AlertChanged(
        alert=Alert(
            key="M01/r1",
            rule="outage",
            severity=Severity.PAGE,
            state=state,
            title="A router is dead",
            routes=("a",),
            since_s=1.0,
            at_s=2.0,
        )
    )


def test_an_alert_counts_once_as_long_as_it_fires() -> None:
    def pages() -> float:
        samples = exposed(metrics)["farshore_alerts_firing"].samples
        return sum(each.value for each in samples if each.labels == {"rule": "outage", "severity": "page"})

    metrics = metrics_of(SeenGateway())
    assert pages() == 0
    metrics.announce(an_alert(AlertState.FIRING))
    metrics.announce(an_alert(AlertState.FIRING))
    assert pages() == 1
    metrics.announce(an_alert(AlertState.RESOLVED))
    assert pages() == 0
