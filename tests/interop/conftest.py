"""Servers on loopback and gateways in front of them, one of each for the whole session."""

from collections.abc import Iterator

import pytest
from tests.interop.gate import Gate, Loop, gate
from tests.interop.servers import LOOPBACK, Servers, free_port, servers_at
from tests.interop.service import Service

DIRECT = {"kind": "direct"}


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with servers_at(LOOPBACK) as started:
        yield started


@pytest.fixture(scope="session")
def targets(servers: Servers) -> dict[str, str]:
    """A route to every server, and one to a port where nobody listens."""
    return {service.value: servers.address(service) for service in Service} | {"nobody": f"127.0.0.1:{free_port()}"}


@pytest.fixture(scope="session", params=list(Loop))
def direct(request: pytest.FixtureRequest, targets: dict[str, str]) -> Iterator[Gate]:
    """A gateway that dials through this host's own network, on each event loop."""
    with gate(egress=DIRECT, targets=targets, loop=request.param) as opened:
        yield opened
