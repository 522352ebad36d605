"""What Prometheus reads: events are counted, and said in the metrics that `described` lists.

Events only add to plain numbers, which costs a connection a microsecond where the library's own counters cost five;
metrics are made of them when somebody asks, together with what the gateway says about its open connections.
"""

import platform
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from farshore import __version__
from farshore.core.alerts import AlertChanged, AlertState, NotificationFailed, NotificationSent
from farshore.core.events import (
    ConfigurationApplied,
    ConfigurationRefused,
    ConnectionEnded,
    DrainStarted,
    Event,
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
    remedy_result,
)
from farshore.core.incidents import IncidentClosed, IncidentExamined, IncidentMerged, IncidentOpened
from farshore.core.outcome import Code
from farshore.core.remedy import Remedy, RemedyResult
from farshore.gateway.breaker import BreakerState
from farshore.gateway.state import ConnectionState, Readiness, RouteState
from farshore.store.writer import JournalState
from farshore.surface.described import (
    ACTIVE,
    ALERTS,
    BUILD,
    BYTES,
    CHECKS,
    CONFIGURATION_CURRENT,
    CONNECTIONS,
    DRAINING,
    EXPORTS,
    HEALTH,
    HELD,
    INCIDENT,
    INCIDENTS,
    JOURNAL_BYTES,
    JOURNAL_ROWS,
    JOURNAL_UP,
    LEAKS,
    LOG_LINES_DROPPED,
    NOTIFICATIONS,
    OUTAGE,
    OUTAGES,
    PATH_CHANGES,
    PATH_CONNECTIONS,
    PATHS,
    PROBES,
    READY,
    REDUNDANCY,
    RELOADS,
    REMEDIES,
    REPLAYS,
    TAILSCALED,
    TAILSCALED_STARTS,
    Described,
)
from farshore.surface.dial_times import DialTimes
from farshore.tailnet.supervisor.state import Phase as TailscaledPhase
from farshore.watch.alerts.rules import DEFAULTS


class Observed(Protocol):
    """What is read of a gateway when somebody asks."""

    def readiness(self) -> Readiness:
        """Whether it takes connections, and why not."""
        ...

    def routes(self) -> list[RouteState]:
        """Every route, open or not."""
        ...

    def connections(self) -> Sequence[ConnectionState]:
        """Every open connection, the oldest first; each costs something to look at."""
        ...

    def open_bytes(self) -> dict[str, tuple[int, int]]:
        """Bytes that open connections have carried, by route: from clients, from targets."""
        ...


class Metrics(Collector):
    """Listens to events and renders the exposition."""

    def __init__(
        self,
        gateway: Observed,
        *,
        loop: str,
        log_lines_dropped: Callable[[], int],
        journal: Callable[[], JournalState | None] = lambda: None,
        channels: Sequence[str] = (),
    ) -> None:
        self._gateway = gateway
        self._loop = loop
        self._log_lines_dropped = log_lines_dropped
        self._journal = journal
        self.exports: Mapping[tuple[str, str], int] | None = None
        self._ended = Counter[tuple[str, str, Code]]()
        self._leaks: Counter[tuple[str, str, str]] = Counter()
        self._carried: defaultdict[str, _Carried] = defaultdict(_Carried)
        self.dials = DialTimes()
        self._path_changes: Counter[tuple[str, str, str]] = Counter()
        self._outages: Counter[tuple[str]] = Counter()
        self._replays: Counter[tuple[str]] = Counter()
        self._ailing: dict[tuple[str], bool] = {}
        self._remedies = Counter({(remedy, result): 0 for remedy in Remedy for result in RemedyResult})
        self._checks: Counter[tuple[str, str, str]] = Counter()
        self._probes: Counter[tuple[str, str, str]] = Counter()
        self._without_redundancy: set[str] = set()
        self._incidents: Counter[tuple[str]] = Counter()
        self._open_incidents: dict[str, str] = {}
        self._alerts: dict[str, tuple[str, str]] = {}
        self._notifications = Counter({(channel, result): 0 for channel in channels for result in _NOTIFIED})
        self._tailscaled: TailscaledChanged | None = None
        self._reloads = Counter(applied=0, refused=0)
        self._is_current = True
        self._draining = False
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(self)

    def announce(self, event: Event) -> None:
        """Count the event."""
        match event:
            case ConnectionEnded():
                self._connection_ended(event)
            case LeakRefused():
                self._leaks[event.route, event.egress, _truth(event.connected)] += 1
            case ListenerOpened():
                self._show_zeros(event)
            case PathChanged():
                self._path_changes[event.route, event.path, event.state] += 1
            case FirstFlightReplayed():
                self._replays[event.route,] += 1
            case OutageStarted() | OutageEnded():
                is_new = isinstance(event, OutageStarted)
                self._outages[event.route,] += is_new
                self._ailing[event.route,] = is_new
            case RemedyApplied() | RemedySuggested() | RemedyWithheld():
                self._remedies[event.remedy, remedy_result(event)] += 1
            case TailscaledChanged():
                self._tailscaled = event
            case DrainStarted():
                self._draining = True
            case _:
                self._count_the_rest(event)

    def _count_the_rest(self, event: Event) -> None:
        match event:
            case PathChecked():
                self._checks[event.route, event.path, event.result] += 1
            case TargetProbed():
                self._probes[event.route, event.path, event.result] += 1
            case RedundancyLost():
                self._without_redundancy.add(event.route)
            case ConfigurationApplied() | ConfigurationRefused():
                self._reloaded(event)
            case RedundancyRegained():
                self._without_redundancy.discard(event.route)
            case IncidentOpened():
                self._incidents[event.route,] += 1
                self._open_incidents[event.incident] = "none"
            case IncidentExamined():
                self._open_incidents[event.incident] = event.code or "undecided"
            case IncidentMerged() | IncidentClosed():
                self._open_incidents.pop(event.incident, None)
            case _:
                self._count_alerts(event)

    def _count_alerts(self, event: Event) -> None:
        match event:
            case AlertChanged(alert=alert):
                self._alerts.pop(alert.key, None)
                if alert.state is AlertState.FIRING and not alert.silenced:
                    self._alerts[alert.key] = alert.rule, alert.severity.value
            case NotificationSent() | NotificationFailed():
                self._notifications[event.channel, _notified(event)] += 1
            case _:
                pass

    def render(self, accept: str) -> tuple[bytes, str]:
        """The exposition in the best format that an `Accept` header allows, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def collect(self) -> Iterator[Metric]:
        """Everything, as it is now. Asked for by the registry."""
        routes = self._gateway.routes()
        yield _counter(CONNECTIONS, self._ended.items())
        yield _counter(LEAKS, self._leaks.items())
        yield self.dials.family()
        yield _gauge(ACTIVE, [((route.name,), route.active) for route in routes])
        yield _gauge(HELD, [((route.name,), route.held) for route in routes])
        yield _counter(BYTES, self._bytes(routes).items())
        yield _gauge(PATHS, _path_states(routes))
        yield _gauge(PATH_CONNECTIONS, _path_connections(routes))
        yield _counter(PATH_CHANGES, self._path_changes.items())
        yield _counter(OUTAGES, self._outages.items())
        yield _counter(REPLAYS, self._replays.items())
        yield _gauge(OUTAGE, self._ailing.items())
        yield _counter(REMEDIES, self._remedies.items())
        yield _gauge(HEALTH, _path_healths(routes))
        yield _counter(CHECKS, self._checks.items())
        yield _counter(PROBES, self._probes.items())
        several = [route.name for route in routes if len(route.paths) > 1]
        yield _gauge(REDUNDANCY, [((name,), name in self._without_redundancy) for name in several])
        yield _counter(INCIDENTS, self._incidents.items())
        causes = Counter((cause,) for cause in self._open_incidents.values())
        yield _gauge(INCIDENT, [(labels, causes[labels]) for labels in {*causes, ("none",)}])
        firing = Counter({(rule.value, usual.told.value): 0 for rule, usual in DEFAULTS.items()})
        firing.update(self._alerts.values())
        yield _gauge(ALERTS, firing.items())
        yield _counter(NOTIFICATIONS, self._notifications.items())
        if self.exports is not None:
            yield _counter(EXPORTS, self.exports.items())
        yield from self._own_tailscaled()
        yield _counter(RELOADS, [((result,), count) for result, count in self._reloads.items()])
        yield _gauge(CONFIGURATION_CURRENT, [((), self._is_current)])
        yield _gauge(READY, [((), self._gateway.readiness().ready)])
        yield _gauge(DRAINING, [((), self._draining)])
        yield _counter(LOG_LINES_DROPPED, [((), self._log_lines_dropped())])
        yield from self._journal_state()
        yield _gauge(BUILD, [((__version__, platform.python_version(), self._loop), 1)])

    def _reloaded(self, event: ConfigurationApplied | ConfigurationRefused) -> None:
        self._reloads["applied" if isinstance(event, ConfigurationApplied) else "refused"] += 1
        self._is_current = isinstance(event, ConfigurationApplied) and not event.needs_restart

    def _connection_ended(self, event: ConnectionEnded) -> None:
        self._ended[event.route, event.egress, event.code] += 1
        carried = self._carried[event.route]
        carried.from_client += event.client_bytes
        carried.from_target += event.upstream_bytes
        self.dials.observe(event)

    def _own_tailscaled(self) -> Iterator[Metric]:
        event = self._tailscaled
        if event is not None:
            yield _gauge(TAILSCALED, [((phase.value,), phase == event.phase) for phase in TailscaledPhase])
            yield _counter(TAILSCALED_STARTS, [((), event.starts)])

    def _journal_state(self) -> Iterator[Metric]:
        state = self._journal()
        if state is not None:
            yield _gauge(JOURNAL_UP, [((), state.problem is None)])
            yield _counter(JOURNAL_ROWS, [(("written",), state.written), (("lost",), state.lost)])
            yield _gauge(JOURNAL_BYTES, [((), state.size_bytes)])

    def _show_zeros(self, event: ListenerOpened) -> None:
        """Show what may be alerted on from the start: a series that appears with its first leak has no rate."""
        for connected in (False, True):
            self._leaks[event.route, event.egress, _truth(connected)] += 0
        self._outages[event.route,] += 0
        self._replays[event.route,] += 0
        self._incidents[event.route,] += 0
        self._ailing.setdefault((event.route,), False)
        self.dials.show_zeros(event.route, event.egress)

    def _bytes(self, routes: list[RouteState]) -> dict[tuple[str, str], float]:
        """Of ended connections and of open ones, which live for days where a pool keeps them."""
        sums = defaultdict[tuple[str, str], float](float)
        for route in routes:
            sums[route.name, FROM_CLIENT] = sums[route.name, FROM_TARGET] = 0.0
        for name, carried in self._carried.items():
            sums[name, FROM_CLIENT] = carried.from_client
            sums[name, FROM_TARGET] = carried.from_target
        for name, (from_client, from_target) in self._gateway.open_bytes().items():
            sums[name, FROM_CLIENT] = sums.get((name, FROM_CLIENT), 0.0) + from_client
            sums[name, FROM_TARGET] = sums.get((name, FROM_TARGET), 0.0) + from_target
        return sums


_NOTIFIED = ("sent", "retried", "failed")
FROM_CLIENT, FROM_TARGET = "from_client", "from_target"


@dataclass(slots=True)
class _Carried:
    from_client: int = 0
    from_target: int = 0


def _path_states(routes: list[RouteState]) -> Iterator[tuple[Sequence[str], float]]:
    for route in routes:
        for path in route.paths if len(route.paths) > 1 else ():
            for state in BreakerState:
                yield (route.name, path.name, state.value), path.state is state


def _path_connections(routes: list[RouteState]) -> Iterator[tuple[Sequence[str], float]]:
    for route in routes:
        for path in route.paths if len(route.paths) > 1 else ():
            yield (route.name, path.name), path.connections


def _path_healths(routes: list[RouteState]) -> Iterator[tuple[Sequence[str], float]]:
    for route in routes:
        for path in route.paths:
            for health in Health:
                yield (route.name, path.name, health.value), path.health is health


def _counter(described: Described, values: Iterable[tuple[Sequence[str], float]]) -> Metric:
    family = CounterMetricFamily(described.name, described.help, labels=described.labels)
    for labels, value in values:
        family.add_metric(labels, value)
    return family


def _gauge(described: Described, values: Iterable[tuple[Sequence[str], float]]) -> Metric:
    family = GaugeMetricFamily(described.name, described.help, labels=described.labels)
    for labels, value in values:
        family.add_metric(labels, value)
    return family


def _notified(event: NotificationSent | NotificationFailed) -> str:
    if isinstance(event, NotificationSent):
        return "sent"
    return "retried" if event.will_retry else "failed"


def _truth(value: object) -> str:
    return "true" if value else "false"
