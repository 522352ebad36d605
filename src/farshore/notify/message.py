"""What an alert says to a person, before any channel's mark-up. Pure.

Much of it comes from logs and from other machines: it is made printable and short here, and escaped by each codec.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from farshore.core.alerts import Alert, AlertState, Severity

TEST_RULE = "test"
RUN, THEN_SEE = "Run", "Then see"
MAX_TEXT = 600
MAX_COMMAND = 1500
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_NOTHING_WIDE = "\u200b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line: what it is about, and what is known of it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; `command` may have several lines, everything else has one. `link` is empty or a URL.

    `verify` is what to look at once the command has run.
    """

    key: str
    state: AlertState
    severity: Severity
    headline: str
    facts: tuple[Fact, ...]
    command: str
    verify: str
    link: str


def message_of(alert: Alert) -> Message:
    """What is to be said of an alert."""
    is_over = alert.state is AlertState.RESOLVED
    return Message(
        key=alert.key,
        state=alert.state,
        severity=alert.severity,
        headline=f"{_mark(alert)}: {_one_line(alert.title)}",
        facts=tuple(Fact(label=label, text=_one_line(text)) for label, text in _facts(alert) if text),
        command="" if is_over else _lines(alert.command),
        verify="" if is_over else _one_line(alert.verify),
        link=alert.link if alert.link.startswith(("http://", "https://")) else "",
    )


def plain(message: Message) -> str:
    """All of it but the headline, as lines of plain text."""
    lines = [f"{fact.label}: {fact.text}" for fact in message.facts]
    if message.command:
        lines.append(f"{RUN}: {message.command}")
    if message.verify:
        lines.append(f"{THEN_SEE}: {message.verify}")
    if message.link:
        lines.append(message.link)
    return "\n".join(lines)


def without_mentions(text: str) -> str:
    """The text with every `@name` broken, so that nobody is called by what a log says."""
    return _MENTION.sub(f"@{_NOTHING_WIDE}", text)


def shortened(text: str, limit: int) -> str:
    """At most so many characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _mark(alert: Alert) -> str:
    if alert.rule == TEST_RULE:
        return "TEST"
    if alert.state is AlertState.RESOLVED:
        return "RESOLVED"
    word = "PAGE" if alert.severity is Severity.PAGE else "WARNING"
    return f"STILL {word}" if alert.reminder else word


def _facts(alert: Alert) -> Iterator[tuple[str, str]]:
    if alert.state is AlertState.RESOLVED:
        yield "Lasted", f"{_span(alert.at_s - alert.since_s)}, from {_time(alert.since_s)} to {_time(alert.at_s)}"
    else:
        yield "Since", f"{_time(alert.since_s)}, {_span(alert.at_s - alert.since_s)} ago"
    yield "Routes", ", ".join(alert.routes)
    yield "Hits", alert.whom
    yield _cause(alert)
    if alert.state is not AlertState.RESOLVED:
        yield "Being tried", alert.trying
        yield "Before", alert.before
    yield "Incident", alert.incident or ""


def _cause(alert: Alert) -> tuple[str, str]:
    """What broke; without a verdict no more than what it is about."""
    known = f"{alert.code} ({alert.confidence})" if alert.code and alert.confidence else alert.code or alert.confidence
    return "Cause" if known else "Concerns", ": ".join(part for part in (known, alert.subject) if part)


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _span(seconds: float) -> str:
    whole = max(0, round(seconds))
    if whole < 120:  # noqa: PLR2004 - seconds are told below two minutes
        return f"{whole} s"
    minutes = whole // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004


def _one_line(text: str) -> str:
    return shortened(" ".join(_printable(text).split()), MAX_TEXT)


def _lines(text: str) -> str:
    return shortened("\n".join(_printable(line).rstrip() for line in text.strip().splitlines()), MAX_COMMAND)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
