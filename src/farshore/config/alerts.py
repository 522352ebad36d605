"""Of what people are told, as a configuration describes it."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from farshore.config.fields import Duration, Name, UnfitError, Word
from farshore.config.strict import Model

MOMENT = "a moment with its zone, such as 2026-11-24T06:00:00Z"


class Rule(StrEnum):
    """What can be told; docs/alerts.md says when each holds."""

    OUTAGE = "outage"
    RESETS = "resets"
    GENERAL_FAILURES = "general-failures"
    BURN = "burn"
    SLOW_BURN = "slow-burn"
    REDUNDANCY = "redundancy"
    NODE_OFFLINE = "node-offline"
    NODE_SILENT = "node-silent"
    TAILSCALED = "tailscaled"
    KEY_EXPIRY = "key-expiry"


class Told(StrEnum):
    """How loudly."""

    PAGE = "page"
    WARNING = "warning"
    OFF = "off"


def read_moment(value: object) -> datetime:
    """A moment in RFC 3339, in UTC.

    Raises:
        UnfitError: anything else, or a time without a zone.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise UnfitError(expected=MOMENT) from None
    if not isinstance(value, datetime):
        raise UnfitError(expected=MOMENT)
    if value.tzinfo is None:
        raise UnfitError(expected=MOMENT, hint="the zone is missing: put a Z after a time in UTC")
    return value.astimezone(UTC)


def write_moment(value: datetime) -> str:
    """As it is written; `read_moment` reads it back."""
    return value.isoformat().replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    BeforeValidator(read_moment),
    PlainSerializer(write_moment, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "title": "moment", "examples": ["2026-11-24T06:00:00Z"]}),
]


class AlertRule(Model):
    """What is changed of one rule; the rest stays as docs/alerts.md lists it."""

    rule: Rule = Field(description="which")
    severity: Told | None = Field(None, description="page, warning or off; the rule's own if absent")
    for_s: Duration | None = Field(
        None, alias="for", description="how long it has to hold before anybody is told; the rule's own if absent"
    )
    keep_firing_for_s: Duration | None = Field(
        None,
        alias="keep_firing_for",
        description="how long it has to hold no more before it is over; the rule's own if absent",
    )


class Silence(Model):
    """Routes of whose alerts nobody is told for some time."""

    routes: tuple[Name, ...] = Field((), description="the routes by name; everything if empty")
    since: Moment | None = Field(None, description="when it begins; at once if absent")
    until: Moment = Field(description="when it ends; what still fires is told then")


class Alerts(Model):
    """Of what people are told, and when."""

    rules: tuple[AlertRule, ...] = Field((), description="rules that are to be other than docs/alerts.md lists them")
    silences: tuple[Silence, ...] = Field((), description="routes of which nobody is told for some time")
    slo: Annotated[float, Field(ge=1, le=99.999)] = Field(
        99.5, description="the share of connections that are to go well, in percent: what `burn` is measured by"
    )
    reset_share: Annotated[float, Field(ge=0, le=100)] = Field(
        5.0, description="`resets` and `general-failures` hold above so many percent of the last minute's connections"
    )
    reminder_s: Duration = Field(
        1800.0, alias="reminder", ge=300, description="how often people are told of a page again that is not over"
    )
    startup_grace_s: Duration = Field(
        60.0, alias="startup_grace", description="how long after its start a gateway tells nobody of anything"
    )
    link: Word | None = Field(
        None, description="where an incident can be read, with `{incident}` in it for its name; alerts link to it"
    )
