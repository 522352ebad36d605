"""Oracle's own drivers, which a listener sends on to a host that nobody has, and where they end up."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.interop.clients import ENVIRONMENT
from tests.interop.gate import gate
from tests.interop.oracle_listeners import oracle_listener, redirect, refuse
from tests.interop.parts import ROOT
from tests.interop.refused import REFUSED, Refused

pytestmark = pytest.mark.interop

# TEST-NET-1, which no network has (RFC 5737).
NODE = ("192.0.2.7", 1526)
DRIVERS = [client for client in REFUSED if client.protocol == "oracle"]
ATTEMPT_S = 90.0


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_a_driver_that_is_sent_on_arrives_at_the_route_of_that_address(driver: Refused, tmp_path: Path) -> None:
    own: dict[str, dict[str, Any]] = {
        "scan": {"protocol": "oracle", "redirects": "rewrite"},
        "node": {"protocol": "oracle", "known_as": ["{}:{}".format(*NODE)]},
    }
    with oracle_listener(redirect(*NODE)) as scan, oracle_listener(refuse()) as node:
        targets = {"scan": f"127.0.0.1:{scan.port}", "node": f"127.0.0.1:{node.port}"}
        with gate(egress={"kind": "direct"}, targets=targets, own=own) as carried:
            command = driver.command(carried.host, carried.ports["scan"], tmp_path)
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=ATTEMPT_S, cwd=ROOT, env=ENVIRONMENT
            )
            routes = {ending["route"] for ending in carried.endings()}
    assert "12514" in done.stdout, (done.stdout, done.stderr)
    assert routes == {"scan", "node"}
    ((_, _), (_, said)) = (*scan.heard, *node.heard)
    assert b"(SERVICE_NAME=shore)" in said
