"""One line for each thing that happened: JSON for machines, text for a terminal. Never payload.

A connection's line is the only one that is written often, so it skips the logger: everything that depends on the code
alone is encoded once, and the event goes through msgspec as it is.
"""

import logging
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger

from farshore.core.alerts import AlertChanged, AlertState, NotificationFailed
from farshore.core.clock import Clock
from farshore.core.events import (
    AttemptFailed,
    ConfigurationApplied,
    ConfigurationRefused,
    ConnectionEnded,
    Event,
    Health,
    HealthChanged,
    JournalFailed,
    LeakRefused,
    OutageStarted,
    PathChanged,
    PathChecked,
    RedundancyLost,
    RemedyApplied,
    RemedySuggested,
    TailscaledChanged,
    TailscaledSaid,
    TargetProbed,
)
from farshore.core.incidents import IncidentExamined, IncidentNotExamined, IncidentNotKept, IncidentOpened
from farshore.core.journal import event_name
from farshore.core.outcome import MEANINGS, Code
from farshore.core.redirected import ClientRedirected
from farshore.core.remedy import RemedyResult
from farshore.core.sampled import TailscaledSampled

CONNECTION_ENDED = "connection-ended"


class LogFormat(StrEnum):
    """What a line looks like."""

    JSON = "json"
    TEXT = "text"


class LogLevel(StrEnum):
    """The least important line that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        """The same, as the standard library counts."""
        return logging.getLevelNamesMapping()[self.name]


class Sink(Protocol):
    """Where lines go: a `writer.LineWriter`, or a buffer in a test."""

    def write(self, line: bytes, /) -> object:
        """Take one line with its line feed."""
        ...

    def flush(self) -> object:
        """Asked for after every line; may do nothing."""
        ...


Fields = MutableMapping[str, Any]


class Logs:
    """Turns events into lines. `logger` is for everything that is no event."""

    def __init__(self, sink: Sink, *, clock: Clock, log_format: LogFormat, level: LogLevel) -> None:
        self._sink = sink
        self._stamp = _Stamp(clock)
        self._format = log_format
        self._level = level.number
        self._encode = msgspec.json.Encoder().encode
        self._frames = {code: _frame(code) for code in Code}
        render = render_json if log_format is LogFormat.JSON else render_text
        self.logger: FilteringBoundLogger = structlog.wrap_logger(
            structlog.BytesLogger(sink),  # type: ignore[arg-type]
            processors=[self._complete, render],
            wrapper_class=structlog.make_filtering_bound_logger(self._level),
            context_class=dict,
            cache_logger_on_first_use=True,
        )

    def announce(self, event: Event) -> None:
        """Write the event's line."""
        if isinstance(event, ConnectionEnded):
            self._connection_ended(event)
        else:
            told = event.alert if isinstance(event, AlertChanged) else event
            self.logger.log(_level_of(event), event_name(type(event)), **msgspec.structs.asdict(told))

    def _connection_ended(self, event: ConnectionEnded) -> None:
        level, head, tail = self._frames[event.code]
        if level < self._level:
            return
        if self._format is LogFormat.JSON:
            self._sink.write(b"".join((b'{"at":"', self._stamp(), head, self._encode(event)[1:-1], tail)))
            return
        fields = msgspec.structs.asdict(event)
        if level == logging.WARNING:
            fields["remedy"] = MEANINGS[event.code].remedy
        self.logger.log(level, CONNECTION_ENDED, who=event.code.who, **fields)

    def _complete(self, _: object, level: str, fields: Fields) -> Fields:
        return {"at": self._stamp().decode(), "level": level, "event": fields.pop("event"), **fields}


def render_json(_: object, __: str, fields: Fields) -> bytes:
    """One JSON object (RFC 8259); control characters in values are escaped."""
    return msgspec.json.encode(fields, enc_hook=str)


def render_text(_: object, __: str, fields: Fields) -> bytes:
    """`time level event key=value …`, absent values left out, whatever a terminal could act on escaped."""
    at, level, event, *rest = fields.items()
    pairs = (f"{key}={_plain(value)}" for key, value in rest if value is not None)
    return " ".join((at[1], f"{level[1]:7}", _plain(event[1]), *pairs)).encode()


def route_standard_logging(logger: FilteringBoundLogger, *, describe: Callable[[BaseException], str]) -> None:
    """Send what libraries log through the standard library, from warnings up, to the same lines.

    uvicorn's warnings are about bytes that any visitor of a port may send, so they count from errors up.
    """
    root = logging.getLogger()
    root.handlers[:] = [_Bridge(logger, describe)]
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


class _Bridge(logging.Handler):
    def __init__(self, logger: FilteringBoundLogger, describe: Callable[[BaseException], str]) -> None:
        super().__init__()
        self._logger = logger
        self._describe = describe

    def emit(self, record: logging.LogRecord) -> None:
        fields = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[1]:
            fields["error"] = self._describe(record.exc_info[1])
        self._logger.log(record.levelno, "library", **fields)


class _Stamp:
    """RFC 3339 in UTC with milliseconds; the part up to the second is formatted once a second."""

    def __init__(self, clock: Clock) -> None:
        self._wall_s = clock.wall_s
        self._second = -1
        self._prefix = b""

    def __call__(self) -> bytes:
        now_s = self._wall_s()
        second = int(now_s)
        if second != self._second:
            self._second = second
            self._prefix = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.").encode()
        return b"%b%03dZ" % (self._prefix, (now_s - second) * 1000)


def _level_of(event: Event) -> int:
    match event:
        case ConfigurationRefused() | JournalFailed() | NotificationFailed(will_retry=False):
            return logging.ERROR
        case (
            AttemptFailed()
            | LeakRefused()
            | PathChecked()
            | TargetProbed()
            | TailscaledSampled()
            | TailscaledSaid(severity="debug" | "info")
        ):
            # The connection's own line tells of a leak as a warning; a daemon's chatter is for who looks for a mistake.
            return logging.DEBUG
        case _:
            return logging.WARNING if _warns(event) else logging.INFO


def _warns(event: Event) -> bool:
    match event:
        case OutageStarted() | RedundancyLost() | HealthChanged(health=Health.DOWN) | PathChanged(state="open"):
            return True
        case RemedyApplied(result=RemedyResult.FAILED | RemedyResult.UNDONE) | RemedySuggested():
            return True
        case (
            TailscaledChanged(phase="needs-login" | "backing-off" | "given-up") | TailscaledSaid() | ClientRedirected()
        ):
            return True
        case IncidentOpened() | IncidentExamined() | IncidentNotExamined() | IncidentNotKept() | NotificationFailed():
            return True
        case AlertChanged() | ConfigurationApplied():
            return bool(event.needs_restart) if isinstance(event, ConfigurationApplied) else _fires(event)
        case _:
            return False


def _fires(event: AlertChanged) -> bool:
    return event.alert.state is AlertState.FIRING and not event.alert.silenced


def _frame(code: Code) -> tuple[int, bytes, bytes]:
    """Level, and what stands before and after the event's own fields in its JSON line."""
    meaning = MEANINGS[code]
    level = logging.WARNING if meaning.is_failure else logging.INFO
    head = f'","level":"{logging.getLevelName(level).lower()}","event":"{CONNECTION_ENDED}","who":"{code.who}",'
    remedy = b',"remedy":' + msgspec.json.encode(meaning.remedy) if meaning.is_failure else b""
    return level, head.encode(), remedy + b"}\n"


def _plain(value: object) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    if text and text.isprintable() and not any(mark in text for mark in ' "=\\'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in escaped) + '"'
