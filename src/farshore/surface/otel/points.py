"""What Prometheus reads, as OpenTelemetry's metrics: the same names and labels, cumulative since the start. Pure."""

from collections.abc import Iterable, Iterator

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from prometheus_client.core import Metric as Family

from farshore.surface.otel.origin import Origin

_CUMULATIVE = AggregationTemporality.CUMULATIVE


def metrics(families: Iterable[Family], origin: Origin, *, since_ns: int, now_ns: int) -> MetricsData:
    """All families as they are at `now_ns`, counted since `since_ns` (Unix nanoseconds)."""
    told = [_metric(family, since_ns, now_ns) for family in families]
    scoped = ScopeMetrics(scope=origin.scope, metrics=told, schema_url="")
    return MetricsData([ResourceMetrics(resource=origin.resource, scope_metrics=[scoped], schema_url="")])


def _metric(family: Family, since_ns: int, now_ns: int) -> Metric:
    data: Sum | Gauge | Histogram
    match family.type:
        case "counter":
            points = [
                NumberDataPoint(sample.labels, since_ns, now_ns, float(sample.value))
                for sample in family.samples
                if not sample.name.endswith("_created")
            ]
            data = Sum(points, _CUMULATIVE, is_monotonic=True)
        case "histogram":
            data = Histogram(list(_histograms(family, since_ns, now_ns)), _CUMULATIVE)
        case _:
            data = Gauge([NumberDataPoint(each.labels, since_ns, now_ns, float(each.value)) for each in family.samples])
    return Metric(name=_name(family), description=family.documentation, unit=_unit(family), data=data)


def _name(family: Family) -> str:
    """As Prometheus shows it: a collector that translates names adds no second `_total`."""
    return f"{family.name}_total" if family.type == "counter" else family.name


def _unit(family: Family) -> str:
    """By UCUM, where the name says which."""
    if family.name.endswith("_seconds"):
        return "s"
    return "By" if family.name.endswith("_bytes") else ""


def _histograms(family: Family, since_ns: int, now_ns: int) -> Iterator[HistogramDataPoint]:
    """One for each set of labels; Prometheus counts up to a bound, OpenTelemetry between two."""
    found: dict[tuple[tuple[str, str], ...], dict[str, float]] = {}
    for sample in family.samples:
        labels = tuple((name, value) for name, value in sample.labels.items() if name != "le")
        part = sample.labels.get("le") or sample.name.removeprefix(family.name)
        found.setdefault(labels, {})[part] = sample.value
    for labels, parts in found.items():
        bounds = sorted(float(part) for part in parts if part not in {"_sum", "_count", "_created", "+Inf"})
        upto = [next(count for part, count in parts.items() if part[0] != "_" and float(part) == at) for at in bounds]
        total = int(parts["+Inf"])
        steps = [int(count - before) for before, count in zip([0.0, *upto], [*upto, float(total)], strict=True)]
        yield HistogramDataPoint(
            attributes=dict(labels),
            start_time_unix_nano=since_ns,
            time_unix_nano=now_ns,
            count=total,
            sum=parts.get("_sum", 0.0),
            bucket_counts=steps,
            explicit_bounds=bounds,
            min=0.0,
            max=0.0,
        )
