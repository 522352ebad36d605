"""The open incidents: one for each root cause, however many routes it hits. Pure; seconds since the Unix epoch.

Routes that begin to fail together (`TOGETHER_S`) are one incident until a diagnosis tells them apart. One that begins
later is an incident of its own, until its diagnosis names the cause and the subject of one that is open: then it goes
into that. An incident is over when the last of its routes is well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from farshore.incident.conclusion import Conclusion
from farshore.incident.course import Shift, Tried
from farshore.incident.threshold import Sign

TOGETHER_S = 10.0
_SURER = ("undecided", "possible", "likely", "proven")
# Of remedies, and of changes of paths.
MOST_KEPT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A conclusion, and when it was reached."""

    at_s: float
    conclusion: Conclusion


@dataclass(slots=True, kw_only=True)
class Incident:
    """A span in which clients of some routes failed for one reason.

    `since_s` is when it began, `opened_s` when it was noticed, `ended_s` the last sign of it. `routes` says what each
    of them fails by; those that are `well` again are in both. One that was `merged_into` an older one is closed by it.
    `doubt` is the root that the last examination named, no surer than the one before.
    """

    id: str
    since_s: float
    opened_s: float
    routes: dict[str, Sign] = field(default_factory=dict)
    well: set[str] = field(default_factory=set)
    history: list[Reached] = field(default_factory=list)
    is_proven: bool = True
    closed_s: float | None = None
    ended_s: float | None = None
    merged_into: str | None = None
    doubt: tuple[str, str] | None = None
    remedies: list[Tried] = field(default_factory=list)
    paths: list[Shift] = field(default_factory=list)

    @property
    def conclusion(self) -> Conclusion | None:
        """The last one that was reached."""
        return self.history[-1].conclusion if self.history else None

    def note(self, happened: Tried | Shift) -> None:
        """Keep what happened in its course, the first `MOST_KEPT` of each kind."""
        if isinstance(happened, Tried):
            self.remedies = sorted([*self.remedies, happened], key=lambda each: each.at_s)[:MOST_KEPT]
        else:
            self.paths = sorted([*self.paths, happened], key=lambda each: each.at_s)[:MOST_KEPT]

    @property
    def failing(self) -> tuple[str, ...]:
        """The routes that still fail."""
        return tuple(route for route in self.routes if route not in self.well)


class Book:
    """Keeps them. `last` is the id of the last incident before this book, for the next one's number.

    `still_open` are those that a gateway before this one had not closed, the oldest first.
    """

    def __init__(self, last: str = "", still_open: Iterable[Incident] = ()) -> None:
        self._last = last
        self._open = {incident.id: incident for incident in still_open}

    @property
    def open(self) -> Mapping[str, Incident]:
        """By id, the oldest first."""
        return self._open

    def of(self, route: str) -> Incident | None:
        """The open incident of a route, be it failing or well for now."""
        return next((incident for incident in self._open.values() if route in incident.routes), None)

    def failing(self, route: str, sign: Sign, since_s: float, now_s: float) -> Incident | None:
        """A route fails; the incident that was opened for it, None where it belongs to one that is open."""
        known = self.of(route) or self._fresh(now_s)
        if known is not None:
            known.routes.setdefault(route, sign)
            known.well.discard(route)
            known.since_s = min(known.since_s, since_s)
            return None
        incident = Incident(id=self._next_id(now_s), since_s=since_s, opened_s=now_s, routes={route: sign})
        self._open[incident.id] = incident
        return incident

    def concluded(self, incident: Incident, conclusion: Conclusion, now_s: float) -> Incident | None:
        """A diagnosis says this of an incident; the older one with the same root into which it went, if there is one.

        The same conclusion again is no news and not kept. One that is less sure, or as sure of another cause, has to be
        reached twice in a row: what is looked at while it is being mended is neither ill nor well.
        """
        is_doubt = incident.conclusion is not None and _is_no_surer(conclusion, incident.conclusion)
        before, incident.doubt = incident.doubt, conclusion.key if is_doubt else None
        if is_doubt and incident.doubt != before:
            return None
        for older in self._open.values():
            if older is incident:
                break
            if older.conclusion is not None and older.conclusion.key == conclusion.key:
                self._merge(incident, older)
                incident.closed_s, incident.merged_into = now_s, older.id
                return older
        if incident.conclusion != conclusion:
            incident.history.append(Reached(at_s=now_s, conclusion=conclusion))
        return None

    def well(self, routes: Iterable[str], now_s: float, *, is_proven: bool) -> list[Incident]:
        """These routes are well, or nobody comes who could say; the incidents that are over by that."""
        over = []
        for route in routes:
            incident = self.of(route)
            if incident is None:
                continue
            incident.well.add(route)
            incident.is_proven = incident.is_proven and is_proven
            if not incident.failing:
                incident.closed_s = now_s
                over.append(self._open.pop(incident.id))
        return over

    def _fresh(self, now_s: float) -> Incident | None:
        return next(
            (each for each in self._open.values() if not each.history and abs(now_s - each.opened_s) <= TOGETHER_S),
            None,
        )

    def _merge(self, incident: Incident, older: Incident) -> None:
        older.routes |= incident.routes
        older.well = (older.well - set(incident.routes)) | incident.well
        older.since_s = min(older.since_s, incident.since_s)
        for tried in incident.remedies:
            older.note(tried)
        for shift in incident.paths:
            older.note(shift)
        del self._open[incident.id]

    def _next_id(self, now_s: float) -> str:
        day = datetime.fromtimestamp(now_s, UTC).date().isoformat()
        last_day, _, number = self._last.rpartition("-")
        self._last = f"{day}-{int(number) + 1 if last_day == day else 1}"
        return self._last


def _is_no_surer(conclusion: Conclusion, known: Conclusion) -> bool:
    """Whether it is less sure than what is known, or as sure of another cause."""
    another = known.code is not None and conclusion.key != known.key
    return _sureness(conclusion) < _sureness(known) + another


def _sureness(conclusion: Conclusion) -> int:
    return _SURER.index(conclusion.confidence) if conclusion.confidence in _SURER else 0
