import msgspec
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanKind, StatusCode
from tests.unit.surface.seen import ended

from farshore.core.events import AttemptFailed
from farshore.core.outcome import Code
from farshore.surface.otel.origin import Origin
from farshore.surface.otel.traces import Ended, Failed, spans

START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
TRACE = 0x0AF7651916CD43DD8448EB211C80319C
SERVED = ended()
REFUSED = AttemptFailed(
    route="8082",
    path="r1",
    egress="tailnet",
    target="[fd7a::1]:1433",
    code=Code.TARGET_REFUSED,
    detail="Connection refused",
    took_ms=2.0,
    connection=7,
)


def told(one: Ended) -> list[ReadableSpan]:
    return list(spans(one, Origin.of("1"), RandomIdGenerator()))


def test_a_connection_and_the_dial_that_reached_the_target() -> None:
    connection, dial = told(Ended(trace=TRACE, event=SERVED))
    assert (connection.name, connection.kind, connection.parent) == ("8082", SpanKind.SERVER, None)
    assert (connection.start_time, connection.end_time) == (START_NS, START_NS + 125 * MS)
    assert (connection.context.trace_id, dial.context.trace_id) == (TRACE, TRACE)
    assert connection.attributes is not None
    assert connection.attributes["client.address"] == "127.0.0.1"
    assert connection.attributes["server.port"] == 1433
    assert connection.attributes["farshore.outcome"] == "client.transfer.closed"
    assert "error.type" not in connection.attributes
    assert connection.status.status_code is StatusCode.UNSET
    assert dial.parent == connection.context
    assert (dial.start_time, dial.end_time) == (START_NS, START_NS + 3 * MS)


def test_each_dial_that_failed_is_told_below_its_connection() -> None:
    failed = Failed(event=REFUSED, at_s=1_700_000_000.010)
    connection, lost, won = told(Ended(trace=TRACE, event=SERVED, failed=(failed,)))
    assert [lost.parent, won.parent] == [connection.context, connection.context]
    assert len({span.context.trace_id for span in (connection, lost, won)}) == 1
    assert len({span.context.span_id for span in (connection, lost, won)}) == 3
    assert (lost.name, lost.kind) == ("dial r1", SpanKind.CLIENT)
    assert (lost.start_time, lost.end_time) == (START_NS + 8 * MS, START_NS + 10 * MS)
    assert lost.attributes is not None
    assert (lost.attributes["server.address"], lost.attributes["error.type"]) == ("fd7a::1", "target.dial.refused")
    assert (lost.status.status_code, lost.status.description) == (StatusCode.ERROR, "Connection refused")
    assert won.status.status_code is StatusCode.UNSET


def test_no_dial_ends_before_its_connection_began() -> None:
    _, lost, _ = told(Ended(trace=TRACE, event=SERVED, failed=(Failed(event=REFUSED, at_s=1_699_999_999.9996),)))
    assert (lost.start_time, lost.end_time) == (START_NS, START_NS)


def test_a_connection_that_never_reached_its_target_is_an_error_with_its_code() -> None:
    event = msgspec.structs.replace(
        SERVED, code=Code.TARGET_REFUSED, detail=None, reached_ms=None, dial_ms=None, duration_ms=5.0
    )
    connection, dial = told(Ended(trace=TRACE, event=event))
    for span in (connection, dial):
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description
        assert span.attributes is not None
        assert span.attributes["error.type"] == "target.dial.refused"


def test_a_search_that_failed_has_only_the_dials_that_it_made() -> None:
    event = msgspec.structs.replace(SERVED, code=Code.TARGET_REFUSED, reached_ms=None)
    failed = Failed(event=REFUSED, at_s=1_700_000_000.010)
    assert [span.name for span in told(Ended(trace=TRACE, event=event, failed=(failed,)))] == ["8082", "dial r1"]
