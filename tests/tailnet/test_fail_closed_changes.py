"""No client byte leaks where the route changes under the clients, and where the kernel is who dials."""

from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.leaks import CLIENTS, LEAK, SECRET, carries, refuses_all, serves
from tests.tailnet.harness.tailnet import TARGET, Tailnet
from tests.tailnet.harness.waiting import until


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
                carries(gateway, egress)
            with faults.accept_routes_off(tailnet, tailnet.gw):
                for egress in egresses:
                    assert gateway.send(egress, SECRET, clients=CLIENTS).codes == {LEAK: CLIENTS}
            for egress in egresses:
                until(lambda route=egress: serves(gateway, route), f"{egress} to carry again")  # type: ignore[misc]
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
            carries(gateway, "direct")
            assert (server.connections, impostor.connections) == (1, 0)
        with faults.route_withdrawn(tailnet):
            refuses_all(gateway, "direct", impostor)


def test_direct_beside_a_userspace_tailscaled(tailnet: Tailnet) -> None:
    """Its routes are not the kernel's: a peer owns the target, and a direct dial would still leave through the pod."""
    with tailnet.serving(servers.echo) as server:
        routes = {"direct": ("direct", f"{TARGET}:{server.port}")}
        with (
            gateways.serving(tailnet, gateways.egresses(tailnet, ["direct"]), routes) as gateway,
            faults.impostor(tailnet, TARGET, server.port) as impostor,
        ):
            refuses_all(gateway, "direct", impostor)
            assert impostor.connections == 0
