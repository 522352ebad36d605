"""The last hour of a journal, counted: what the page shows again after a restart. Only reads, within bounds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from farshore.core.clock import Clock
from farshore.core.events import Health
from farshore.core.outcome import Code
from farshore.store.database import NotOpened, open_readonly

SPAN_S = 3600
STEP_S = 10
WAITS = 200
MOST = 10_000
# How long before the hour a path's last change may lie.
BEFORE_S = 86_400
_SLICE = 1000
_MICRO = 1_000_000
# Another version may have written others.
_CODES, _HEALTHS = frozenset(map(str, Code)), frozenset(map(str, Health))

_ENDED = "SELECT route, code, count(*) FROM connections WHERE at_us >= ? AND at_us < ? GROUP BY route, code LIMIT ?"
_WAITS = "SELECT reached_ms FROM connections WHERE at_us >= ? AND at_us < ? AND reached_ms IS NOT NULL LIMIT ?"
_BEFORE = """
SELECT max(at_us), route, path, health FROM path_health WHERE at_us >= ? AND at_us < ? GROUP BY route, path LIMIT ?
"""
_HEALTH = "SELECT at_us, route, path, health FROM path_health WHERE at_us >= ? AND at_us < ? ORDER BY at_us LIMIT ?"
_OUTAGES = "SELECT route, at_us, ended_us FROM outages WHERE at_us >= ? AND at_us < ? AND ended_us NOTNULL LIMIT ?"
_LAST_SIGN = """
SELECT max(ifnull((SELECT max(at_us) FROM connections WHERE at_us < :until), 0),
ifnull((SELECT max(at_us) FROM checks WHERE at_us < :until), 0),
ifnull((SELECT max(at_us) FROM path_health WHERE at_us < :until), 0),
ifnull((SELECT max(ended_us) FROM runs WHERE at_us < :until), 0))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How many connections of a route ended with this code in the ten seconds that begin `at_s`."""

    at_s: int
    route: str
    code: Code
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A path's health from `at_s` on."""

    at_s: float
    route: str
    path: str
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """An hour; times in seconds since 1970 UTC. `waits_ms`: of each step some clients', from accept to a target.

    `outages` are a route with its span. After `last_s` no gateway ran.
    """

    ended: tuple[Ended, ...] = ()
    waits_ms: dict[int, tuple[float, ...]] = field(default_factory=dict[int, tuple[float, ...]])
    health: tuple[Known, ...] = ()
    outages: tuple[tuple[str, float, float], ...] = ()
    last_s: float = 0.0


def lately(path: Path, until_s: float, clock: Clock, *, within_s: float) -> Lately | NotOpened:
    """The hour up to `until_s`, the latest first: what cannot be read `within_s` seconds is left out."""
    connection = open_readonly(path)
    if isinstance(connection, NotOpened):
        return connection
    end_s = clock.monotonic_s() + within_s
    with closing(connection):
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        connection.set_progress_handler(lambda: clock.monotonic_s() >= end_s, _SLICE)
        try:
            return _read(connection, until_s)
        except sqlite3.Error as error:
            return NotOpened(reason=str(error), is_lasting=False)


def _read(connection: sqlite3.Connection, until_s: float) -> Lately:
    span = (int((until_s - SPAN_S) * _MICRO), int(until_s * _MICRO))
    health = tuple(_health(connection, span))
    outages = tuple(
        (route, since_us / _MICRO, ended_us / _MICRO)
        for route, since_us, ended_us in connection.execute(_OUTAGES, (*span, MOST))
    )
    ((last_us,),) = connection.execute(_LAST_SIGN, {"until": span[1]})
    ended: list[Ended] = []
    waits_ms: dict[int, tuple[float, ...]] = {}
    try:
        for start_s in range(int(until_s) // STEP_S * STEP_S, int(until_s) - SPAN_S, -STEP_S):
            step = (start_s * _MICRO, min((start_s + STEP_S) * _MICRO, span[1]))
            ended += _ended(connection, start_s, step)
            if waits := tuple(waited for (waited,) in connection.execute(_WAITS, (*step, WAITS))):
                waits_ms[start_s] = waits
    except sqlite3.OperationalError:
        pass  # the time is over: what there is of the hour is better than nothing
    return Lately(ended=tuple(ended), waits_ms=waits_ms, health=health, outages=outages, last_s=last_us / _MICRO)


def _ended(connection: sqlite3.Connection, start_s: int, step: tuple[int, int]) -> Iterator[Ended]:
    for route, code, count in connection.execute(_ENDED, (*step, MOST)):
        if code in _CODES:
            yield Ended(at_s=start_s, route=route, code=Code(code), count=count)


def _health(connection: sqlite3.Connection, span: tuple[int, int]) -> Iterator[Known]:
    """What was known when the hour began, then what changed in it."""
    before = connection.execute(_BEFORE, (span[0] - BEFORE_S * _MICRO, span[0], MOST))
    changed = connection.execute(_HEALTH, (*span, MOST))
    for at_us, route, path, health in (*before, *changed):
        if health in _HEALTHS:
            yield Known(at_s=max(at_us, span[0]) / _MICRO, route=route, path=path, health=Health(health))
