"""What is told of incidents: from their opening to their end. A part of `events`."""

import msgspec


class IncidentOpened(msgspec.Struct, frozen=True, kw_only=True):
    """Clients of a route fail, or would. `sign` says how it shows: failures, resets, held or paths down.

    `since_s` is the Unix time at which it began.
    """

    incident: str
    route: str
    sign: str
    since_s: float


class IncidentExamined(msgspec.Struct, frozen=True, kw_only=True):
    """What broke, as far as evidence taken now can say.

    `code` is a cause of the catalogue, None where it is undecided between `candidates`. `command` is what to run next.
    `before` says how often the same was there before, and what ended it last; empty where this is the first.
    """

    incident: str
    routes: tuple[str, ...]
    code: str | None
    title: str
    confidence: str
    candidates: tuple[str, ...]
    router: str
    target: str
    command: str
    took_ms: float
    before: str = ""


class IncidentNotExamined(msgspec.Struct, frozen=True, kw_only=True):
    """No evidence could be taken, or it could not be weighed; `reason` says why. It is tried again."""

    incident: str
    reason: str


class IncidentNotKept(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, its evidence or its report could not be written to its folder; `reason` says why."""

    incident: str
    reason: str


class IncidentMerged(msgspec.Struct, frozen=True, kw_only=True):
    """An incident has the same root as an older one that is open, and goes `into` that."""

    incident: str
    into: str
    routes: tuple[str, ...]


class IncidentClosed(msgspec.Struct, frozen=True, kw_only=True):
    """All routes of an incident have been well for two minutes; `duration_s` ends with the last failure.

    `proven` is false where nobody has come since who could tell. `code` is the last that was concluded.
    """

    incident: str
    routes: tuple[str, ...]
    code: str | None
    duration_s: float
    proven: bool
