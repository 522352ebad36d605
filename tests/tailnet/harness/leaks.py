"""What every fail-closed scenario asserts."""

import contextlib

from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.servers import Server
from tests.tailnet.harness.waiting import until

CLIENTS = 20
LEAK = "tailnet.dial.leak"
LEAKS = "farshore_leaks_total"
SECRET = b"SELECT secret FROM vault"


def carries(gateway: Gateway, route: str) -> None:
    """A byte goes there and back over an echo."""
    with gateway.dial(route) as client:
        client.sendall(b"?")
        assert client.recv(1) == b"?", route


def serves(gateway: Gateway, route: str) -> bool:
    """Whether a byte goes there and back; to wait for."""
    with contextlib.suppress(ConnectionError), gateway.dial(route) as client:
        client.sendall(b"?")
        return client.recv(1) == b"?"
    return False


def refuses_all(gateway: Gateway, route: str, impostor: Server) -> None:
    """Every client ends with the leak outcome, none with a byte; what connected is counted as that."""
    counted_before = gateway.metric(LEAKS, route=route, connected="true")
    sent = gateway.send(route, SECRET, clients=CLIENTS)
    assert sent.codes == {LEAK: CLIENTS}
    assert sent.received == [b""] * CLIENTS
    leaked_dials = sum(line["leaked_dial"] for line in sent.lines)
    until(lambda: impostor.connections >= leaked_dials, f"the impostor to have seen {leaked_dials} connections")
    assert (impostor.connections, impostor.received) == (leaked_dials, 0)
    assert gateway.metric(LEAKS, route=route, connected="true") == counted_before + leaked_dials
    assert all(line["client_end"] == "rst" and line["upstream_bytes"] == 0 for line in sent.lines)
