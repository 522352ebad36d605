"""A Grafana dashboard over one or more gateways: is it working, for whom not, why, and on which path."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from farshore.surface import described
from farshore.surface.export.shares import Kind, matcher, rate

COLUMNS = 24
_HEIGHT = 8
_SCHEMA = 39
_WINDOW = "$__rate_interval"
_TAIL = 0.99
_ROUTE = "route=~'$route'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One line of a panel, or a family of lines, each named by `legend`; `exemplar` asks for points to follow."""

    expr: str
    legend: str
    exemplar: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture. `kind` and `unit` are Grafana's names."""

    title: str
    kind: str
    unit: str
    queries: tuple[Query, ...]
    width: int = COLUMNS // 2
    description: str = ""


def panels() -> Iterator[Panel]:
    """From top to bottom: the answer first, then who and why, then the ways, then the gateway itself."""
    total = described.CONNECTIONS.name
    failed, counted = (rate(kind, _WINDOW, f",{_ROUTE}") for kind in (Kind.FAILED, Kind.COUNTED))
    yield Panel(
        title="Connections that go well",
        kind="stat",
        unit="percentunit",
        width=6,
        queries=(Query(expr=f"1 - (sum({failed}) or vector(0)) / sum({counted})", legend=""),),
    )
    yield _stat("Routes in an outage", f"sum(max by (route) ({described.OUTAGE.name}{{{_ROUTE}}}))")
    yield _stat("Clients held", f"sum({described.HELD.name}{{{_ROUTE}}})")
    yield _stat("Routes without a spare path", f"sum(max by (route) ({described.REDUNDANCY.name}{{{_ROUTE}}}))")
    yield Panel(
        title="Failures by cause",
        kind="timeseries",
        unit="cps",
        description="Each code is explained in docs/outcomes.md.",
        queries=(
            Query(
                expr=f"sum by (route, code) (rate({total}{{{_ROUTE},{matcher(Kind.FAILED)}}}[{_WINDOW}])) > 0",
                legend="{{route}} {{code}}",
            ),
        ),
    )
    yield Panel(
        title="Share that fails",
        kind="timeseries",
        unit="percentunit",
        queries=(Query(expr=f"{failed} / {counted}", legend="{{route}}"),),
    )
    yield _rate("New connections", "cps", f"{total}{{{_ROUTE}}}", "route", "{{route}}")
    yield _gauge("Open connections", f"sum by (route) ({described.ACTIVE.name}{{{_ROUTE}}})", "{{route}}")
    dial = f"{described.DIAL.name}_bucket{{{_ROUTE}}}"
    yield Panel(
        title="Time to a connection with the target",
        kind="timeseries",
        unit="s",
        queries=tuple(
            Query(
                expr=f"histogram_quantile({quantile}, sum by (le, route) (rate({dial}[{_WINDOW}])))",
                legend=f"{{{{route}}}} p{round(quantile * 100)}",
                exemplar=quantile == _TAIL,
            )
            for quantile in (0.5, 0.95, _TAIL)
        ),
    )
    yield _rate("Bytes", "Bps", f"{described.BYTES.name}{{{_ROUTE}}}", "route, direction", "{{route}} {{direction}}")
    state = f"{described.PATHS.name}{{{_ROUTE},state='open'}}"
    yield _gauge("Paths out of their place", f"max by (route, path) ({state})", "{{route}} {{path}}")
    yield _gauge(
        "Connections by path", f"sum by (route, path) ({described.PATH_CONNECTIONS.name}{{{_ROUTE}}})", "{{path}}"
    )
    yield _gauge("Incidents open, by cause", f"sum by (cause) ({described.INCIDENT.name})", "{{cause}}")
    yield _rate("Remedies", "cps", described.REMEDIES.name, "remedy, result", "{{remedy}} {{result}}")
    yield _rate("Processor", "percentunit", "process_cpu_seconds_total", "instance", "{{instance}}")
    yield Panel(
        title="Memory",
        kind="timeseries",
        unit="bytes",
        queries=(Query(expr="process_resident_memory_bytes", legend="{{instance}}"),),
    )


def dashboard() -> str:
    """The dashboard as Grafana imports it, JSON; it asks for its data source and can be narrowed to routes."""
    label = f"label_values({described.ACTIVE.name}, route)"
    variables = [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        {
            "name": "route",
            "label": "Route",
            "type": "query",
            "datasource": _SOURCE,
            "query": {"query": label, "refId": "routes"},
            "includeAll": True,
            "multi": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
            "refresh": 2,
            "sort": 1,
        },
    ]
    written = {
        "uid": "farshore",
        "title": "Farshore",
        "tags": ["farshore"],
        "schemaVersion": _SCHEMA,
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-3h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": variables},
        "panels": list(_placed(panels())),
    }
    return json.dumps(written, indent=2) + "\n"


_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def _stat(title: str, expr: str) -> Panel:
    return Panel(title=title, kind="stat", unit="none", width=6, queries=(Query(expr=expr, legend=""),))


def _gauge(title: str, expr: str, legend: str) -> Panel:
    return Panel(title=title, kind="timeseries", unit="short", queries=(Query(expr=expr, legend=legend),))


def _rate(title: str, unit: str, selector: str, by: str, legend: str) -> Panel:
    query = Query(expr=f"sum by ({by}) (rate({selector}[{_WINDOW}]))", legend=legend)
    return Panel(title=title, kind="timeseries", unit=unit, queries=(query,))


def _placed(drawn: Iterator[Panel]) -> Iterator[dict[str, object]]:
    x = y = height = 0
    for number, panel in enumerate(drawn, start=1):
        if x + panel.width > COLUMNS:
            x, y = 0, y + height
        height = _HEIGHT // 2 if panel.kind == "stat" else _HEIGHT
        yield {
            "id": number,
            "title": panel.title,
            "description": panel.description,
            "type": panel.kind,
            "datasource": _SOURCE,
            "gridPos": {"x": x, "y": y, "w": panel.width, "h": height},
            "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
            "targets": [
                {
                    "refId": chr(ord("A") + index),
                    "expr": query.expr,
                    "legendFormat": query.legend,
                    "exemplar": query.exemplar,
                    "datasource": _SOURCE,
                }
                for index, query in enumerate(panel.queries)
            ],
        }
        x += panel.width
