"""Watches the routes, opens incidents, has them examined, and closes them; tells all of it as events.

`announce` takes what happens, `run` looks a few times a second. One examination runs at a time: the oldest incident's
that is due. It is due at once, then after `AGAIN_S` each, and soon after a remedy or a change of a path's health.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from farshore.core.clock import Clock
from farshore.core.events import (
    Announce,
    ConnectionEnded,
    Event,
    Health,
    HealthChanged,
    OutageEnded,
    OutageStarted,
    RemedyApplied,
)
from farshore.core.incidents import (
    IncidentClosed,
    IncidentExamined,
    IncidentMerged,
    IncidentNotExamined,
    IncidentNotKept,
    IncidentOpened,
)
from farshore.gateway.state import RouteState
from farshore.incident.book import Book, Incident
from farshore.incident.conclusion import Conclusion, conclude
from farshore.incident.course import Shift, Tried, course_of
from farshore.incident.examiner import FIRST_WITHIN_S, WITHIN_S, Examined, NotExamined
from farshore.incident.history import earlier
from farshore.incident.record import Record, incident_of, record_of
from farshore.incident.shelf import Shelf
from farshore.incident.threshold import WELL_S, Threshold
from farshore.watch.windows.sample import sample_of

LOOK_S = 0.25
AGAIN_S = (10.0, 30.0, 60.0, 300.0)
SOON_S = 3.0
KEPT = 50
# A path goes down before its clients are known to fail: as long before, and so many changes, are looked back on.
BEFORE_S = 30.0
# A connection that failed first may be written down a moment before.
MARGIN_S = 5.0
RECENT = 100
# Of an incident that was closed so long ago the report is written after all, where a gateway ended before it was.
LATE_S = 3600.0


class Examines(Protocol):
    """Who gathers and diagnoses."""

    async def examine(self, routes: Sequence[str], *, within_s: float, since_s: float) -> Examined | NotExamined:
        """Look at these routes for so many seconds; only what happened `since_s` (Unix time) counts."""
        ...


class Reports(Protocol):
    """Who writes the report on an incident that is over."""

    async def report(self, incident: str) -> str | None:
        """Write it into the incident's folder; the reason where it could not be."""
        ...


@dataclass(slots=True, kw_only=True)
class _Due:
    """When an incident is examined next, when it last was, and how often."""

    at_s: float
    last_s: float = 0.0
    times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a recorder looks at, and whom it tells. Without a `reporter` nobody writes reports.

    An incident is closed when its routes have been well for `well_s`.
    """

    routes: Callable[[], Sequence[RouteState]]
    examiner: Examines
    announce: Announce
    clock: Clock
    reporter: Reports | None = None
    well_s: float = WELL_S


class Recorder:
    """One gateway's. `run` once; `announce` whatever happens."""

    def __init__(self, around: Around, shelf: Shelf | None = None) -> None:
        self._routes, self._examiner = around.routes, around.examiner
        self._announce, self._clock = around.announce, around.clock
        self._shelf, self._reporter = shelf, around.reporter
        self._unreported: deque[str] = deque()
        self._well_s = around.well_s
        self._thresholds: dict[str, Threshold] = {}
        self._due: dict[str, _Due] = {}
        self._came_back_s: dict[str, float] = {}
        self._closed: deque[Record] = deque(maxlen=KEPT)
        self._unsaved: dict[str, Record] = {}
        self._recent: deque[Tried | Shift] = deque(maxlen=RECENT)
        self.book = self._resumed([] if shelf is None else shelf.records())

    def announce(self, event: Event) -> None:
        """Take in what happened."""
        happened = course_of(event, self._clock.wall_s())
        if happened is not None:
            self._note(happened)
        match event:
            case ConnectionEnded():
                sample = sample_of(event, self._clock.wall_s())
                if sample is not None:
                    self._threshold(event.route).note(sample)
            case OutageStarted():
                self._threshold(event.route).outage(self._clock.wall_s())
            case OutageEnded():
                self._threshold(event.route).outage(None)
            case HealthChanged(health=Health.UP):
                self._came_back_s[event.route] = self._clock.monotonic_s()
                self._look_again_soon(event.route)
            case RemedyApplied() | HealthChanged():
                self._look_again_soon(event.route)
            case _:
                pass

    def _note(self, happened: Tried | Shift) -> None:
        incident = self.book.of(happened.route)
        if incident is None:
            self._recent.append(happened)
        else:
            incident.note(happened)
            self._keep(incident)

    async def run(self) -> None:
        """Look and examine, until cancelled; an examination that is under way is cut short then."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._examine_in_turn())
                tasks.create_task(self._report_in_turn())
                while True:
                    self.look()
                    await self._save()
                    await asyncio.sleep(LOOK_S)
        finally:
            self._save_the_last()

    def records(self) -> list[Record]:
        """The open ones and the last that were closed, the oldest first."""
        return [*self._closed, *map(record_of, self.book.open.values())]

    @property
    def shelf(self) -> Shelf | None:
        """Where incidents are kept, if they are."""
        return self._shelf

    def remark(self, route: str) -> str:
        """What a client of the route is told of its incident: which it is, and its cause; empty for none."""
        incident = self.book.of(route)
        if incident is None or route in incident.well:
            return ""
        code = None if incident.conclusion is None else incident.conclusion.code
        return f"incident {incident.id}" + (f" ({code})" if code else "")

    def look(self) -> None:
        """Open what has begun, and close what is over."""
        now_s = self._clock.wall_s()
        states = {state.name: state for state in self._routes()}
        for name, state in states.items():
            threshold = self._threshold(name)
            threshold.healths((path.health for path in state.paths), now_s)
            was = threshold.failing
            sign = threshold.look(now_s)
            if sign is not None and was is None:
                self._open(name, threshold, now_s)
            elif sign is None and was is not None:
                self._close([name], now_s, is_proven=threshold.is_proven_well)
        gone = [name for name in self._thresholds if name not in states]
        for name in gone:
            del self._thresholds[name]
            self._came_back_s.pop(name, None)
        self._close(gone, now_s, is_proven=False)

    def _threshold(self, route: str) -> Threshold:
        return self._thresholds.setdefault(route, Threshold(self._well_s))

    def _open(self, route: str, threshold: Threshold, now_s: float) -> None:
        assert threshold.failing is not None  # noqa: S101 - it has just been seen
        incident = self.book.failing(route, threshold.failing, threshold.since_s, now_s)
        self._look_back(route, threshold.since_s - BEFORE_S)
        if incident is None:
            self._look_again_soon(route)
            self._keep(self.book.of(route))
            return
        self._due[incident.id] = _Due(at_s=now_s)
        self._keep(incident)
        self._announce(
            IncidentOpened(
                incident=incident.id, route=route, sign=threshold.failing.value, since_s=round(threshold.since_s, 3)
            )
        )

    def _look_back(self, route: str, since_s: float) -> None:
        incident = self.book.of(route)
        recent = [happened for happened in self._recent if happened.route == route]
        for happened in recent:
            self._recent.remove(happened)
            if incident is not None and happened.at_s >= since_s:
                incident.note(happened)

    def _close(self, routes: Sequence[str], now_s: float, *, is_proven: bool) -> None:
        for incident in self.book.well(routes, now_s, is_proven=is_proven):
            self._due.pop(incident.id, None)
            last_s = max(
                (self._thresholds[name].quiet_since_s for name in incident.routes if name in self._thresholds),
                default=now_s,
            )
            incident.ended_s = max(last_s, incident.since_s)
            self._keep(incident)
            self._unreported.append(incident.id)
            self._closed.append(record_of(incident))
            conclusion = incident.conclusion
            self._announce(
                IncidentClosed(
                    incident=incident.id,
                    routes=tuple(incident.routes),
                    code=None if conclusion is None else conclusion.code,
                    duration_s=round(incident.ended_s - incident.since_s, 3),
                    proven=incident.is_proven,
                )
            )

    def _look_again_soon(self, route: str) -> None:
        incident = self.book.of(route)
        due = None if incident is None else self._due.get(incident.id)
        if due is not None and due.times:
            due.at_s = min(due.at_s, max(self._clock.wall_s() + SOON_S, due.last_s + AGAIN_S[0]))

    async def _examine_in_turn(self) -> None:
        while True:
            incident = self._take_the_next(self._clock.wall_s())
            if incident is None:
                await asyncio.sleep(LOOK_S)
            else:
                await self._examine(incident)

    async def _report_in_turn(self) -> None:
        """A report is read from the folder: one is written once the record is."""
        while True:
            if not self._unreported or self._unreported[0] in self._unsaved:
                await asyncio.sleep(LOOK_S)
                continue
            incident = self._unreported[0]
            reason = None if self._reporter is None else await self._reporter.report(incident)
            self._unreported.popleft()
            if reason is not None:
                self._announce(IncidentNotKept(incident=incident, reason=f"its report is not written: {reason}"))

    def _take_the_next(self, now_s: float) -> Incident | None:
        for incident in self.book.open.values():
            due = self._due[incident.id]
            was_set_back = due.last_s > now_s
            if (due.at_s <= now_s or was_set_back) and incident.failing:
                self._due[incident.id] = _Due(
                    at_s=now_s + AGAIN_S[min(due.times, len(AGAIN_S) - 1)], last_s=now_s, times=due.times + 1
                )
                return incident
        return None

    async def _examine(self, incident: Incident) -> None:
        started_s, number = self._clock.monotonic_s(), self._due[incident.id].times
        looked_from_s = self._clock.wall_s()
        # The first verdict has to come soon: one route at first, more of them and with more patience later.
        chosen, within_s = (incident.failing[:1], FIRST_WITHIN_S) if number == 1 else (incident.failing, WITHIN_S)
        answer = await self._examiner.examine(chosen, within_s=within_s, since_s=incident.since_s - MARGIN_S)
        if isinstance(answer, NotExamined):
            self._announce(IncidentNotExamined(incident=incident.id, reason=answer.reason))
            return
        await self._keep_evidence(incident.id, number, answer)
        conclusion = conclude(answer.diagnosis)
        if conclusion is None or incident.id not in self.book.open:
            return
        before = incident.conclusion
        is_another = before is not None and before.code is not None and before.key != conclusion.key
        recovering = self._is_recovering_since(incident, looked_from_s)
        if is_another and (recovering or self._has_a_path_back_since(incident, started_s)):
            return
        into = self.book.concluded(incident, conclusion, self._clock.wall_s())
        self._keep(into or incident)
        if into is not None:
            self._due.pop(incident.id)
            self._keep(incident)
            self._announce(IncidentMerged(incident=incident.id, into=into.id, routes=tuple(incident.routes)))
        elif incident.conclusion == conclusion != before:
            self._tell(incident, conclusion, (self._clock.monotonic_s() - started_s) * 1000)

    def _is_recovering_since(self, incident: Incident, at_s: float) -> bool:
        """Whether clients of each of its routes are served again and none failed since.

        What is seen then is no other root of why they failed.
        """
        return all(self._threshold(route).is_recovering_since(at_s) for route in incident.failing)

    def _has_a_path_back_since(self, incident: Incident, at_s: float) -> bool:
        """Whether a path of it came back (monotonic seconds): what was seen is partly of before, partly of after."""
        return any(self._came_back_s.get(route, -inf) >= at_s for route in incident.routes)

    def _resumed(self, records: Sequence[Record]) -> Book:
        """The book of the gateway before this one: what was open then is open, and has to be well to be closed."""
        now_s = self._clock.wall_s()
        still_open = [incident_of(record) for record in records if record.closed_s is None]
        self._closed.extend(record for record in records if record.closed_s is not None)
        if self._shelf is not None:
            late = [record for record in self._closed if now_s - (record.closed_s or 0.0) <= LATE_S]
            self._unreported.extend(each.id for each in late if not self._shelf.is_reported(each))
        for incident in still_open:
            self._due[incident.id] = _Due(at_s=now_s)
            for route in incident.failing:
                self._threshold(route).resume(incident.routes[route], incident.since_s, now_s)
        return Book(records[-1].id if records else "", still_open)

    def _keep(self, incident: Incident | None) -> None:
        if incident is not None and self._shelf is not None:
            self._unsaved[incident.id] = record_of(incident)

    async def _save(self) -> None:
        """What is being saved waits with the rest: who is cancelled meanwhile does not know whether it was."""
        for record in tuple(self._unsaved.values()):
            assert self._shelf is not None  # noqa: S101 - nothing waits to be saved without one
            try:
                await asyncio.to_thread(self._shelf.save, record)
            except OSError as error:
                self._tell_unsaved(record.id, error)
            if self._unsaved[record.id] is record:
                del self._unsaved[record.id]

    def _save_the_last(self) -> None:
        """What happened since the last look; nobody listens any more who could be told that it failed."""
        for record in self._unsaved.values():
            assert self._shelf is not None  # noqa: S101 - nothing waits to be saved without one
            with contextlib.suppress(OSError):
                self._shelf.save(record)

    async def _keep_evidence(self, incident: str, number: int, examined: Examined) -> None:
        if self._shelf is not None:
            try:
                await asyncio.to_thread(self._shelf.save_evidence, incident, number, examined)
            except OSError as error:
                self._tell_unsaved(incident, error)

    def _tell_unsaved(self, incident: str, error: OSError) -> None:
        reason = f"it is not kept: {error.filename}: {error.strerror}"
        self._announce(IncidentNotKept(incident=incident, reason=reason))

    def _tell(self, incident: Incident, conclusion: Conclusion, took_ms: float) -> None:
        before = earlier(record_of(incident), self._closed)
        self._announce(
            IncidentExamined(
                incident=incident.id,
                routes=tuple(incident.routes),
                code=conclusion.code,
                title=conclusion.title,
                confidence=conclusion.confidence,
                candidates=conclusion.candidates,
                router=conclusion.router,
                target=conclusion.target,
                command=conclusion.command,
                took_ms=round(took_ms, 3),
                before="" if before is None else str(before),
            )
        )
