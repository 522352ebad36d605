"""What the page remembers of what happened: the last hour by the minute, the last look at each hop, the last events.

All of it is bounded, by the configuration's routes or by a number; a connection costs a few additions and an append.
"""

from bisect import insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from farshore.core.clock import Clock
from farshore.core.events import (
    AttemptFailed,
    ConnectionEnded,
    Event,
    Health,
    HealthChanged,
    OutageEnded,
    OutageStarted,
    PathChanged,
    PathChecked,
    TailscaledChanged,
    TargetProbed,
)
from farshore.core.outcome import MEANINGS, Code
from farshore.core.sampled import TailscaledSampled
from farshore.surface.page.telling import Line, line_of

MINUTE_S = 60
MINUTES = 60
STEP_S = 10
STEPS = 360
SAMPLES = 200
LATENCIES = 256
CHANGES = 200
LINES = 200
MOST_ROUTES = 4096
OUTAGES = 50


@dataclass(slots=True)
class Minute:
    """How many connections of a route ended well in the minute that begins `at_s`, and how many failed."""

    at_s: int
    good: int = 0
    bad: int = 0


@dataclass(slots=True)
class Step:
    """All routes' connections of ten seconds, and of some how long their clients waited for a target, sorted."""

    at_s: int
    good: int = 0
    bad: int = 0
    waits_ms: list[float] = field(default_factory=list[float])


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look at something: when, whether it was well, and what was seen."""

    at_s: float
    is_well: bool
    says: str
    code: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A path's health from `at_s` on."""

    at_s: float
    health: Health


@dataclass(slots=True)
class PathMemory:
    """What is remembered of one path."""

    checked: Seen | None = None
    probed: Seen | None = None
    failed: Seen | None = None
    reached: Seen | None = None
    changes: deque[Change] = field(default_factory=lambda: deque[Change](maxlen=CHANGES))


@dataclass(slots=True)
class RouteMemory:
    """What is remembered of one route; `outages` are spans of Unix time, open where their end is None."""

    minutes: deque[Minute] = field(default_factory=lambda: deque[Minute](maxlen=MINUTES))
    waits_ms: deque[float] = field(default_factory=lambda: deque[float](maxlen=LATENCIES))
    served: Seen | None = None
    failed: Seen | None = None
    failing_since_s: float = 0.0
    failed_in_a_row: int = 0
    outages: deque[tuple[float, float | None]] = field(
        default_factory=lambda: deque[tuple[float, float | None]](maxlen=OUTAGES)
    )
    paths: dict[str, PathMemory] = field(default_factory=dict[str, PathMemory])

    def path(self, name: str) -> PathMemory:
        """What is remembered of a path; nothing yet, where it is new."""
        return self.paths.setdefault(name, PathMemory())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A tailscaled, as it was at `at_s`."""

    at_s: float
    event: TailscaledSampled


class Pulse:
    """Listens to events."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._routes: dict[str, RouteMemory] = {}
        self._steps: deque[Step] = deque(maxlen=STEPS)
        self._lines: deque[Line] = deque(maxlen=LINES)
        self._failures: deque[Line] = deque(maxlen=LINES)
        self._number = 0
        self._samples: dict[str, Sampled] = {}
        self.child: TailscaledChanged | None = None
        """The tailscaled of the gateway's own, where there is one."""

    def announce(self, event: Event) -> None:
        """Take it in."""
        now_s = self._clock.wall_s()
        match event:
            case ConnectionEnded():
                self._ended(event, now_s)
            case PathChecked() | TargetProbed() | AttemptFailed() | HealthChanged() | PathChanged():
                self._looked(event, now_s)
            case OutageStarted():
                self.route(event.route).outages.append((now_s, None))
            case OutageEnded():
                self._outage_over(self.route(event.route), now_s)
            case TailscaledSampled():
                self._samples[event.egress] = Sampled(at_s=now_s, event=event)
            case TailscaledChanged():
                self.child = event
            case _:
                pass
        told = line_of(event)
        if told is not None:
            self._number += 1
            tone, text = told
            # A crowd that fails must not push out why.
            lines = self._failures if isinstance(event, ConnectionEnded) else self._lines
            lines.append(Line(number=self._number, at_s=round(now_s, 3), tone=tone, text=text))

    def route(self, name: str) -> RouteMemory:
        """What is remembered of a route; nothing yet, where it is new."""
        if name not in self._routes and len(self._routes) >= MOST_ROUTES:
            del self._routes[next(iter(self._routes))]
        return self._routes.setdefault(name, RouteMemory())

    def steps(self) -> Sequence[Step]:
        """The last hour of all routes, ten seconds each, the earliest first; those without an ending are left out."""
        since_s = self._clock.wall_s() - STEP_S * STEPS
        return [step for step in self._steps if step.at_s >= since_s]

    def remember(self, steps: Sequence[Step]) -> None:
        """These are the steps of all routes, in the order of their times."""
        self._steps = deque(steps, maxlen=STEPS)

    def lines(self, count: int) -> Sequence[Line]:
        """The last events that a person would want to know, the latest first."""
        latest_first = sorted([*self._lines, *self._failures], key=lambda line: -line.number)
        return latest_first[:count]

    def sample(self, egress: str) -> Sampled | None:
        """The last look at the tailscaled behind an egress; one look serves all egresses of the same daemon."""
        if egress in self._samples or len(self._samples) != 1:
            return self._samples.get(egress)
        return next(iter(self._samples.values()))

    def _ended(self, event: ConnectionEnded, now_s: float) -> None:
        route, is_bad = self.route(event.route), MEANINGS[event.code].is_failure
        for place in (self._minute(route, now_s), self._step(now_s)):
            place.good += not is_bad
            place.bad += is_bad
        path = route.path(event.path) if event.path else None
        if event.reached_ms is not None:
            route.waits_ms.append(event.reached_ms)
            waits_ms = self._steps[-1].waits_ms
            if len(waits_ms) < SAMPLES:
                insort(waits_ms, event.reached_ms)
        seen = Seen(at_s=now_s, is_well=not is_bad, says=event.detail or MEANINGS[event.code].summary, code=event.code)
        if not is_bad and event.reached_ms is not None:
            route.served, route.failed_in_a_row = seen, 0
            if path is not None:
                path.reached = seen
        elif is_bad:
            if not route.failed_in_a_row:
                route.failing_since_s = now_s
            route.failed, route.failed_in_a_row = seen, route.failed_in_a_row + 1
            if path is not None:
                path.failed = seen

    def _looked(
        self, event: PathChecked | TargetProbed | AttemptFailed | HealthChanged | PathChanged, now_s: float
    ) -> None:
        path = self.route(event.route).path(event.path)
        match event:
            case PathChecked():
                path.checked = Seen(at_s=now_s, is_well=event.result == "answered", says=event.reason)
            case TargetProbed():
                is_well = event.result == "connected"
                path.probed = Seen(at_s=now_s, is_well=is_well, says=f"{event.result}: {event.detail}".rstrip(": "))
            case AttemptFailed():
                path.failed = Seen(at_s=now_s, is_well=False, says=event.detail, code=event.code)
            case HealthChanged():
                path.changes.append(Change(at_s=now_s, health=event.health))
            case PathChanged():
                pass

    def _outage_over(self, route: RouteMemory, now_s: float) -> None:
        if route.outages and route.outages[-1][1] is None:
            route.outages[-1] = (route.outages[-1][0], now_s)

    def _minute(self, route: RouteMemory, now_s: float) -> Minute:
        at_s = int(now_s // MINUTE_S) * MINUTE_S
        if not route.minutes or route.minutes[-1].at_s < at_s:
            route.minutes.append(Minute(at_s))
        return route.minutes[-1]

    def _step(self, now_s: float) -> Step:
        at_s = int(now_s // STEP_S) * STEP_S
        if not self._steps or self._steps[-1].at_s < at_s:
            self._steps.append(Step(at_s))
        return self._steps[-1]
