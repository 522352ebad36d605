"""Spans of a client connection and of the dials that were made for it, after it has ended. Pure.

Attributes are those of OpenTelemetry's semantic conventions (general attributes, 1.41) where there is one, else
`farshore.*`. Times are Unix nanoseconds.
"""

from collections.abc import Iterator
from functools import partial

import msgspec
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from farshore.core.events import AttemptFailed, ConnectionEnded
from farshore.core.outcome import MEANINGS, Code, Phase
from farshore.surface.otel.origin import Origin

_BEFORE_JOINED = frozenset({Phase.CONNECT, Phase.HANDSHAKE, Phase.DIAL})
Attributes = dict[str, str | int | float | bool]


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A dial that failed, and when (Unix seconds)."""

    event: AttemptFailed
    at_s: float


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A connection that has ended, the trace that it becomes, and the dials for it that failed."""

    event: ConnectionEnded
    trace: int
    failed: tuple[Failed, ...] = ()


def spans(ended: Ended, origin: Origin, ids: IdGenerator) -> Iterator[ReadableSpan]:
    """The connection's span, and one below it for each dial."""
    event = ended.event
    context = partial(_context, ended.trace, ids)
    span = partial(ReadableSpan, resource=origin.resource, instrumentation_scope=origin.scope)
    mine = context()
    begun_ns = _at_ns(event.started_at_s)
    yield span(
        name=event.route,
        context=mine,
        kind=SpanKind.SERVER,
        attributes=_of_connection(event),
        status=_status(event.code, event.detail),
        start_time=begun_ns,
        end_time=begun_ns + _ns(event.duration_ms),
    )
    dial = partial(span, parent=mine, kind=SpanKind.CLIENT)
    for failed in ended.failed:
        attempt = failed.event
        end_ns = max(begun_ns, _at_ns(failed.at_s))  # a connection's begin is rounded
        yield dial(
            name=f"dial {attempt.path}",
            context=context(),
            attributes=_of_dial(attempt.route, attempt.path, attempt.egress, attempt.target, attempt.code),
            status=_status(attempt.code, attempt.detail),
            start_time=max(begun_ns, end_ns - _ns(attempt.took_ms)),
            end_time=end_ns,
        )
    if _has_dial_of_its_own(ended):
        code = None if event.reached_ms is not None else event.code
        took_ms = sum(each or 0.0 for each in (event.connect_ms, event.handshake_ms, event.dial_ms))
        joined_ms = event.duration_ms if event.reached_ms is None else event.reached_ms
        yield dial(
            name=f"dial {event.path}",
            context=context(),
            attributes=_of_dial(event.route, event.path, event.egress, event.target, code) | _phases(event),
            status=Status(StatusCode.UNSET) if code is None else _status(code, event.detail),
            start_time=begun_ns + _ns(max(0.0, joined_ms - took_ms)),
            end_time=begun_ns + _ns(joined_ms),
        )


def _has_dial_of_its_own(ended: Ended) -> bool:
    """Whether the connection's own event tells of a dial: the one that connected, or the only one, which failed."""
    event = ended.event
    return event.reached_ms is not None or (event.code.phase in _BEFORE_JOINED and not ended.failed)


def _of_connection(event: ConnectionEnded) -> Attributes:
    told: Attributes = {
        "network.transport": "tcp",
        **_address("client", event.client),
        **_address("server", event.target),
        "farshore.route": event.route,
        "farshore.path": event.path,
        "farshore.egress": event.egress,
        "farshore.connection": event.connection,
        "farshore.outcome": str(event.code),
        "farshore.client_bytes": event.client_bytes,
        "farshore.upstream_bytes": event.upstream_bytes,
    }
    if event.reached_ms is not None:
        told["farshore.reached_ms"] = event.reached_ms
    if MEANINGS[event.code].is_failure:
        told["error.type"] = str(event.code)
    return told


def _of_dial(route: str, path: str, egress: str, target: str, code: Code | None) -> Attributes:
    told: Attributes = {
        "network.transport": "tcp",
        **_address("server", target),
        "farshore.route": route,
        "farshore.path": path,
        "farshore.egress": egress,
    }
    return told if code is None else told | {"farshore.outcome": str(code), "error.type": str(code)}


def _phases(event: ConnectionEnded) -> Attributes:
    times = {name: getattr(event, f"{name}_ms") for name in ("connect", "handshake", "dial", "first_byte")}
    return {f"farshore.{name}_ms": value for name, value in times.items() if value is not None}


def _address(whose: str, text: str) -> Attributes:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        return {f"{whose}.address": text}
    return {f"{whose}.address": host.strip("[]"), f"{whose}.port": int(port)}


def _status(code: Code, detail: str | None) -> Status:
    if not MEANINGS[code].is_failure:
        return Status(StatusCode.UNSET)
    return Status(StatusCode.ERROR, detail or MEANINGS[code].summary)


def _context(trace: int, ids: IdGenerator) -> SpanContext:
    return SpanContext(trace, ids.generate_span_id(), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _at_ns(seconds: float) -> int:
    """To the microsecond: a float holds no more of a Unix time."""
    return round(seconds * 1_000_000) * 1_000


def _ns(milliseconds: float) -> int:
    return int(milliseconds * 1_000_000)
