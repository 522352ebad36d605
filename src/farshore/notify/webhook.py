"""An alert as JSON for a server of the user's: `farshore.alert/1`, with a schema of its own. Pure.

A key is never renamed or removed within a version.
"""

from typing import Literal

import msgspec

from farshore.core.alerts import Alert
from farshore.notify.message import TEST_RULE, message_of, plain


class PublishedAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert. Times are seconds since the Unix epoch.

    `key` is the cause and its subject: the same for every message about one thing, and for every replica that sees it.
    `state` is firing or resolved; `reminder` marks a firing one that was told before. `code` is a cause of the
    catalogue, null where none is concluded; `incident` is null where it belongs to none. `headline` and `text` say all
    of it in plain text. `test` marks what `farshore alert test` sends.
    """

    schema: Literal["farshore.alert/1"]
    key: str
    rule: str
    severity: Literal["page", "warning"]
    state: Literal["firing", "resolved"]
    reminder: bool
    test: bool
    title: str
    routes: list[str]
    since_s: float
    at_s: float
    incident: str | None
    code: str | None
    confidence: str
    subject: str
    whom: str
    trying: str
    command: str
    verify: str
    link: str
    before: str
    headline: str
    text: str


def encode(alert: Alert) -> bytes:
    """The body of the request."""
    message = message_of(alert)
    return msgspec.json.encode(
        {
            "schema": "farshore.alert/1",
            **{name: getattr(alert, name) or "" for name in _TEXTS},
            "severity": alert.severity.value,
            "state": alert.state.value,
            "reminder": alert.reminder,
            "test": alert.rule == TEST_RULE,
            "routes": alert.routes,
            "since_s": round(alert.since_s, 3),
            "at_s": round(alert.at_s, 3),
            "incident": alert.incident or None,
            "code": alert.code or None,
            "headline": message.headline,
            "text": plain(message),
        }
    )


_TEXTS = ("key", "rule", "title", "confidence", "subject", "whom", "trying", "command", "verify", "link", "before")


def json_schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of what is sent."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(PublishedAlert)}
