"""What a collector of OpenTelemetry's hears of a running gateway, and what one that is ill does to it: nothing."""

import http.server
import json
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.ports import free_port
from tests.scenarios.program import PATIENCE_S, Program, Settings, echo_target, serve_command, serving

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
KEY = "Bearer k3y-of-the-collector"


class Collector(http.server.ThreadingHTTPServer):
    """Takes OTLP over HTTP as a collector does, or answers as an ill one would."""

    daemon_threads = True

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), Taken)
        self.status = status
        self.heard: queue.SimpleQueue[tuple[str, str, bytes]] = queue.SimpleQueue()

    def spans(self, wanted: int) -> list[Span]:
        """So many spans, as they come."""
        told: list[Span] = []
        while len(told) < wanted:
            path, _, body = self.heard.get(timeout=PATIENCE_S)
            if path.endswith("/v1/traces"):
                request = ExportTraceServiceRequest.FromString(body)
                told += [each for one in request.resource_spans for scope in one.scope_spans for each in scope.spans]
        return told


class Taken(http.server.BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.put((self.path, self.headers["Authorization"], body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not into the test's output."""


@contextmanager
def collecting(status: int = 200) -> Iterator[Collector]:
    with Collector(status) as collector:
        thread = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


@contextmanager
def sending(folder: Path, target: int, endpoint: str) -> Iterator[tuple[Program, Settings]]:
    """A gateway whose first path has nobody to dial for it, and whose second one leads to the target."""
    settings = Settings(target=target, grace="1s")
    config = settings.write(folder)
    written = json.loads(config.read_text())
    key = folder / "key"
    key.write_text(KEY)
    written["egresses"]["dead"] = {"kind": "socks5", "address": f"127.0.0.1:{free_port()}"}
    written["routes"][0]["paths"] = [{"egress": "dead"}, {"egress": "out"}]
    written["exemplars"] = True
    written["otel"] = {"endpoint": endpoint, "headers": {"Authorization": {"file": str(key)}}, "timeout": "2s"}
    config.write_text(json.dumps(written))
    with serving(serve_command(config)) as program:
        yield program, settings


def told_by(span: Span) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_trace_shows_each_dial_of_a_connection(tmp_path: Path) -> None:
    with (
        echo_target() as target,
        collecting() as collector,
        sending(tmp_path, target, f"http://127.0.0.1:{collector.server_port}/otlp") as (program, settings),
    ):
        assert settings.echo(b"carried\n") == b"carried\n"
        program.until("connection-ended")
        answer = httpx2.get(f"http://127.0.0.1:{settings.health}/metrics", headers={"Accept": OPENMETRICS})
        spans = collector.spans(3)
    connection, failed, reached = sorted(spans, key=lambda span: (bool(span.parent_span_id), span.name))
    assert {span.trace_id for span in spans} == {connection.trace_id}
    assert f'trace_id="{connection.trace_id.hex()}"' in answer.text
    assert {failed.parent_span_id, reached.parent_span_id} == {connection.span_id}
    assert [span.name.partition("/")[0] for span in (connection, failed, reached)] == ["echo", "dial dead", "dial out"]
    assert told_by(failed)["error.type"] == "egress.connect.refused"
    assert told_by(connection)["farshore.client_bytes"] == len(b"carried\n")
    assert told_by(connection)["server.port"] == target
    assert connection.start_time_unix_nano <= failed.end_time_unix_nano <= connection.end_time_unix_nano


def test_what_is_left_at_the_end_is_sent_with_the_metrics_that_prometheus_reads(tmp_path: Path) -> None:
    with echo_target() as target, collecting() as collector:
        with sending(tmp_path, target, f"http://127.0.0.1:{collector.server_port}") as (program, settings):
            settings.echo(b"carried\n")
            program.until("connection-ended")
            program.process.terminate()
            assert program.ended() == 0
        heard = [collector.heard.get_nowait() for _ in range(collector.heard.qsize())]
    assert {authorization for _, authorization, _ in heard} == {KEY}
    (body,) = [body for path, _, body in heard if path == "/v1/metrics"]
    (resource,) = ExportMetricsServiceRequest.FromString(body).resource_metrics
    named = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert named["service.name"] == "farshore"
    (metrics,) = (scope.metrics for scope in resource.scope_metrics)
    ended = next(metric for metric in metrics if metric.name == "farshore_connections_total")
    assert [point.as_double for point in ended.sum.data_points] == [1]


@pytest.mark.parametrize("status", [500, 307])
def test_an_ill_collector_is_told_of_once_and_changes_nothing(tmp_path: Path, status: int) -> None:
    with (
        echo_target() as target,
        collecting(status) as collector,
        sending(tmp_path, target, f"http://127.0.0.1:{collector.server_port}") as (program, settings),
    ):
        assert settings.echo(b"one\n") == b"one\n"
        seen = program.until("configuration")
        assert settings.echo(b"two\n") == b"two\n"
        program.process.terminate()
        assert program.ended() == 0
        seen += program.events()
    warned = [event for event in seen if "collector" in str(event.get("message"))]
    assert [event["message"].partition("takes ")[2].split()[1] for event in warned] in (
        ["traces"],
        ["traces", "metrics"],
    )
    assert KEY not in json.dumps(seen)


def test_a_collector_that_says_nothing_does_not_keep_the_gateway_from_ending(tmp_path: Path) -> None:
    with (
        echo_target() as target,
        socket.create_server(("127.0.0.1", 0)) as silent,
        sending(tmp_path, target, f"http://127.0.0.1:{silent.getsockname()[1]}") as (program, settings),
    ):
        for _ in range(3):
            assert settings.echo(b"carried\n") == b"carried\n"
        program.process.terminate()
        assert program.ended() == 0
