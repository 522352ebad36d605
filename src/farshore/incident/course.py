"""What happens in the course of an incident beside its verdicts: remedies, and paths that come and go. Pure."""

import msgspec

from farshore.core.events import (
    Event,
    HealthChanged,
    PathChanged,
    RemedyApplied,
    RemedyEvent,
    RemedySuggested,
    RemedyWithheld,
    remedy_result,
)
from farshore.core.remedy import Remedy, RemedyResult


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done, suggested or withheld; `at_s` is when its result was known, in Unix seconds.

    `detail` is what was seen, or where it was suggested the command to run.
    """

    at_s: float
    route: str
    remedy: Remedy
    subject: str
    why: str
    result: RemedyResult
    detail: str = ""


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A path was `was` and is `now`: in its health, or in its breaker's state. `at_s` is in Unix seconds."""

    at_s: float
    route: str
    path: str
    now: str
    was: str
    reason: str


def course_of(event: Event, at_s: float) -> Tried | Shift | None:
    """What is kept of an event; None where it is neither."""
    match event:
        case RemedyApplied() | RemedySuggested() | RemedyWithheld():
            return _tried(event, round(at_s, 3))
        case HealthChanged():
            return _shift(event, event.health.value, event.was.value, at_s)
        case PathChanged():
            return _shift(event, event.state, event.was, at_s)
        case _:
            return None


def _tried(event: RemedyEvent, at_s: float) -> Tried:
    detail = ""
    if isinstance(event, RemedyApplied):
        detail = event.detail
    elif isinstance(event, RemedySuggested):
        detail = event.command
    return Tried(
        at_s=at_s,
        route=event.route,
        remedy=event.remedy,
        subject=event.subject,
        why=event.why,
        result=remedy_result(event),
        detail=detail,
    )


def _shift(event: HealthChanged | PathChanged, now: str, was: str, at_s: float) -> Shift:
    return Shift(at_s=round(at_s, 3), route=event.route, path=event.path, now=now, was=was, reason=event.reason)
