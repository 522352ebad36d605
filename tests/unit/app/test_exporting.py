import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.app.test_notifying import configuration
from tests.unit.surface.seen import SeenGateway, StoppedClock

from farshore.app.exits import Exit
from farshore.app.exporting import build_exporter, otel_refusal
from farshore.surface.metrics import Metrics


def nobody_hears(_: str) -> None:
    raise AssertionError


def metrics() -> Metrics:
    return Metrics(SeenGateway(), loop="asyncio", log_lines_dropped=lambda: 0)


def test_without_a_collector_nothing_is_built() -> None:
    config = configuration("")
    shown = metrics()
    assert otel_refusal(config) is None
    assert build_exporter(config, shown, nobody_hears, StoppedClock()) is None
    assert b"farshore_otel" not in shown.render("")[0]


def test_what_became_of_exports_is_shown_with_the_metrics() -> None:
    shown = metrics()
    assert build_exporter(configuration("otel: {endpoint: 'http://c:4318'}"), shown, nobody_hears, StoppedClock())
    assert b'farshore_otel_exports_total{result="dropped",signal="traces"} 0.0' in shown.render("")[0]


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "farshore.surface.otel.exporter", None)
    refusal = otel_refusal(configuration("otel: {endpoint: 'http://c:4318'}"))
    assert refusal is not None
    assert refusal.exit is Exit.USAGE
    assert "pip install 'farshore[otel]'" in refusal.sentence


def test_a_header_that_cannot_be_read_is_named_at_the_start(tmp_path: Path) -> None:
    section = f"otel: {{endpoint: 'http://c:4318', headers: {{Authorization: {{file: {tmp_path}/absent}}}}}}"
    refusal = otel_refusal(configuration(section))
    assert refusal is not None
    assert "otel.headers.Authorization cannot be read" in refusal.sentence
    assert "absent" in refusal.sentence


def test_who_does_not_ask_for_it_does_not_load_it() -> None:
    program = "import sys, farshore.app.serve; print([name for name in sys.modules if 'opentelemetry' in name])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("exemplars: true", {"connection"}),
        ("exemplars: true\notel: {endpoint: 'http://c:4318'}", {"connection", "trace_id"}),
        ("exemplars: true\notel: {endpoint: 'http://c:4318', traces: false}", {"connection"}),
        ("otel: {endpoint: 'http://c:4318'}", None),
    ],
)
def test_a_connection_is_named_in_the_metrics_only_where_that_is_wanted(section: str, names: set[str] | None) -> None:
    shown = metrics()
    build_exporter(configuration(section), shown, nobody_hears, StoppedClock())
    named = shown.dials.exemplar
    assert (named and named(8).keys()) == names
