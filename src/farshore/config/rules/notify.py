"""A channel is one thing, has a name of its own, and its URL can be had. What may be a password is never quoted."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from farshore.config.alerts import Silence
from farshore.config.model import Config
from farshore.config.notify import CHANNEL_KINDS, HIDDEN, Channel, Secret
from farshore.config.problem import Finding, Loc, Severity

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")  # a token: RFC 9110 section 5.6.2
_OWN_HEADERS = frozenset(("host", "content-length", "content-type", "transfer-encoding", "connection"))
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OWN_LABELS = frozenset(("alertname", "key", "severity"))
_PASSWORDS = frozenset(("google_chat", "slack", "apprise"))


def findings(config: Config) -> Iterator[Finding]:
    """What is wrong with who is to be told."""
    seen: dict[str, int] = {}
    known = {route.label for route in config.routes}
    for index, channel in enumerate(config.notify):
        loc: Loc = ("notify", index)
        if len(channel.kinds) != 1:
            found = ", ".join(channel.kinds) or "none of them"
            yield Finding(loc=loc, expected=f"one of {', '.join(CHANNEL_KINDS)}", found=found)
            continue
        if channel.label in seen:
            yield Finding(
                loc=(*loc, "name") if channel.name else loc,
                expected="a name that no other channel has",
                found=channel.label,
                other=("notify", seen[channel.label]),
                hint=None if channel.name else "write name:",
            )
        seen.setdefault(channel.label, index)
        yield from _chosen(loc, channel, known)
        yield from _reached(loc, channel)
    if config.alerts is not None:
        yield from _silences(config.alerts.silences, known)


def header_findings(loc: Loc, headers: Mapping[str, Secret]) -> Iterator[Finding]:
    """What is wrong with headers that are sent along, and with where their values stand."""
    for name, secret in headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OWN_HEADERS:
            yield Finding(loc=loc, expected="the name of a header that is yours to set", found=name)
        yield from _secret((*loc, name), secret)


def _silences(silences: tuple[Silence, ...], known: set[str]) -> Iterator[Finding]:
    for index, silence in enumerate(silences):
        yield from _unknown(("alerts", "silences", index), silence.routes, known)


def _unknown(loc: Loc, routes: tuple[str, ...], known: set[str]) -> Iterator[Finding]:
    for place, route in enumerate(routes):
        if route not in known:
            yield Finding(
                loc=(*loc, "routes", place), expected="a route's name", found=route, hint=f"known: {_some(known)}"
            )


def _chosen(loc: Loc, channel: Channel, known: set[str]) -> Iterator[Finding]:
    if not channel.severities:
        yield Finding(loc=(*loc, "severities"), expected="page, warning or both", found="nothing")
    yield from _unknown(loc, channel.routes, known)


def _reached(loc: Loc, channel: Channel) -> Iterator[Finding]:
    [kind] = channel.kinds
    inside: Loc = (*loc, kind)
    within = getattr(channel, kind)
    yield from _secret((*inside, "url"), within.url)
    yield from _url((*inside, "url"), kind, within.url)
    yield from header_findings((*inside, "headers"), getattr(within, "headers", {}))
    for name in getattr(within, "labels", {}):
        if not _LABEL.fullmatch(name) or name in _OWN_LABELS:
            yield Finding(loc=(*inside, "labels"), expected="the name of a label that is yours to set", found=name)


def _secret(loc: Loc, secret: Secret) -> Iterator[Finding]:
    given = [name for name in ("file", "env", "plain") if getattr(secret, name) is not None]
    if len(given) != 1:
        yield Finding(loc=loc, expected="one of file:, env: and plain:", found=", ".join(given) or "none of them")
    if secret.env is not None and not _VARIABLE.fullmatch(secret.env):
        yield Finding(loc=loc, expected="env: the name of a variable, such as CHAT_URL", found=HIDDEN)


def _url(loc: Loc, kind: str, secret: Secret) -> Iterator[Finding]:
    if secret.plain is None:
        return
    if not _is_url(kind, secret.plain.get_secret_value()):
        expected = "a URL of Apprise" if kind == "apprise" else "a URL that begins with https:// or http://"
        yield Finding(loc=loc, expected=expected, found=HIDDEN)
    if kind in _PASSWORDS:
        yield Finding(
            loc=loc,
            expected="file: or env:",
            found="plain:",
            hint="whoever reads this URL can write there",
            severity=Severity.WARNING,
        )


def _is_url(kind: str, text: str) -> bool:
    if not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        named = parts.hostname is not None and parts.port != 0
    except ValueError:
        return False
    return bool(parts.scheme) if kind == "apprise" else named and parts.scheme in {"http", "https"}


def _some(names: set[str]) -> str:
    first = sorted(names)[:5]
    return ", ".join(first) + (" …" if len(names) > len(first) else "")
