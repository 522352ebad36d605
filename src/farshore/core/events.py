"""What happened, told once to whoever listens: logs, metrics, and later the journal and the page.

Events are named in the past tense and carry values, never live objects.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import assert_never

import msgspec

from farshore.core.alerts import AlertChanged, NotificationFailed, NotificationSent, SilenceBegan, SilenceEnded
from farshore.core.incidents import (
    IncidentClosed,
    IncidentExamined,
    IncidentMerged,
    IncidentNotExamined,
    IncidentNotKept,
    IncidentOpened,
)
from farshore.core.outcome import ClientEnd, Code
from farshore.core.redirected import ClientRedirected, ClientRedirectRewritten, DataPathHidden
from farshore.core.remedy import Remedy, RemedyResult
from farshore.core.sampled import TailscaledSampled


class Health(StrEnum):
    """What is known of a path without any client: from pings, probes and what tailscaled tells."""

    UNKNOWN = "unknown"
    UP = "up"
    SUSPECT = "suspect"
    DOWN = "down"


class ListenerOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A route's port is open."""

    route: str
    listen: str
    target: str
    egress: str


class ListenerClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A route's port is closed."""

    route: str
    listen: str


class ConnectionEnded(msgspec.Struct, frozen=True, kw_only=True):
    """One client connection, from accept to its ending.

    Times are milliseconds since the phase before; a phase that was not reached is None. `phases` in order: `connect`
    to the egress's port, `handshake` with the egress, `dial` of the target, `first_byte` from the target. They are
    rounded to the microsecond, `started_at_s` to the millisecond, where they are measured.

    `reached_ms` is what the client waited from accept to a connection to the target: with every dial that was not the
    one, and for as long as it was held. None: there never was one.
    """

    connection: int
    route: str
    egress: str
    path: str
    client: str
    target: str
    code: Code
    detail: str | None
    client_end: ClientEnd
    started_at_s: float
    connect_ms: float | None
    handshake_ms: float | None
    dial_ms: float | None
    first_byte_ms: float | None
    reached_ms: float | None
    duration_ms: float
    client_bytes: int
    upstream_bytes: int
    leaked_dial: bool


class LeakRefused(msgspec.Struct, frozen=True, kw_only=True):
    """A dial was about to leave, or had left, through this host's own network, and was refused.

    `connected` is true where the egress had connected before it could be known; no client byte was sent even then.
    """

    route: str
    egress: str
    target: str
    tell: str
    connected: bool


class AttemptFailed(msgspec.Struct, frozen=True, kw_only=True):
    """One dial of a search over a route's paths has failed; the connection that it was for may still succeed.

    A route that dials its only path once, and gives up, has no attempts: each failure is a `ConnectionEnded`.
    `connection` is the one it was for; 0 where that is not known.
    """

    route: str
    path: str
    egress: str
    target: str
    code: Code
    detail: str
    took_ms: float
    connection: int = 0


class FirstFlightReplayed(msgspec.Struct, frozen=True, kw_only=True):
    """A connection died over `path` before the target had answered; what its client had said was said again `onto`.

    The client has not noticed. `reason` says how it died.
    """

    route: str
    path: str
    onto: str
    reason: str


class HealthChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a path without any client is another thing than it `was`; `reason` says what told it."""

    route: str
    path: str
    health: Health
    was: Health
    reason: str


class PathChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A path's breaker was in one state, `was`, and is in another: `closed`, `open` or `half-open`."""

    route: str
    path: str
    state: str
    was: str
    reason: str


class OutageStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The first client of a route is held: nobody has found a path. `code` and `detail` are what it was told so far.

    A route that does not hold its clients has no outages: each of its failures is a `ConnectionEnded` of its own.
    """

    route: str
    code: Code
    detail: str


class OutageEnded(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody of the route waits any more, and a path has answered since the last one was held.

    It is not told while one who was let go is still trying: who is held again goes on with the same outage. A target
    that refuses ends it, too; `served` is 0 then. Where all have left and no path has answered, it goes on: the next
    client decides. Where none comes for a minute, or the gateway stops, it ends with `proven` false: nobody knows.

    `duration_s` lasts until a path answered, or until the last one left. `served` and `refused` count the clients that
    were connected and turned away meanwhile; who hung up by itself is in neither.
    """

    route: str
    duration_s: float
    served: int
    refused: int
    proven: bool = True


class PathChecked(msgspec.Struct, frozen=True, kw_only=True):
    """A path was looked at without any client; `result` is one of answered, failed, doubtful, nothing."""

    route: str
    path: str
    result: str
    reason: str
    took_ms: float


class TargetProbed(msgspec.Struct, frozen=True, kw_only=True):
    """A connection to the target was tried over a path without any client.

    `result` is one of connected, refused, silent, unrouted, nothing; only the first two have reached the target.
    """

    route: str
    path: str
    result: str
    detail: str


class RedundancyLost(msgspec.Struct, frozen=True, kw_only=True):
    """A route has no path to spare any more: all but `left` are `down`, and no client need have noticed."""

    route: str
    left: str | None
    down: tuple[str, ...]


class RedundancyRegained(msgspec.Struct, frozen=True, kw_only=True):
    """A route has a path to spare again."""

    route: str
    up: tuple[str, ...]


class ReloadReason(StrEnum):
    """Why the configuration was read again."""

    SIGHUP = "sighup"
    FILE = "file"


class ConfigurationApplied(msgspec.Struct, frozen=True, kw_only=True):
    """Another configuration is carried; routes by name, those that stayed as they were by their number.

    `needs_restart` names the settings that are written otherwise and wait for the next start.
    """

    reason: ReloadReason
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    needs_restart: tuple[str, ...]


class ConfigurationRefused(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says cannot be carried, and the configuration before goes on; `sentence` says why."""

    reason: ReloadReason
    sentence: str


class DrainStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway was asked to stop; it is no longer ready."""

    connections: int


class DrainEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The last connection is over, or was cut."""

    cut: int


class RemedyApplied(msgspec.Struct, frozen=True, kw_only=True):
    """Something was done against an outage of a route, and what came of it.

    `subject` is what it was done to: a router, a tailscaled's socket, a prefix. `why` is the case for it.
    """

    route: str
    remedy: Remedy
    subject: str
    why: str
    result: RemedyResult
    detail: str
    duration_ms: float


class RemedySuggested(msgspec.Struct, frozen=True, kw_only=True):
    """A person may do something against an outage of a route; `command` is what to run."""

    route: str
    remedy: Remedy
    subject: str
    why: str
    command: str


class RemedyWithheld(msgspec.Struct, frozen=True, kw_only=True):
    """A remedy would not help in an outage of a route, or would do harm; `why` says which and how."""

    route: str
    remedy: Remedy
    subject: str
    why: str


RemedyEvent = RemedyApplied | RemedySuggested | RemedyWithheld


class TailscaledChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The tailscaled that Farshore started is in another phase; `reason` says why, or what it waits for."""

    phase: str
    reason: str
    pid: int | None
    starts: int


class TailscaledSaid(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the tailscaled that Farshore started: `severity` is debug, info or warning.

    `left_out` lines of that severity came before this one and were too many.
    """

    severity: str
    component: str
    text: str
    left_out: int


class JournalFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The journal cannot be written; what happens is kept in memory as long as there is room for it."""

    path: str
    reason: str


class JournalRecovered(msgspec.Struct, frozen=True, kw_only=True):
    """The journal is written again, after `failed_for_s`; `lost` rows were too many to be kept so long."""

    path: str
    failed_for_s: float
    lost: int


Event = (
    ListenerOpened
    | ListenerClosed
    | ConnectionEnded
    | LeakRefused
    | AttemptFailed
    | FirstFlightReplayed
    | DataPathHidden
    | ClientRedirected
    | ClientRedirectRewritten
    | HealthChanged
    | PathChecked
    | TargetProbed
    | RedundancyLost
    | RedundancyRegained
    | PathChanged
    | OutageStarted
    | OutageEnded
    | ConfigurationApplied
    | ConfigurationRefused
    | DrainStarted
    | DrainEnded
    | RemedyApplied
    | RemedySuggested
    | RemedyWithheld
    | TailscaledChanged
    | TailscaledSaid
    | TailscaledSampled
    | JournalFailed
    | JournalRecovered
    | IncidentOpened
    | IncidentExamined
    | IncidentNotExamined
    | IncidentNotKept
    | IncidentMerged
    | IncidentClosed
    | AlertChanged
    | NotificationSent
    | NotificationFailed
    | SilenceBegan
    | SilenceEnded
)
Announce = Callable[[Event], None]


def remedy_result(event: RemedyEvent) -> RemedyResult:
    """What came of a remedy."""
    match event:
        case RemedyApplied():
            return event.result
        case RemedySuggested():
            return RemedyResult.SUGGESTED
        case RemedyWithheld():
            return RemedyResult.WITHHELD
        case _:
            assert_never(event)
