"""Keeps what a collector is to be sent, within a bound, and sends it from a thread: no client waits for a collector."""

import asyncio
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol

import requests
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from prometheus_client.core import Metric as Family

from farshore import __version__
from farshore.config.otel import Otel
from farshore.core.clock import Clock
from farshore.core.events import AttemptFailed, ConnectionEnded, Event
from farshore.surface.exemplars import TraceIds
from farshore.surface.otel.origin import Origin
from farshore.surface.otel.points import metrics
from farshore.surface.otel.traces import Ended, Failed, spans

MOST_WAITING = 4096
MOST_AT_ONCE = 512
# Connections of which a dial has failed and that have not ended; clients that are held dial for long.
MOST_DIALLING = 4096
MOST_DIALS = 32
TRACES_EVERY_S = 2.0


class Collector(Protocol):
    """Where it goes. Both block for as long as an export may take, and say whether it was taken."""

    def take_spans(self, told: Sequence[ReadableSpan]) -> bool:
        """Send spans."""
        ...

    def take_metrics(self, told: MetricsData) -> bool:
        """Send metrics."""
        ...

    def close(self) -> None:
        """Give up what is under way."""
        ...


class OtlpCollector:
    """By OTLP over HTTP, without the environment's proxies."""

    def __init__(self, otel: Otel, headers: Mapping[str, str]) -> None:
        session = requests.Session()
        session.trust_env = False
        session.max_redirects = 0  # nobody else is told the headers
        sent = dict(headers)
        self._spans = OTLPSpanExporter(
            f"{otel.endpoint}/v1/traces", headers=sent, timeout=otel.timeout_s, session=session
        )
        self._metrics = OTLPMetricExporter(
            f"{otel.endpoint}/v1/metrics", headers=sent, timeout=otel.timeout_s, session=session
        )

    def take_spans(self, told: Sequence[ReadableSpan]) -> bool:
        """Whether the collector took them."""
        return self._spans.export(told) is SpanExportResult.SUCCESS

    def take_metrics(self, told: MetricsData) -> bool:
        """Whether the collector took them."""
        return self._metrics.export(told) is MetricExportResult.SUCCESS

    def close(self) -> None:
        """Wait for no retry any more."""
        self._spans.shutdown()  # type: ignore[no-untyped-call]
        self._metrics.shutdown()


class Exporter:
    """One gateway's. `counts` is of connections (`traces`) and of exports (`metrics`), by what became of them.

    `traces` knows which trace a connection's will be; None where no traces are sent.

    `warn` hears when a collector takes no more what it took, and when it does again.
    """

    def __init__(
        self,
        otel: Otel,
        collector: Collector,
        families: Callable[[], Iterable[Family]],
        *,
        warn: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._otel = otel
        self._collector = collector
        self._families = families
        self._clock = clock
        self.traces = TraceIds() if otel.traces else None
        self._ids = RandomIdGenerator()
        self._warn = warn
        self._takes: dict[str, bool] = {}
        self._origin = Origin.of(__version__)
        self._since_ns = int(clock.wall_s() * 1e9)
        self._dialling: OrderedDict[int, list[Failed]] = OrderedDict()
        self._waiting: deque[Ended] = deque()
        self._is_much = asyncio.Event()
        self._sending = threading.Lock()
        self.counts: Counter[tuple[str, str]] = Counter(
            {(signal, result): 0 for signal in ("traces", "metrics") for result in ("sent", "failed", "dropped")}
        )

    def announce(self, event: Event) -> None:
        """Keep what a trace is made of."""
        if self.traces is None:
            return
        match event:
            case AttemptFailed() if event.connection:
                self._dialled(event)
            case ConnectionEnded():
                self._ended(event, self.traces.of(event.connection))
            case _:
                pass

    def _dialled(self, event: AttemptFailed) -> None:
        if event.connection not in self._dialling and len(self._dialling) >= MOST_DIALLING:
            self._dialling.popitem(last=False)
        dials = self._dialling.setdefault(event.connection, [])
        if len(dials) < MOST_DIALS:
            dials.append(Failed(event=event, at_s=self._clock.wall_s()))

    def _ended(self, event: ConnectionEnded, trace: int) -> None:
        failed = tuple(self._dialling.pop(event.connection, ()))
        if len(self._waiting) >= MOST_WAITING:
            self.counts["traces", "dropped"] += 1
            return
        self._waiting.append(Ended(event=event, trace=trace, failed=failed))
        if len(self._waiting) >= MOST_AT_ONCE:
            self._is_much.set()

    async def run(self) -> None:
        """Send until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_traces())
            if self._otel.metrics:
                tasks.create_task(self._send_metrics())

    async def close(self) -> None:
        """Send what is left, once, and for no longer than an export may take."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._otel.timeout_s):
                await self._export_traces()
                if self._otel.metrics:
                    await self._export_metrics()
        self._collector.close()

    async def _send_traces(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TRACES_EVERY_S):
                    await self._is_much.wait()
            self._is_much.clear()
            await self._export_traces()

    async def _send_metrics(self) -> None:
        while True:
            await asyncio.sleep(self._otel.every_s)
            await self._export_metrics()

    async def _export_traces(self) -> None:
        while self._waiting:
            some = self._some()
            self._count("traces", len(some), await asyncio.to_thread(self._take_spans, some))

    async def _export_metrics(self) -> None:
        # Looked at here, where the gateway lives; only written and sent elsewhere.
        self._count("metrics", 1, await asyncio.to_thread(self._take_metrics, list(self._families())))

    def _count(self, signal: str, number: int, failure: str | None) -> None:
        self.counts[signal, "sent" if failure is None else "failed"] += number
        took, self._takes[signal] = self._takes.get(signal, True), failure is None
        if took and failure is not None:
            self._warn(f"the collector at {self._otel.endpoint} takes no {signal} ({failure}); they are dropped")
        elif failure is None and not took:
            self._warn(f"the collector at {self._otel.endpoint} takes {signal} again")

    def _some(self) -> list[Ended]:
        return [self._waiting.popleft() for _ in range(min(MOST_AT_ONCE, len(self._waiting)))]

    def _take_spans(self, some: Sequence[Ended]) -> str | None:
        told = [span for ended in some for span in spans(ended, self._origin, self._ids)]
        with self._sending:
            return _failure(partial(self._collector.take_spans, told))

    def _take_metrics(self, families: Sequence[Family]) -> str | None:
        now_ns = int(self._clock.wall_s() * 1e9)
        told = metrics(families, self._origin, since_ns=self._since_ns, now_ns=now_ns)
        with self._sending:
            return _failure(partial(self._collector.take_metrics, told))


def _failure(take: Callable[[], bool]) -> str | None:
    """Why it was not taken."""
    try:
        return None if take() else "not taken within the time, or refused"
    except Exception as error:  # noqa: BLE001 - whatever a collector does to the library, clients are served
        return type(error).__name__
