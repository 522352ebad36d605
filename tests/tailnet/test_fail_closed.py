"""No client byte leaves through the pod's own network, whatever is wrong with the route and whoever waits there.

An impostor has the target's own address in the pod's network. Each fault is in force for all tests that name it.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.servers import Server
from tests.tailnet.harness.tailnet import TARGET, VIA_ONLY_TARGET, Tailnet, via
from tests.tailnet.harness.waiting import until

CLIENTS = 20
LEAK = "tailnet.dial.leak"
LEAKS = "farshore_leaks_total"
SECRET = b"SELECT secret FROM vault"
PLAIN = ("tailscaled", "socks5", "socks5-alone", "connect", "direct")
CONFIRMED = ("tailscaled", "socks5", "connect", "direct")
NEVER_CONNECTS = frozenset({"tailscaled", "connect", "direct"})
VIA_TARGET = via(1, VIA_ONLY_TARGET)

FAULTS: dict[str, Callable[[Tailnet], AbstractContextManager[None]]] = {
    "route-withdrawn": faults.route_withdrawn,
    "accept-routes-off": lambda tailnet: faults.accept_routes_off(tailnet, tailnet.gw),
    "key-expired": faults.key_expired,
    "logged-out": lambda tailnet: faults.logged_out(tailnet, tailnet.gw),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A gateway that worked, and then the fault. Routes are `plain-<egress>` and `via-<egress>`."""

    tailnet: Tailnet
    gateway: Gateway
    port: int


@pytest.fixture(scope="module", params=FAULTS)
def scene(request: pytest.FixtureRequest, standing_tailnet: Tailnet) -> Iterator[Scene]:
    tailnet = standing_tailnet
    port = tailnet.free_port()
    routes = {f"plain-{egress}": (egress, f"{TARGET}:{port}") for egress in PLAIN}
    routes |= {f"via-{egress}": (egress, f"[{VIA_TARGET}]:{port}") for egress in CONFIRMED}
    with (
        gateways.serving(tailnet, gateways.egresses(tailnet, PLAIN), routes) as gateway,
        tailnet.serving(servers.echo, port=port),
        tailnet.serving(servers.echo, host=VIA_ONLY_TARGET, port=port),
    ):
        for route in routes:
            if not route.endswith("-direct"):
                _carries(gateway, route)
        with FAULTS[request.param](tailnet):
            yield Scene(tailnet=tailnet, gateway=gateway, port=port)


def _carries(gateway: Gateway, route: str) -> None:
    with gateway.dial(route) as client:
        client.sendall(b"?")
        assert client.recv(1) == b"?", route


def _serves(gateway: Gateway, route: str) -> bool:
    with contextlib.suppress(ConnectionError), gateway.dial(route) as client:
        client.sendall(b"?")
        return client.recv(1) == b"?"
    return False


def _refuses_all(gateway: Gateway, route: str, impostor: Server) -> None:
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


@pytest.mark.parametrize("pod_address", [None, faults.POD_ADDRESS], ids=["pod-plain", "pod-in-100.64"])
@pytest.mark.parametrize("egress", PLAIN)
def test_a_private_address(scene: Scene, egress: str, pod_address: str | None) -> None:
    with faults.impostor(scene.tailnet, TARGET, scene.port, pod_address=pod_address) as impostor:
        _refuses_all(scene.gateway, f"plain-{egress}", impostor)
        if egress in NEVER_CONNECTS:
            assert impostor.connections == 0
        if egress == "socks5-alone":
            assert impostor.connections == CLIENTS


@pytest.mark.parametrize("egress", CONFIRMED)
def test_a_4via6_address(scene: Scene, egress: str) -> None:
    with faults.impostor(scene.tailnet, VIA_TARGET, scene.port) as impostor:
        _refuses_all(scene.gateway, f"via-{egress}", impostor)


@pytest.mark.parametrize("egress", CONFIRMED)
def test_a_4via6_address_inside_the_pod(scene: Scene, egress: str) -> None:
    """The dial is then bound to the dialled address itself, which lies in Tailscale's range."""
    with faults.impostor_inside(scene.tailnet, VIA_TARGET, scene.port) as impostor:
        _refuses_all(scene.gateway, f"via-{egress}", impostor)


def test_a_route_that_goes_while_clients_come(tailnet: Tailnet) -> None:
    """Clients come without a pause while accept-routes is turned off: each gets the true server or the leak outcome."""
    egresses = ("tailscaled", "socks5", "socks5-alone", "connect")
    with tailnet.serving(servers.echo) as server:
        target = f"{TARGET}:{server.port}"
        routes = {egress: (egress, target) for egress in egresses}
        with (
            gateways.serving(tailnet, gateways.egresses(tailnet, egresses), routes) as gateway,
            faults.impostor(tailnet, TARGET, server.port) as impostor,
        ):
            for egress in egresses:
                _carries(gateway, egress)
            with faults.accept_routes_off(tailnet, tailnet.gw):
                for egress in egresses:
                    assert gateway.send(egress, SECRET, clients=CLIENTS).codes == {LEAK: CLIENTS}
            for egress in egresses:
                until(lambda route=egress: _serves(gateway, route), f"{egress} to carry again")  # type: ignore[misc]
            assert impostor.received == 0


def test_direct_through_a_kernel_tailscaled(tailnet: Tailnet) -> None:
    """With `--tun=tailscale0` a direct dial goes through the tailnet while a peer owns the target, else nowhere."""
    port = tailnet.free_port()
    routes = {"direct": ("direct", f"{TARGET}:{port}")}
    with (
        faults.impostor(tailnet, TARGET, port) as impostor,
        faults.kernel_mode(tailnet, tailnet.gw),
        gateways.serving(tailnet, gateways.egresses(tailnet, ["direct"]), routes) as gateway,
    ):
        with tailnet.serving(servers.echo, port=port) as server:
            _carries(gateway, "direct")
            assert (server.connections, impostor.connections) == (1, 0)
        with faults.route_withdrawn(tailnet):
            _refuses_all(gateway, "direct", impostor)
            assert impostor.connections == 0


def test_direct_beside_a_userspace_tailscaled(tailnet: Tailnet) -> None:
    """Its routes are not the kernel's: a peer owns the target, and a direct dial would still leave through the pod."""
    with tailnet.serving(servers.echo) as server:
        routes = {"direct": ("direct", f"{TARGET}:{server.port}")}
        with (
            gateways.serving(tailnet, gateways.egresses(tailnet, ["direct"]), routes) as gateway,
            faults.impostor(tailnet, TARGET, server.port) as impostor,
        ):
            _refuses_all(gateway, "direct", impostor)
            assert impostor.connections == 0
