"""Events in words, for the list of what happened. Pure; connections that ended well and routine looks are left out."""

from enum import StrEnum

import msgspec

from farshore.core.alerts import AlertChanged, AlertState, NotificationFailed, SilenceBegan, SilenceEnded
from farshore.core.events import (
    ConfigurationApplied,
    ConfigurationRefused,
    ConnectionEnded,
    DrainStarted,
    Event,
    FirstFlightReplayed,
    Health,
    HealthChanged,
    JournalFailed,
    JournalRecovered,
    LeakRefused,
    OutageEnded,
    OutageStarted,
    PathChanged,
    RedundancyLost,
    RedundancyRegained,
    RemedyApplied,
    RemedySuggested,
    RemedyWithheld,
    TailscaledChanged,
    remedy_result,
)
from farshore.core.incidents import IncidentClosed, IncidentExamined, IncidentMerged, IncidentOpened
from farshore.core.outcome import MEANINGS
from farshore.surface.page.words import age


class Tone(StrEnum):
    """How an event is to be taken."""

    BAD = "bad"
    DOUBT = "doubt"
    GOOD = "good"
    PLAIN = "plain"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One event, numbered since the start."""

    number: int
    at_s: float
    tone: Tone
    text: str


_HEALTH_TONES = {Health.UP: Tone.GOOD, Health.DOWN: Tone.BAD, Health.SUSPECT: Tone.DOUBT, Health.UNKNOWN: Tone.PLAIN}


def line_of(event: Event) -> tuple[Tone, str] | None:  # noqa: PLR0911 - one answer for each kind of event
    """How it is to be taken, and what it says; None where nobody has to know."""
    match event:
        case ConnectionEnded():
            return _ended(event)
        case HealthChanged():
            text = f"{event.route}: path {event.path} is {event.health}, was {event.was}: {event.reason}"
            return _HEALTH_TONES[event.health], text
        case PathChanged():
            tone = Tone.GOOD if event.state == "closed" else Tone.DOUBT
            return tone, f"{event.route}: breaker of path {event.path} is {event.state}: {event.reason}"
        case OutageStarted():
            return Tone.BAD, f"{event.route}: no path works, clients are held: {event.detail}"
        case OutageEnded():
            return Tone.GOOD, (
                f"{event.route}: outage over after {age(event.duration_s)}, {event.served} held clients connected, "
                f"{event.refused} turned away"
            )
        case RemedyApplied() | RemedySuggested() | RemedyWithheld():
            return Tone.PLAIN, f"{event.route}: {event.remedy} on {event.subject}: {remedy_result(event)}; {event.why}"
        case LeakRefused():
            return Tone.BAD, f"{event.route}: a dial to {event.target} would have leaked: {event.tell}"
        case IncidentOpened() | IncidentExamined() | IncidentMerged() | IncidentClosed():
            return _incident(event)
        case _:
            return _rest(event)


def _ended(event: ConnectionEnded) -> tuple[Tone, str] | None:
    meaning = MEANINGS[event.code]
    if not meaning.is_failure:
        return None
    return Tone.BAD, f"{event.route}: {event.client} failed with {event.code}: {event.detail or meaning.summary}"


def _incident(event: IncidentOpened | IncidentExamined | IncidentMerged | IncidentClosed) -> tuple[Tone, str]:
    match event:
        case IncidentOpened():
            return Tone.BAD, f"incident {event.incident} opened for {event.route}: {event.sign}"
        case IncidentExamined():
            what = f"{event.code} {event.title} ({event.confidence})" if event.code else "undecided"
            return Tone.DOUBT, f"incident {event.incident} examined: {what}"
        case IncidentMerged():
            return Tone.PLAIN, f"incident {event.incident} has the cause of {event.into}"
        case IncidentClosed():
            return Tone.GOOD, f"incident {event.incident} closed after {age(event.duration_s)}"


def _rest(event: Event) -> tuple[Tone, str] | None:  # noqa: C901, PLR0911 - one answer for each kind of event
    match event:
        case RedundancyLost():
            return Tone.DOUBT, f"{event.route}: no path to spare: {', '.join(event.down)} down, {event.left} left"
        case RedundancyRegained():
            return Tone.GOOD, f"{event.route}: a path to spare again"
        case FirstFlightReplayed():
            return Tone.DOUBT, f"{event.route}: path {event.path} died, its client goes on over {event.onto}"
        case ConfigurationApplied():
            return Tone.PLAIN, "another configuration is carried"
        case ConfigurationRefused():
            return Tone.BAD, f"the configuration was refused: {event.sentence}"
        case DrainStarted():
            return Tone.DOUBT, f"stopping, {event.connections} connections open"
        case TailscaledChanged():
            return Tone.PLAIN, f"tailscaled is {event.phase}: {event.reason}"
        case JournalFailed():
            return Tone.BAD, f"the journal cannot be written: {event.reason}"
        case JournalRecovered():
            return Tone.GOOD, "the journal is written again"
        case AlertChanged(alert=alert):
            return (
                Tone.GOOD if alert.state is AlertState.RESOLVED else Tone.BAD
            ), f"alert {alert.state}: {alert.title}"
        case NotificationFailed():
            return Tone.DOUBT, f"{event.channel} could not be told: {event.reason}"
        case _:
            return _of_silence(event)


def _of_silence(event: Event) -> tuple[Tone, str] | None:
    match event:
        case SilenceBegan():
            return Tone.PLAIN, f"silence {event.number} of {_of(event.routes)} was begun by {event.who}"
        case SilenceEnded():
            return Tone.PLAIN, f"silence {event.number} of {_of(event.routes)} is over"
        case _:
            return None


def _of(routes: tuple[str, ...]) -> str:
    return ", ".join(routes) or "everything"
