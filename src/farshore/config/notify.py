"""Who is told of alerts, as a configuration describes it. URLs are passwords here: none is ever quoted in a message."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, SecretStr, WithJsonSchema

from farshore.config.fields import Flag, Name, UnfitError, Word
from farshore.config.login_fields import FilePath
from farshore.config.strict import Model
from farshore.core.alerts import Severity

HIDDEN = "something that may be a password, and is not shown"
# Some write the secret itself where the file that holds it is meant.
_SECRET_FILES = {(name,) for name in ("admin_token_file", "auth_key_file", "key_file", "client_secret_file")}
_LOGINS = {("probe_login",), ("probe_login", "password")}
_URLS = {("otel", "endpoint"), ("control", "url"), ("tailscaled", "login_server")}
_HARMLESS = frozenset((("name",), ("severities",), ("routes",), ("send_resolved",)))


def read_plain(value: object) -> SecretStr:
    """A text that nobody prints by accident.

    Raises:
        UnfitError: no text.
    """
    if isinstance(value, SecretStr):
        return value
    if not isinstance(value, str) or not value:
        raise UnfitError(expected="a text, in quotes")
    return SecretStr(value)


PlainSecret = Annotated[
    SecretStr,
    BeforeValidator(read_plain),
    WithJsonSchema({"type": "string", "title": "text", "examples": ["http://alertmanager.monitoring:9093"]}),
]


class Secret(Model):
    """Where a text stands that may be a password: exactly one of the three."""

    file: FilePath | None = Field(None, description="the file that holds it; read anew for each message")
    env: Word | None = Field(None, description="the variable of the environment that holds it")
    plain: PlainSecret | None = Field(None, description="the text itself, where it is no password")


class Webhook(Model):
    """A server of yours that takes JSON: `farshore.alert/1`."""

    url: Secret = Field(description="where to POST to")
    headers: dict[Word, Secret] = Field(
        default_factory=dict[Word, Secret], description="headers to send along, such as Authorization"
    )


class GoogleChat(Model):
    """A space of Google Chat."""

    url: Secret = Field(description="the space's incoming webhook, with its key and token")


class Slack(Model):
    """A channel of Slack, or of what takes Slack's messages."""

    url: Secret = Field(description="the incoming webhook")


class AlertmanagerChannel(Model):
    """Prometheus' Alertmanager, over its API v2."""

    url: Secret = Field(description="where it is, without `/api/v2/alerts`")
    headers: dict[Word, Secret] = Field(
        default_factory=dict[Word, Secret], description="headers to send along, such as Authorization"
    )
    labels: dict[Word, Word] = Field(
        default_factory=dict[Word, Word], description="labels to add to every alert, such as `cluster: eu-1`"
    )


class Apprise(Model):
    """E-mail and the hundred other services that the library Apprise knows; needs the extra `notify`."""

    url: Secret = Field(description="Apprise's URL of the service, such as `mailtos://…`")


class Channel(Model):
    """One place that is told of alerts: exactly one of `webhook`, `google_chat`, `slack`, `alertmanager`, `apprise`."""

    name: Name | None = Field(None, description="its name in logs and metrics; what it is (`slack`) if absent")
    webhook: Webhook | None = Field(None, description="a server of yours that takes JSON")
    google_chat: GoogleChat | None = Field(None, description="a space of Google Chat")
    slack: Slack | None = Field(None, description="a channel of Slack")
    alertmanager: AlertmanagerChannel | None = Field(None, description="Prometheus' Alertmanager")
    apprise: Apprise | None = Field(None, description="e-mail and the rest, through the library Apprise")
    severities: tuple[Severity, ...] = Field(
        (Severity.PAGE, Severity.WARNING), description="which alerts it is told of: page, warning"
    )
    routes: tuple[Name, ...] = Field(
        (),
        description="the routes whose alerts it is told of; all of them if empty. What concerns no route goes to all",
    )
    send_resolved: Flag = Field(default=True, description="tell it as well when an alert is over")

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it is; one, unless it is written wrongly."""
        return tuple(kind for kind in CHANNEL_KINDS if getattr(self, kind) is not None)

    @property
    def label(self) -> str:
        """The channel's name, or what it is."""
        return self.name or next(iter(self.kinds), "channel")


CHANNEL_KINDS: dict[str, type[BaseModel]] = {
    "webhook": Webhook,
    "google_chat": GoogleChat,
    "slack": Slack,
    "alertmanager": AlertmanagerChannel,
    "apprise": Apprise,
}


def secrets_of(channel: Channel) -> tuple[Secret, ...]:
    """Its URL, and the headers that go along."""
    found: list[Secret] = []
    for kind in channel.kinds:
        told = getattr(channel, kind)
        found += [told.url, *getattr(told, "headers", {}).values()]
    return tuple(found)


def model_within(loc: Sequence[str | int]) -> type[BaseModel] | None:
    """What may be written at a place of a channel; None where it is no section."""
    match [*loc]:
        case []:
            return Channel
        case [str(kind)]:
            return CHANNEL_KINDS.get(kind)
        case [str(), "url"] | [str(), "headers", str()]:
            return Secret
        case _:
            return None


def may_show(loc: tuple[str | int, ...], found: str = "") -> bool:
    """Whether a message may quote what was found there: elsewhere it may be a password in the wrong place."""
    if loc[-1:] in _SECRET_FILES:
        return found.startswith(("/", '"/'))
    if loc[2:4] in _LOGINS or loc[:2] in _URLS or loc[:2] == ("otel", "headers"):
        return False
    return loc[:1] != ("notify",) or loc[2:3] in _HARMLESS
