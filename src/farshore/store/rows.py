"""Which event becomes a row of which table. No I/O.

A row's columns are the event's fields, by the same names; what has no table of its own goes into `events` as JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from farshore.core.events import Event, OutageEnded, RemedySuggested, RemedyWithheld, remedy_result
from farshore.core.journal import TABLES, event_name

Value = str | int | float | bytes | None
Values = tuple[Value, ...]

_END_OF_OUTAGE = """
UPDATE outages SET ended_us = :at_us, duration_s = :duration_s, served = :served, refused = :refused, proven = :proven
WHERE at_us = (SELECT max(at_us) FROM outages WHERE run = :run AND route = :route AND ended_us IS NULL)
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
        case _ if table := TABLES.get(type(event)):
            return Insert(table=table, columns=type(event).__struct_fields__, values=values_of(event))
        case _:
            written = msgspec.json.encode(event).decode()
            return Insert(table="events", columns=("event", "fields"), values=(event_name(type(event)), written))


def values_of(event: Event) -> Values:
    """The fields of an event, in the order in which it declares them, as SQLite takes them."""
    return tuple(_fields(event).values())


def _fields(event: Event) -> dict[str, Value]:
    fields: dict[str, Value] = msgspec.to_builtins(event)
    return fields
