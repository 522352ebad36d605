from typing import Any

from opentelemetry.sdk.metrics.export import Gauge, Histogram, Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from tests.unit.surface.seen import SeenGateway, ended

from farshore.surface.metrics import Metrics
from farshore.surface.otel.origin import Origin
from farshore.surface.otel.points import metrics

SINCE_NS, NOW_NS = 1_000, 2_000


def told(*families: Metric) -> dict[str, Any]:
    data = metrics(families, Origin.of("1"), since_ns=SINCE_NS, now_ns=NOW_NS)
    (resource,) = data.resource_metrics
    (scope,) = resource.scope_metrics
    return {metric.name: metric for metric in scope.metrics}


def test_a_counter_grows_since_the_start_and_keeps_its_name() -> None:
    family = CounterMetricFamily("farshore_bytes_total", "Bytes.", labels=("route",))
    family.add_metric(("billing",), 7)
    metric = told(family)["farshore_bytes_total"]
    assert isinstance(metric.data, Sum)
    assert metric.data.is_monotonic
    (point,) = metric.data.data_points
    assert (point.attributes, point.value) == ({"route": "billing"}, 7)
    assert (point.start_time_unix_nano, point.time_unix_nano) == (SINCE_NS, NOW_NS)


def test_a_gauge_is_what_it_is_now() -> None:
    family = GaugeMetricFamily("farshore_queue_bytes", "Bytes.", value=3)
    metric = told(family)["farshore_queue_bytes"]
    assert isinstance(metric.data, Gauge)
    assert [point.value for point in metric.data.data_points] == [3]
    assert (metric.unit, metric.description) == ("By", "Bytes.")


def test_a_histogram_counts_between_its_bounds() -> None:
    family = HistogramMetricFamily("farshore_dial_seconds", "Dials.", labels=("route",))
    family.add_metric(("a",), [("0.1", 2), ("1.0", 5), ("+Inf", 6)], sum_value=4.5)
    family.add_metric(("b",), [("0.1", 0), ("1.0", 0), ("+Inf", 0)], sum_value=0)
    metric = told(family)["farshore_dial_seconds"]
    assert isinstance(metric.data, Histogram)
    first, second = metric.data.data_points
    assert (first.bucket_counts, first.explicit_bounds, first.count, first.sum) == ([2, 3, 1], [0.1, 1.0], 6, 4.5)
    assert (second.attributes, second.bucket_counts) == ({"route": "b"}, [0, 0, 0])
    assert metric.unit == "s"


def test_everything_that_prometheus_reads_is_there() -> None:
    seen = Metrics(SeenGateway(), loop="asyncio", log_lines_dropped=lambda: 0)
    seen.announce(ended())
    families = list(seen.collect())
    names = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    assert set(told(*families)) == names


def test_what_is_true_is_one() -> None:
    family = GaugeMetricFamily("farshore_ready", "Whether.", value=True)
    (point,) = told(family)["farshore_ready"].data.data_points
    assert repr(point.value) == "1.0"
