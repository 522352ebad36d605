"""A real Prometheus scrapes a real gateway, with the rules and the dashboard that `farshore export` prints."""

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.interop.parts import program
from tests.ports import free_port
from tests.scenarios.program import FARSHORE, PATIENCE_S, echo_target, serve_command, serving

from farshore.surface.export.rules import rules as alerting_rules

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]
SCRAPE = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - {{job_name: farshore, static_configs: [{{targets: ["{gateway}", "{gone}"]}}]}}
"""
# What a gateway shows only after something that this one does not go through.
MAY_BE_EMPTY = {"Remedies"}


def exported(*words: str) -> str:
    return subprocess.run([*FARSHORE, "export", *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "farshore.rules.yml"
    path.write_text(exported("prometheus-rules"))
    return path


def checked(tool: str, *words: object) -> str:
    """What a tool of theirs says of a file; it has to be content."""
    path = program(tool, "prometheus-alertmanager" if tool == "amtool" else "prometheus")
    done = subprocess.run([path, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_rules_and_routing_are_what_their_own_tools_expect(rules: Path, tmp_path: Path) -> None:
    assert "SUCCESS: 29 rules found" in checked("promtool", "check", "rules", rules)
    routing = tmp_path / "alertmanager.yml"
    routing.write_text(exported("alertmanager"))
    said = checked("amtool", "check-config", routing)
    assert "2 inhibit rules" in said
    assert "1 receivers" in said


BURNING = {
    'farshore_connections_total{route="db",code="client.transfer.closed"}': "0+90x120",
    'farshore_connections_total{route="db",code="tailnet.dial.no-answer"}': "0+10x120",
    'farshore_connections_total{route="well",code="client.transfer.closed"}': "0+90x120",
    'farshore_connections_total{route="well",code="client.dial.gone"}': "0+90x120",
}
FEW = {
    'farshore_connections_total{route="night",code="client.transfer.closed"}': "0+4x120",
    'farshore_connections_total{route="night",code="upstream.transfer.reset"}': "0+1x120",
}
SPARE = {'farshore_redundancy_lost{route="db",instance="a"}': "0 0 1 1 1 1 0 0 0 0 0 0 0 0 0 0"}
LEAK = {'farshore_leaks_total{route="db",egress="tailnet",connected="false"}': "_ _ _ 1 1 1 1 1 1 1 1 1 1"}
PAGED, WARNED = {"route": "db", "severity": "page"}, {"route": "db", "severity": "warning"}


@pytest.mark.parametrize(
    ("series", "minute", "name", "labels"),
    [
        (BURNING, 30, "FarshoreBudgetBurns", [PAGED]),
        (FEW, 30, "FarshoreResets", []),
        (SPARE, 2, "FarshoreRedundancyLost", []),
        (SPARE, 4, "FarshoreRedundancyLost", [WARNED]),
        (SPARE, 8, "FarshoreRedundancyLost", [WARNED]),
        (SPARE, 14, "FarshoreRedundancyLost", []),
        (LEAK, 2, "FarshoreLeakRefused", []),
        (LEAK, 3, "FarshoreLeakRefused", [{**WARNED, "egress": "tailnet"}]),
        (LEAK, 10, "FarshoreLeakRefused", []),
    ],
)
def test_what_fires_when(
    series: dict[str, str], minute: int, name: str, labels: list[dict[str, str]], rules: Path, tmp_path: Path
) -> None:
    (told,) = (rule for rule in alerting_rules() if rule.name == name)
    annotations = {"summary": told.summary, "description": told.description}
    filled = json.loads(json.dumps(annotations).replace("{{ $labels.route }}", "db"))
    expected = [{"exp_labels": each, "exp_annotations": filled} for each in labels]
    case = {
        "interval": "1m",
        "input_series": [{"series": each, "values": values} for each, values in series.items()],
        "alert_rule_test": [{"eval_time": f"{minute}m", "alertname": name, "exp_alerts": expected}],
    }
    tested = tmp_path / "tested.yml"
    tested.write_text(json.dumps({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [case]}))
    assert "SUCCESS" in checked("promtool", "test", "rules", tested)


@dataclass(frozen=True)
class Ports:
    """Where a gateway and a Prometheus that scrapes it listen."""

    well: int
    refused: int
    health: int
    prometheus: int


@pytest.fixture
def running(rules: Path, tmp_path: Path) -> Iterator[Ports]:
    """A gateway with a route that works and one to nobody, each over two paths, and a Prometheus that scrapes it."""
    server = program("prometheus", "prometheus")
    ports = Ports(well=free_port(), refused=free_port(), health=free_port(), prometheus=free_port())
    with echo_target() as target:
        paths = [{"egress": "one"}, {"egress": "two"}]
        both = {"paths": paths, "allow_direct": True, "hold": "0s"}
        routes = [
            {"name": "well", "listen": f"127.0.0.1:{ports.well}", "target": f"127.0.0.1:{target}", **both},
            {"name": "refused", "listen": f"127.0.0.1:{ports.refused}", "target": f"127.0.0.1:{free_port()}", **both},
        ]
        written = {
            "egresses": {"one": {"kind": "direct"}, "two": {"kind": "direct"}},
            "routes": routes,
            "incidents": {},
            "health": f"127.0.0.1:{ports.health}",
            "admin": None,
            "exemplars": True,
            "drain": {"settle": "0s", "grace": "1s"},
        }
        configuration = tmp_path / "farshore.json"
        configuration.write_text(json.dumps(written))
        scrape = tmp_path / "prometheus.yml"
        scrape.write_text(
            SCRAPE.format(rules=rules, gateway=f"127.0.0.1:{ports.health}", gone=f"127.0.0.1:{free_port()}")
        )
        command = [
            server,
            f"--config.file={scrape}",
            "--enable-feature=exemplar-storage",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{ports.prometheus}",
        ]
        log = tmp_path / "prometheus.log"
        with (
            serving(serve_command(configuration)),
            log.open("wb") as said,
            subprocess.Popen(command, stdout=said, stderr=said) as process,
        ):
            try:
                yield ports
            finally:
                process.terminate()


def come_and_go(port: int) -> None:
    with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as one:
        one.sendall(b"ping")
        one.recv(4)


def exemplars(ports: Ports, query: str) -> bool:
    """Whether it knows which connections stand behind what a query reads, as a dashboard asks for them."""
    span = {"start": time.time() - 60, "end": time.time() + 1}
    address = f"http://127.0.0.1:{ports.prometheus}/api/v1/query_exemplars"
    told = httpx2.get(address, params={"query": query, **span}).json()["data"]
    return any(int(each["labels"]["connection"]) for series in told for each in series["exemplars"])


def until(ports: Ports, holds: Callable[[], bool]) -> None:
    """Clients come and go on both routes until it holds."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        come_and_go(ports.well)
        come_and_go(ports.refused)
        with contextlib.suppress(httpx2.TransportError):
            if holds():
                return
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def asked(ports: Ports, path: str, **parameters: str) -> dict[str, Any]:
    said = httpx2.get(f"http://127.0.0.1:{ports.prometheus}/api/v1/{path}", params=parameters).json()
    assert said["status"] == "success", said
    return dict(said["data"])


def test_a_real_prometheus_pages_for_the_route_that_fails_and_fills_the_dashboard(running: Ports) -> None:
    shown = json.loads(exported("grafana"))["panels"]
    queries = {
        (panel["title"], target["expr"].replace("$__rate_interval", "30s").replace("$route", ".*"))
        for panel in shown
        for target in panel["targets"]
        if panel["title"] not in MAY_BE_EMPTY
    }

    def fires() -> bool:
        alerts = asked(running, "alerts")["alerts"]
        return any(alert["labels"]["alertname"] == "FarshoreResets" and alert["state"] == "firing" for alert in alerts)

    def empty() -> list[tuple[str, str]]:
        return [query for query in sorted(queries) if not asked(running, "query", query=query[1])["result"]]

    until(running, fires)
    until(running, lambda: not empty())
    (dial,) = {target["expr"] for panel in shown for target in panel["targets"] if target.get("exemplar")}
    until(running, lambda: exemplars(running, dial.replace("$__rate_interval", "30s").replace("$route", "well")))

    alerts = {
        (alert["labels"]["alertname"], alert["labels"].get("route")) for alert in asked(running, "alerts")["alerts"]
    }
    assert ("FarshoreResets", "refused") in alerts
    assert not [alert for alert in alerts if alert[1] == "well"]
    assert ("FarshoreDown", None) in alerts
    exposed = httpx2.get(f"http://127.0.0.1:{running.health}/metrics").text
    said = subprocess.run(
        [program("promtool", "prometheus"), "check", "metrics"],
        input=exposed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout + said.stderr) == (0, "")
