import asyncio
import threading
from collections.abc import Callable, Sequence

import msgspec
import pytest
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from prometheus_client.core import GaugeMetricFamily
from tests.unit.surface.otel.test_traces import REFUSED
from tests.unit.surface.seen import StoppedClock, ended

from farshore.config.otel import Otel
from farshore.core.events import ConnectionEnded
from farshore.surface.otel import exporter as module
from farshore.surface.otel.exporter import MOST_AT_ONCE, MOST_WAITING, Exporter

pytestmark = pytest.mark.anyio


class Seen:
    """A collector that keeps what it is sent, and answers as it is told to."""

    def __init__(self, take: Callable[[], bool] = lambda: True) -> None:
        self.spans: list[ReadableSpan] = []
        self.exports: list[MetricsData] = []
        self.closed = False
        self._take = take

    def take_spans(self, told: Sequence[ReadableSpan]) -> bool:
        self.spans += told
        return self._take()

    def take_metrics(self, told: MetricsData) -> bool:
        self.exports.append(told)
        return self._take()

    def close(self) -> None:
        self.closed = True


def exporter(collector: Seen, warned: list[str] | None = None, **settings: object) -> Exporter:
    otel = Otel.model_validate({"endpoint": "http://c:4318", **settings})
    warn = (warned if warned is not None else list[str]()).append
    return Exporter(otel, collector, lambda: [GaugeMetricFamily("up", "", value=1)], warn=warn, clock=StoppedClock())


def connection(number: int) -> ConnectionEnded:
    return msgspec.structs.replace(ended(), connection=number)


async def test_what_is_left_at_the_end_is_sent() -> None:
    collector = Seen()
    one = exporter(collector)
    one.announce(REFUSED)
    one.announce(connection(7))
    one.announce(connection(8))
    await one.close()
    dialled = "dial 172.16.20.88:1433"
    assert [span.name for span in collector.spans] == ["8082", "dial r1", dialled, "8082", dialled]
    assert len(collector.exports) == 1
    assert collector.closed
    assert (one.counts["traces", "sent"], one.counts["metrics", "sent"]) == (2, 1)


async def test_what_a_dead_collector_would_be_sent_has_a_bound() -> None:
    one = exporter(Seen())
    for number in range(MOST_WAITING + 3):
        one.announce(connection(number))
    assert one.counts["traces", "dropped"] == 3


async def test_dials_of_connections_that_never_end_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DIALLING", 2)
    monkeypatch.setattr(module, "MOST_DIALS", 3)
    collector = Seen()
    one = exporter(collector)
    for number in (7, 8, 9):
        for _ in range(5):
            one.announce(msgspec.structs.replace(REFUSED, connection=number))
    for number in (7, 8, 9):
        one.announce(connection(number))
    await one.close()
    assert [span.name for span in collector.spans].count("dial r1") == 2 * 3


async def test_dials_of_nobody_are_not_kept() -> None:
    collector = Seen()
    one = exporter(collector)
    one.announce(msgspec.structs.replace(REFUSED, connection=0))
    one.announce(connection(0))
    await one.close()
    assert [span.name for span in collector.spans] == ["8082", "dial 172.16.20.88:1433"]


async def test_a_collector_that_hangs_holds_nobody_up() -> None:
    began, go = threading.Event(), threading.Event()

    def hang() -> bool:
        began.set()
        return go.wait(60)

    collector = Seen(hang)
    one = exporter(collector)
    running = asyncio.create_task(one.run())
    for number in range(MOST_AT_ONCE):
        one.announce(connection(number))
    await asyncio.to_thread(began.wait, 60)
    one.announce(connection(9999))
    assert not running.done()
    running.cancel()
    go.set()
    await asyncio.wait([running])
    await one.close()
    told = [span.attributes["farshore.connection"] for span in collector.spans if span.attributes and not span.parent]
    assert told[-1] == 9999


def refuse() -> bool:
    return False


def fall() -> bool:
    raise OSError


@pytest.mark.parametrize("fails", [refuse, fall])
async def test_what_is_not_taken_is_counted_and_said_once(fails: Callable[[], bool]) -> None:
    answers = [fails, fails]
    warned: list[str] = []

    def answer() -> bool:
        return answers.pop(0)() if answers else True

    one = exporter(Seen(answer), warned, metrics=False)
    for number in range(2 * MOST_AT_ONCE + 1):
        one.announce(connection(number))
    await one.close()
    assert (one.counts["traces", "failed"], one.counts["traces", "sent"]) == (2 * MOST_AT_ONCE, 1)
    assert [told.partition("takes ")[2].split()[:2] for told in warned] == [["no", "traces"], ["traces", "again"]]


async def test_only_what_is_asked_for_is_sent() -> None:
    collector = Seen()
    one = exporter(collector, traces=False)
    one.announce(connection(1))
    await one.close()
    assert (collector.spans, len(collector.exports)) == ([], 1)
