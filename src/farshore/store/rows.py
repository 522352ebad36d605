"""Which event becomes a row of which table. No I/O.

A row's columns are the event's fields, by the same names; what has no table of its own goes into `events` as JSON.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import get_args, get_type_hints

import msgspec

from farshore.core.alerts import Alert, AlertChanged, AlertState
from farshore.core.events import Event, OutageEnded, RemedySuggested, RemedyWithheld, remedy_result
from farshore.core.incidents import IncidentClosed, IncidentExamined, IncidentMerged, IncidentOpened
from farshore.core.journal import TABLES, event_name
from farshore.core.sampled import TailscaledSampled

Value = str | int | float | bytes | None
Values = tuple[Value, ...]
PLAIN = frozenset({str, int, float, NoneType})

_END_OF_OUTAGE = """
UPDATE outages SET ended_us = :at_us, duration_s = :duration_s, served = :served, refused = :refused, proven = :proven
WHERE at_us = (SELECT max(at_us) FROM outages WHERE run = :run AND route = :route AND ended_us IS NULL)
"""
# An incident outlives the run that opened it, and without a folder the next one gives its name again.
_THE_INCIDENT = "at_us = (SELECT max(at_us) FROM incidents WHERE incident = :incident)"
_CONCLUDED = f"""
UPDATE incidents SET routes = :routes, examined_us = :at_us, code = :code, title = :title, confidence = :confidence,
router = :router, target = :target WHERE {_THE_INCIDENT}
"""  # noqa: S608 - words of the code
_MERGED = f"UPDATE incidents SET routes = :routes, merged_into = :into, ended_us = :at_us WHERE {_THE_INCIDENT}"  # noqa: S608
_CLOSED = f"""
UPDATE incidents SET routes = :routes, ended_us = :at_us, duration_s = :duration_s, proven = :proven
WHERE {_THE_INCIDENT}
"""  # noqa: S608
# Statements choose their key themselves: two alerts may be told within one microsecond.
_FIRING = """
INSERT INTO alerts (at_us, run, key, rule, severity, title, routes, since_s, incident, code, silenced, last_us, alert)
VALUES ((SELECT max(:at_us, ifnull(max(at_us), 0) + 1) FROM alerts), :run,
:key, :rule, :severity, :title, :routes, :since_s, :incident, :code, :silenced, :at_us, :alert)
ON CONFLICT (key) WHERE ended_us IS NULL DO UPDATE SET severity = excluded.severity, title = excluded.title,
routes = excluded.routes, since_s = excluded.since_s, incident = excluded.incident, code = excluded.code,
silenced = excluded.silenced, last_us = excluded.last_us, alert = excluded.alert
"""
_RESOLVED = """
UPDATE alerts SET title = :title, routes = :routes, incident = :incident, code = :code, last_us = :at_us,
ended_us = :at_us, alert = :alert WHERE key = :key AND ended_us IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """A row to add. Its `at_us` and its `run` come before `values`, and are put there when it is written.

    `at_us` is the time at which it was handed in; where two rows of a table share one, the second is a microsecond
    later, so that it is a key.
    """

    table: str
    columns: tuple[str, ...]
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement with its parameters, which may use `:at_us` and `:run` besides: for rows that change later."""

    sql: str
    values: Mapping[str, Value]


Entry = Event | Insert | Statement


def row_of(event: Event) -> Insert | Statement:
    """What is written of an event."""
    match event:
        case OutageEnded():
            return Statement(sql=_END_OF_OUTAGE, values=_fields(event))
        case RemedySuggested() | RemedyWithheld():
            fields = _fields(event) | {"result": remedy_result(event).value}
            return Insert(table="remedies", columns=tuple(fields), values=tuple(fields.values()))
        case TailscaledSampled():
            fields = _fields(event) | {"nodes": _json(event.nodes), "health": _json(event.health)}
            return Insert(table="samples", columns=tuple(fields), values=tuple(fields.values()))
        case _ if table := TABLES.get(type(event)):
            return Insert(table=table, columns=type(event).__struct_fields__, values=values_of(event))
        case _:
            return Insert(table="events", columns=("event", "fields"), values=(event_name(type(event)), _json(event)))


def besides(event: Event) -> Insert | Statement | None:
    """What is written of an event beside its own row: an incident and an alert have one that is kept up to date."""
    match event:
        case AlertChanged():
            return _of_alert(event.alert)
        case IncidentOpened():
            values = (event.incident, event.since_s, event.sign, _json((event.route,)))
            return Insert(table="incidents", columns=("incident", "since_s", "sign", "routes"), values=values)
        case IncidentExamined():
            return _of_incident(_CONCLUDED, event, "code", "title", "confidence", "router", "target")
        case IncidentMerged():
            return _of_incident(_MERGED, event, "into")
        case IncidentClosed():
            return _of_incident(_CLOSED, event, "duration_s", "proven")
        case _:
            return None


def _of_incident(sql: str, event: IncidentExamined | IncidentMerged | IncidentClosed, *names: str) -> Statement:
    fields = {name: getattr(event, name) for name in names}
    return Statement(sql=sql, values=fields | {"incident": event.incident, "routes": _json(event.routes)})


def _of_alert(alert: Alert) -> Statement:
    fields: dict[str, Value] = {
        name: getattr(alert, name) for name in ("key", "rule", "title", "since_s", "incident", "code")
    }
    fields |= {"severity": alert.severity.value, "silenced": int(alert.silenced)}
    fields |= {"routes": _json(alert.routes), "alert": _json(alert)}
    return Statement(sql=_RESOLVED if alert.state is AlertState.RESOLVED else _FIRING, values=fields)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def values_of(event: Event) -> Values:
    """The fields of an event, in the order in which it declares them, as SQLite takes them at once.

    It would ask itself anew for each truth value and each member of an enumeration how to keep it, which costs a third
    of the row.
    """
    read, others = _reading(type(event))
    values = list(read(event))
    for at in others:
        found = msgspec.to_builtins(values[at])
        values[at] = int(found) if isinstance(found, bool) else found
    return tuple(values)


@cache
def _reading(kind: type[Event]) -> tuple[Callable[[Event], Values], tuple[int, ...]]:
    """How the fields are read, and the places of those that are not plain."""
    names, kinds = kind.__struct_fields__, get_type_hints(kind)
    others = (at for at, name in enumerate(names) if not {*(get_args(kinds[name]) or [kinds[name]])} <= PLAIN)
    return attrgetter(*names), tuple(others)


def _fields(event: Event) -> dict[str, Value]:
    fields: dict[str, Value] = msgspec.to_builtins(event)
    return fields
