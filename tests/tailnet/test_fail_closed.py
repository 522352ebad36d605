"""No client byte leaves through the pod's own network, whatever is wrong with the route and whoever waits there.

An impostor has the target's own address in the pod's network. Each fault is in force for all tests that name it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.leaks import CLIENTS, carries, refuses_all
from tests.tailnet.harness.tailnet import TARGET, VIA_ONLY_TARGET, Tailnet, via

PLAIN = ("tailscaled", "socks5", "socks5-alone", "connect", "direct")
CONFIRMED = ("tailscaled", "socks5", "connect", "direct")
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
                carries(gateway, route)
        with FAULTS[request.param](tailnet):
            yield Scene(tailnet=tailnet, gateway=gateway, port=port)


@pytest.mark.parametrize("pod_address", [None, faults.POD_ADDRESS], ids=["pod-plain", "pod-in-100.64"])
@pytest.mark.parametrize("egress", PLAIN)
def test_a_private_address(scene: Scene, egress: str, pod_address: str | None) -> None:
    with faults.impostor(scene.tailnet, TARGET, scene.port, pod_address=pod_address) as impostor:
        refuses_all(scene.gateway, f"plain-{egress}", impostor)
        if egress == "tailscaled":
            assert impostor.connections == 0
        if egress == "socks5-alone":
            assert impostor.connections == CLIENTS


@pytest.mark.parametrize("egress", CONFIRMED)
def test_a_4via6_address(scene: Scene, egress: str) -> None:
    with faults.impostor(scene.tailnet, VIA_TARGET, scene.port) as impostor:
        refuses_all(scene.gateway, f"via-{egress}", impostor)


@pytest.mark.parametrize("egress", CONFIRMED)
def test_a_4via6_address_inside_the_pod(scene: Scene, egress: str) -> None:
    """The dial is then bound to the dialled address itself, which lies in Tailscale's range."""
    with faults.impostor_inside(scene.tailnet, VIA_TARGET, scene.port) as impostor:
        refuses_all(scene.gateway, f"via-{egress}", impostor)
