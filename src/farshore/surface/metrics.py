"""What Prometheus reads. Every label comes from the configuration or from a closed vocabulary, never from a client.

Counters are kept by the events; what changes while a connection lives is read from the gateway when somebody asks.
"""

import platform
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from farshore import __version__
from farshore.core.events import ConnectionEnded, DrainStarted, Event, LeakRefused, ListenerOpened
from farshore.core.outcome import Code, Phase
from farshore.gateway.gateway import ConnectionState, Readiness, RouteState

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
METRICS = (CONNECTIONS, ACTIVE, BYTES, DIAL, LEAKS, READY, DRAINING, LOG_LINES_DROPPED, BUILD)


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


class Metrics:
    """Listens to events and renders the exposition."""

    def __init__(self, gateway: Observed, *, loop: str, log_lines_dropped: Callable[[], int]) -> None:
        # A second series for each one, with the time it was made, which nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._ended = Counter(CONNECTIONS.name, CONNECTIONS.help, CONNECTIONS.labels, registry=self._registry)
        self._leaks = Counter(LEAKS.name, LEAKS.help, LEAKS.labels, registry=self._registry)
        self._dial = Histogram(DIAL.name, DIAL.help, DIAL.labels, buckets=DIAL_BUCKETS_S, registry=self._registry)
        self._draining = Gauge(DRAINING.name, DRAINING.help, registry=self._registry)
        build = Gauge(BUILD.name, BUILD.help, BUILD.labels, registry=self._registry)
        build.labels(__version__, platform.python_version(), loop).set(1)
        self._ended_of: dict[tuple[str, str, Code], Counter] = {}
        self._dial_of: dict[tuple[str, str], Histogram] = {}
        self._live = _LiveCollector(gateway, log_lines_dropped)
        self._registry.register(self._live)

    def announce(self, event: Event) -> None:
        """Count the event."""
        match event:
            case ConnectionEnded():
                self._connection_ended(event)
            case LeakRefused():
                self._leaks.labels(event.route, event.egress, _truth(event.connected)).inc()
            case ListenerOpened():
                self._show_zeros(event)
            case DrainStarted():
                self._draining.set(1)
            case _:
                pass

    def render(self, accept: str) -> tuple[bytes, str]:
        """The exposition in the best format that an `Accept` header allows, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def _connection_ended(self, event: ConnectionEnded) -> None:
        ended = self._ended_of.get(key := (event.route, event.egress, event.code))
        if ended is None:
            ended = self._ended_of[key] = self._ended.labels(*key)
        ended.inc()
        self._live.add(event.route, event.client_bytes, event.upstream_bytes)
        if event.dial_ms is not None and event.code.phase in _ESTABLISHED:
            dial_ms = (event.connect_ms or 0.0) + (event.handshake_ms or 0.0) + event.dial_ms
            self._dial_of[event.route, event.egress].observe(dial_ms / 1000)

    def _show_zeros(self, event: ListenerOpened) -> None:
        """Show what may be alerted on from the start: a series that appears with its first leak has no rate."""
        for connected in (False, True):
            self._leaks.labels(event.route, event.egress, _truth(connected))
        self._dial_of[event.route, event.egress] = self._dial.labels(event.route, event.egress)


_ESTABLISHED = frozenset({Phase.FIRST_BYTE, Phase.TRANSFER})


class _LiveCollector(Collector):
    def __init__(self, gateway: Observed, log_lines_dropped: Callable[[], int]) -> None:
        self._gateway = gateway
        self._log_lines_dropped = log_lines_dropped
        self._ended_bytes: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))

    def add(self, route: str, client_bytes: int, upstream_bytes: int) -> None:
        before = self._ended_bytes[route]
        self._ended_bytes[route] = before[0] + client_bytes, before[1] + upstream_bytes

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        active = GaugeMetricFamily(ACTIVE.name, ACTIVE.help, labels=ACTIVE.labels)
        carried = CounterMetricFamily(BYTES.name, BYTES.help, labels=BYTES.labels)
        totals = self._bytes()
        for route in self._gateway.routes():
            active.add_metric([route.name], route.active)
            from_client, from_target = totals[route.name]
            carried.add_metric([route.name, "from_client"], from_client)
            carried.add_metric([route.name, "from_target"], from_target)
        yield active
        yield carried
        yield GaugeMetricFamily(READY.name, READY.help, value=int(self._gateway.readiness().ready))
        yield CounterMetricFamily(LOG_LINES_DROPPED.name, LOG_LINES_DROPPED.help, value=self._log_lines_dropped())

    def _bytes(self) -> defaultdict[str, tuple[int, int]]:
        totals = self._ended_bytes.copy()
        for connection in self._gateway.connections():
            before = totals[connection.route]
            totals[connection.route] = before[0] + connection.client_bytes, before[1] + connection.upstream_bytes
        return totals


def _truth(value: object) -> str:
    return "true" if value else "false"
