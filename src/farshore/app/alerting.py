"""Alerts of a running gateway: looks at what happens, and announces what people are to be told."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from farshore.app.memory import Memory
from farshore.config.alerts import Alerts, Silence
from farshore.config.model import Config
from farshore.core.alerts import Alert, AlertChanged, SilenceBegan, Silenced, SilenceEnded
from farshore.core.clock import Clock
from farshore.core.events import Announce, Event
from farshore.gateway.state import RouteState
from farshore.incident.book import Incident
from farshore.incident.history import earlier
from farshore.incident.record import record_of
from farshore.incident.recorder import Recorder
from farshore.incident.threshold import Sign
from farshore.notify.notifier import Notifier
from farshore.surface.metrics import Metrics
from farshore.watch.alerts.board import Board
from farshore.watch.alerts.seen import IncidentSeen, RouteSeen

LOOK_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is looked at, and who is told."""

    carried: Callable[[], Config]
    routes: Callable[[], Sequence[RouteState]]
    recorder: Recorder | None
    announce: Announce
    clock: Clock


class Alerting:
    """One gateway's. `run` once; `announce` whatever happens. Says nothing where the configuration has no `alerts:`."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._board = Board(around.clock.wall_s())
        self._silences: Callable[[], tuple[Silenced, ...]] = tuple
        self._told: dict[int, Silenced] = {}

    def resume(self, memory: Memory) -> bool:
        """Go on with what fired when the gateway before this one ended; whether the configuration asks for alerts."""
        self._silences = memory.silences
        self._told = {each.number: each for each in memory.silences()}
        settings = self._around.carried().alerts
        if settings is None:
            return False
        self._board.resume(memory.before.firing, settings.startup_grace_s)
        return True

    def announce(self, event: Event) -> None:
        """Take in what happened."""
        self._board.announce(event, self._around.clock.wall_s())

    def alerts(self) -> list[Alert]:
        """Those that fire or are about to."""
        return [] if self._around.carried().alerts is None else self._board.alerts()

    def _settings(self) -> Alerts | None:
        """With the silences that were made while it runs."""
        settings, silences = self._around.carried().alerts, self._silences()
        if settings is None or not silences:
            return settings
        return settings.model_copy(update={"silences": (*settings.silences, *map(_silence, silences))})

    async def run(self) -> None:
        """Look a few times a second, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Announce what is to be told."""
        self._tell_of_silences()
        settings = self._settings()
        if settings is None:
            for alert in self._board.end(self._around.clock.wall_s()):
                self._around.announce(AlertChanged(alert=alert))
            return
        routes = [RouteSeen(name=each.name, target=str(each.target), held=each.held) for each in self._around.routes()]
        recorder = self._around.recorder
        incidents = [] if recorder is None else [_seen(each, recorder) for each in recorder.book.open.values()]
        for alert in self._board.look(settings, routes, incidents, self._around.clock.wall_s()):
            self._around.announce(AlertChanged(alert=alert))

    def _tell_of_silences(self) -> None:
        before, self._told = self._told, {each.number: each for each in self._silences()}
        for number, gone in before.items():
            if number not in self._told:
                self._around.announce(SilenceEnded(number=number, routes=gone.routes))
        for number, made in self._told.items():
            if number not in before:
                self._around.announce(
                    SilenceBegan(number=number, routes=made.routes, until_s=made.until_s, who=made.who, why=made.why)
                )


def of(
    carried: Callable[[], Config],
    routes: Callable[[], Sequence[RouteState]],
    recorder: Recorder | None,
    announce: Announce,
    clock: Clock,
) -> Alerting:
    """What decides about the alerts of a gateway."""
    return Alerting(Around(carried=carried, routes=routes, recorder=recorder, announce=announce, clock=clock))


def resume(memory: Memory, alerting: Alerting, notifier: Notifier, metrics: Metrics) -> None:
    """Let a gateway go on where the one before it ended. Without `alerts:` nobody looks, and nothing is taken up."""
    if alerting.resume(memory):
        notifier.resume(memory.before)
        for alert in memory.before.firing:
            metrics.announce(AlertChanged(alert=alert))


def _silence(made: Silenced) -> Silence:
    return Silence(routes=made.routes, until=datetime.fromtimestamp(made.until_s, UTC))


def _seen(incident: Incident, recorder: Recorder) -> IncidentSeen:
    return incident_seen(incident, before="" if incident.conclusion is None else _before(incident, recorder))


def incident_seen(incident: Incident, *, before: str = "") -> IncidentSeen:
    """The incident as the rules see it."""
    said = incident.conclusion
    seen = IncidentSeen(
        id=incident.id,
        since_s=incident.since_s,
        opened_s=incident.opened_s,
        routes=tuple(incident.routes),
        is_certain=any(sign is not Sign.RESETS for sign in incident.routes.values()),
    )
    if said is None:
        return seen
    return IncidentSeen(
        id=seen.id,
        since_s=seen.since_s,
        opened_s=seen.opened_s,
        routes=seen.routes,
        is_certain=seen.is_certain,
        is_concluded=True,
        code=said.code,
        title=said.title if said.code is not None else "",
        confidence=said.confidence,
        router=said.router,
        target=said.target,
        root="/".join(said.key) if said.code is not None else "",
        command=said.command,
        verify=said.remedies[0].verify if said.remedies else "",
        before=before,
    )


def _before(incident: Incident, recorder: Recorder) -> str:
    found = earlier(record_of(incident), recorder.records())
    return "" if found is None else str(found)
