"""What Prometheus reads. Every label comes from the configuration or from a closed vocabulary, never from a client.

Events only add to plain numbers, which costs a connection a microsecond where the library's own counters cost five;
metrics are made of them when somebody asks, together with what the gateway says about its open connections.
"""

import platform
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from typing import Protocol

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from farshore import __version__
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
from farshore.core.outcome import Code, Phase
from farshore.core.remedy import Remedy, RemedyResult
from farshore.gateway.breaker import BreakerState
from farshore.gateway.gateway import ConnectionState, Readiness, RouteState
from farshore.tailnet.supervisor.state import Phase as TailscaledPhase

DIAL_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 7.5, 15.0)


class Kind(StrEnum):
    """How Prometheus counts."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One metric, for the code, the exposition and `docs/metrics.md`."""

    name: str
    kind: Kind
    labels: tuple[str, ...] = ()
    help: str


CONNECTIONS = Described(
    name="farshore_connections_total",
    kind=Kind.COUNTER,
    labels=("route", "egress", "code"),
    help="Client connections that ended, by how they ended.",
)
ACTIVE = Described(
    name="farshore_connections_active", kind=Kind.GAUGE, labels=("route",), help="Client connections open now."
)
HELD = Described(
    name="farshore_held",
    kind=Kind.GAUGE,
    labels=("route",),
    help="Open client connections that wait for a path, because none works.",
)
BYTES = Described(
    name="farshore_bytes_total",
    kind=Kind.COUNTER,
    labels=("route", "direction"),
    help="Bytes carried, open connections included; direction is from_client or from_target.",
)
DIAL = Described(
    name="farshore_dial_seconds",
    kind=Kind.HISTOGRAM,
    labels=("route", "egress"),
    help="Seconds from reaching for the egress to a connection with the target; failed dials are not in it.",
)
LEAKS = Described(
    name="farshore_leaks_total",
    kind=Kind.COUNTER,
    labels=("route", "egress", "connected"),
    help="Dials refused because they would leave, or (connected=true) had left, through this host's own network.",
)
PATHS = Described(
    name="farshore_path_state",
    kind=Kind.GAUGE,
    labels=("route", "path", "state"),
    help="1 for the state that a path is in, 0 for the others; of routes with several paths.",
)
PATH_CHANGES = Described(
    name="farshore_path_changes_total",
    kind=Kind.COUNTER,
    labels=("route", "path", "state"),
    help="Times that a path came into a state.",
)
OUTAGES = Described(
    name="farshore_outages_total",
    kind=Kind.COUNTER,
    labels=("route",),
    help="Times that clients of a route began to be held, because no path works.",
)
REPLAYS = Described(
    name="farshore_first_flights_replayed_total",
    kind=Kind.COUNTER,
    labels=("route",),
    help="Connections whose path died before the target answered, and whose first message was said again on another.",
)
OUTAGE = Described(
    name="farshore_outage",
    kind=Kind.GAUGE,
    labels=("route",),
    help="1 from the first client that is held until a path has answered and nobody waits any more.",
)
REMEDIES = Described(
    name="farshore_remedies_total",
    kind=Kind.COUNTER,
    labels=("remedy", "result"),
    help="Remedies applied, suggested or withheld in outages, by what came of it.",
)
HEALTH = Described(
    name="farshore_path_health",
    kind=Kind.GAUGE,
    labels=("route", "path", "health"),
    help="1 for what is known of a path without any client, 0 for the others.",
)
CHECKS = Described(
    name="farshore_path_checks_total",
    kind=Kind.COUNTER,
    labels=("route", "path", "result"),
    help="Checks of a path without any client, by result: answered, failed, doubtful, nothing.",
)
PROBES = Described(
    name="farshore_target_probes_total",
    kind=Kind.COUNTER,
    labels=("route", "path", "result"),
    help="Connections tried to a target without any client; connected and refused ones have reached it.",
)
REDUNDANCY = Described(
    name="farshore_redundancy_lost",
    kind=Kind.GAUGE,
    labels=("route",),
    help="1 while a route that has several paths has none to spare.",
)
TAILSCALED = Described(
    name="farshore_tailscaled_phase",
    kind=Kind.GAUGE,
    labels=("phase",),
    help="1 for the phase that a tailscaled started by Farshore is in, 0 for the others; absent without one.",
)
TAILSCALED_STARTS = Described(
    name="farshore_tailscaled_starts_total",
    kind=Kind.COUNTER,
    help="How often Farshore has started its tailscaled; absent without one.",
)
RELOADS = Described(
    name="farshore_reloads_total",
    kind=Kind.COUNTER,
    labels=("result",),
    help="Times the configuration was read again; result is applied or refused.",
)
CONFIGURATION_CURRENT = Described(
    name="farshore_configuration_current",
    kind=Kind.GAUGE,
    help="1 while what is carried is what the file says; 0 where it was refused, or some of it needs a restart.",
)
READY = Described(name="farshore_ready", kind=Kind.GAUGE, help="1 while /readyz answers 200.")
DRAINING = Described(name="farshore_draining", kind=Kind.GAUGE, help="1 after SIGTERM.")
LOG_LINES_DROPPED = Described(
    name="farshore_log_lines_dropped_total",
    kind=Kind.COUNTER,
    help="Log lines lost because nobody read standard output.",
)
BUILD = Described(
    name="farshore_build_info", kind=Kind.GAUGE, labels=("version", "python", "loop"), help="Always 1; what runs."
)
METRICS = (
    CONNECTIONS,
    ACTIVE,
    HELD,
    BYTES,
    DIAL,
    LEAKS,
    PATHS,
    PATH_CHANGES,
    OUTAGES,
    REPLAYS,
    OUTAGE,
    REMEDIES,
    HEALTH,
    CHECKS,
    PROBES,
    REDUNDANCY,
    TAILSCALED,
    TAILSCALED_STARTS,
    RELOADS,
    CONFIGURATION_CURRENT,
    READY,
    DRAINING,
    LOG_LINES_DROPPED,
    BUILD,
)


class Observed(Protocol):
    """What is read of a gateway when somebody asks."""

    def readiness(self) -> Readiness:
        """Whether it takes connections, and why not."""
        ...

    def routes(self) -> list[RouteState]:
        """Every route, open or not."""
        ...

    def connections(self) -> list[ConnectionState]:
        """Every open connection."""
        ...

    def open_bytes(self) -> dict[str, tuple[int, int]]:
        """Bytes that open connections have carried, by route: from clients, from targets."""
        ...


class Metrics(Collector):
    """Listens to events and renders the exposition."""

    def __init__(self, gateway: Observed, *, loop: str, log_lines_dropped: Callable[[], int]) -> None:
        self._gateway = gateway
        self._loop = loop
        self._log_lines_dropped = log_lines_dropped
        self._ended: Counter[tuple[str, str, Code]] = Counter()
        self._leaks: Counter[tuple[str, str, str]] = Counter()
        self._carried: defaultdict[str, _Carried] = defaultdict(_Carried)
        self._dials: defaultdict[tuple[str, str], _Dials] = defaultdict(_Dials)
        self._path_changes: Counter[tuple[str, str, str]] = Counter()
        self._outages: Counter[tuple[str]] = Counter()
        self._replays: Counter[tuple[str]] = Counter()
        self._ailing: dict[tuple[str], bool] = {}
        self._remedies = Counter({(remedy, result): 0 for remedy in Remedy for result in RemedyResult})
        self._checks: Counter[tuple[str, str, str]] = Counter()
        self._probes: Counter[tuple[str, str, str]] = Counter()
        self._without_redundancy: set[str] = set()
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
        yield self._dial_times()
        yield _gauge(ACTIVE, [((route.name,), route.active) for route in routes])
        yield _gauge(HELD, [((route.name,), route.held) for route in routes])
        yield _counter(BYTES, self._bytes(routes).items())
        yield _gauge(PATHS, _path_states(routes))
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
        yield from self._own_tailscaled()
        yield _counter(RELOADS, [((result,), count) for result, count in self._reloads.items()])
        yield _gauge(CONFIGURATION_CURRENT, [((), self._is_current)])
        yield _gauge(READY, [((), self._gateway.readiness().ready)])
        yield _gauge(DRAINING, [((), self._draining)])
        yield _counter(LOG_LINES_DROPPED, [((), self._log_lines_dropped())])
        yield _gauge(BUILD, [((__version__, platform.python_version(), self._loop), 1)])

    def _reloaded(self, event: ConfigurationApplied | ConfigurationRefused) -> None:
        self._reloads["applied" if isinstance(event, ConfigurationApplied) else "refused"] += 1
        self._is_current = isinstance(event, ConfigurationApplied) and not event.needs_restart

    def _connection_ended(self, event: ConnectionEnded) -> None:
        self._ended[event.route, event.egress, event.code] += 1
        carried = self._carried[event.route]
        carried.from_client += event.client_bytes
        carried.from_target += event.upstream_bytes
        if event.dial_ms is not None and event.code in _ESTABLISHED:
            dial_ms = (event.connect_ms or 0.0) + (event.handshake_ms or 0.0) + event.dial_ms
            self._dials[event.route, event.egress].observe(dial_ms / 1000)

    def _own_tailscaled(self) -> Iterator[Metric]:
        event = self._tailscaled
        if event is not None:
            yield _gauge(TAILSCALED, [((phase.value,), phase == event.phase) for phase in TailscaledPhase])
            yield _counter(TAILSCALED_STARTS, [((), event.starts)])

    def _show_zeros(self, event: ListenerOpened) -> None:
        """Show what may be alerted on from the start: a series that appears with its first leak has no rate."""
        for connected in (False, True):
            self._leaks[event.route, event.egress, _truth(connected)] += 0
        self._outages[event.route,] += 0
        self._replays[event.route,] += 0
        self._ailing.setdefault((event.route,), False)
        _ = self._dials[event.route, event.egress]

    def _dial_times(self) -> Metric:
        family = HistogramMetricFamily(DIAL.name, DIAL.help, labels=DIAL.labels)
        for labels, dials in self._dials.items():
            family.add_metric(labels, dials.buckets(), dials.sum_s)
        return family

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


FROM_CLIENT, FROM_TARGET = "from_client", "from_target"
_ESTABLISHED = frozenset(code for code in Code if code.phase in {Phase.FIRST_BYTE, Phase.TRANSFER})
_BUCKET_NAMES = [*map(floatToGoString, DIAL_BUCKETS_S), "+Inf"]


@dataclass(slots=True)
class _Carried:
    from_client: int = 0
    from_target: int = 0


@dataclass(slots=True)
class _Dials:
    sum_s: float = 0.0
    _counts: list[int] = field(default_factory=lambda: [0] * len(_BUCKET_NAMES))

    def observe(self, seconds: float) -> None:
        self.sum_s += seconds
        self._counts[bisect_left(DIAL_BUCKETS_S, seconds)] += 1

    def buckets(self) -> list[tuple[str, float]]:
        return list(zip(_BUCKET_NAMES, accumulate(self._counts), strict=True))


def _path_states(routes: list[RouteState]) -> Iterator[tuple[Sequence[str], float]]:
    for route in routes:
        for path in route.paths if len(route.paths) > 1 else ():
            for state in BreakerState:
                yield (route.name, path.name, state.value), path.state is state


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


def _truth(value: object) -> str:
    return "true" if value else "false"
