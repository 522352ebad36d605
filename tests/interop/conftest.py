"""Servers on loopback and gateways in front of them, one of each for the whole session.

`way` is a gateway: one that dials through this host's own network, on each event loop, and one for each of the three
doors of the lab's tailscaled.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.interop.gate import NOBODY, Gate, Loop, gate
from tests.interop.parts import ROOT
from tests.interop.servers import LOOPBACK, Servers, servers_at
from tests.interop.service import WELL_KNOWN_PORTS, Service
from tests.ports import free_port

LAB_HOST = "172.16.20.88"
NOBODYS_PORT = 9
DIRECT = ("direct-asyncio", "direct-uvloop")
DOORS = ("tailscaled", "socks5", "connect")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with servers_at(LOOPBACK) as started:
        yield started


@pytest.fixture(scope="session")
def lab(servers: Servers) -> Iterator[Mapping[str, Mapping[str, Any]]]:
    """A running lab tailscaled before the servers: how each door is written as an egress."""
    listeners = {str(port): servers.port(service) for service, port in WELL_KNOWN_PORTS.items()}
    with tempfile.TemporaryDirectory(prefix="farshore-lab-") as folder:
        socket = str(Path(folder) / "tailscaled.sock")
        command = [sys.executable, "-m", "tests.interop.lab", socket, LAB_HOST, json.dumps(listeners)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            doors = json.loads(process.stdout.readline())
            yield {
                "tailscaled": {"kind": "tailscaled", "socket": socket},
                "socks5": {"kind": "socks5", "address": doors["socks5"], "localapi": socket},
                "connect": {"kind": "connect", "address": doors["connect"], "localapi": socket},
            }
            process.stdin.close()


@pytest.fixture(scope="session", params=[*DIRECT, *DOORS])
def way(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Gate]:
    """A gateway with a route to every server, and one to a port where nobody listens."""
    if request.param in DIRECT:
        targets = {service.value: servers.address(service) for service in Service}
        targets[NOBODY] = f"{LOOPBACK.host}:{free_port()}"
        loop = Loop(request.param.removeprefix("direct-"))
        with gate(egress={"kind": "direct"}, targets=targets, loop=loop) as opened:
            yield opened
        return
    egress = request.getfixturevalue("lab")[request.param]
    targets = {service.value: f"{LAB_HOST}:{port}" for service, port in WELL_KNOWN_PORTS.items()}
    with gate(egress=egress, targets={**targets, NOBODY: f"{LAB_HOST}:{NOBODYS_PORT}"}) as opened:
        yield opened
