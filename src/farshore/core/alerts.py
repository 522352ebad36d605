"""What people are told: alerts, and what came of telling them. A part of `events`."""

from collections.abc import Collection
from enum import StrEnum

import msgspec


class AlertState(StrEnum):
    """How far an alert has come; one that is pending is told to nobody."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """Whether somebody is woken."""

    PAGE = "page"
    WARNING = "warning"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that people have to know; times are seconds since the Unix epoch.

    `key` is the cause and its subject: the same for every state of one alert, and for every replica that sees it.
    `whom` it hits, what is `trying` to mend it, the `command` to run next, how to `verify` that it helped, and what
    there was of it `before` are sentences, empty where nothing is known. `code` is a cause of the catalogue.
    `reminder`: it was told before. `silenced`: it is written down, and told to nobody.
    """

    key: str
    rule: str
    severity: Severity
    state: AlertState
    title: str
    routes: tuple[str, ...]
    since_s: float
    at_s: float
    incident: str | None = None
    code: str | None = None
    confidence: str = ""
    subject: str = ""
    whom: str = ""
    trying: str = ""
    command: str = ""
    verify: str = ""
    link: str = ""
    before: str = ""
    reminder: bool = False
    silenced: bool = False


def is_of(route: str, names: Collection[str]) -> bool:
    """Whether who names these routes means this one, which may be one port of a range: `orders:1433`."""
    return route in names or route.rpartition(":")[0] in names


class Silenced(msgspec.Struct, frozen=True, kw_only=True):
    """A silence that somebody has made, of these routes or of everything; times are seconds since the Unix epoch."""

    number: int
    routes: tuple[str, ...]
    since_s: float
    until_s: float
    who: str
    why: str


class SilenceBegan(msgspec.Struct, frozen=True, kw_only=True):
    """From now on nobody is told of alerts of these routes, or of any where there are none, until `until_s`."""

    number: int
    routes: tuple[str, ...]
    until_s: float
    who: str
    why: str


class SilenceEnded(msgspec.Struct, frozen=True, kw_only=True):
    """People are told again: the silence's time is over, or somebody has ended it."""

    number: int
    routes: tuple[str, ...]


class LastTold(msgspec.Struct, frozen=True, kw_only=True):
    """What was last told of an alert, and the channels that are known to have taken it."""

    alert: Alert
    taken_by: frozenset[str]


class AlertsBefore(msgspec.Struct, frozen=True, kw_only=True):
    """How things stood when the process before this one ended: what fires, and what was told within the last hour."""

    firing: tuple[Alert, ...] = ()
    lately: tuple[LastTold, ...] = ()


class AlertChanged(msgspec.Struct, frozen=True, kw_only=True):
    """An alert is in another state, or people are to be reminded of it."""

    alert: Alert


class NotificationSent(msgspec.Struct, frozen=True, kw_only=True):
    """A channel has taken what was to be told of an alert, in `took_ms`, at the last of so many `tries`."""

    channel: str
    key: str
    state: AlertState
    took_ms: float
    tries: int


class NotificationFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A channel could not be told of an alert after so many `tries`; `reason` holds no password."""

    channel: str
    key: str
    state: AlertState
    reason: str
    tries: int
    will_retry: bool
