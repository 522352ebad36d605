"""Each way a connection ends on a real tailnet has its own code, on every egress."""

import contextlib
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.leaks import carries
from tests.tailnet.harness.tailnet import MISSING, TARGET, Tailnet
from tests.tailnet.harness.waiting import until

EGRESSES = ("tailscaled", "socks5", "connect")
# SOCKS answers code 1 to a closed port and to everything else; only an elapsed time tells a missing host from it.
REFUSED = {"tailscaled": "target.dial.refused", "socks5": "egress.dial.failed", "connect": "target.dial.refused"}
UNREACHABLE = {
    "tailscaled": "target.dial.unreachable",
    "socks5": "egress.dial.failed",
    "connect": "target.dial.unreachable",
}
NO_ANSWER = dict.fromkeys(EGRESSES, "tailnet.dial.no-answer")
MUCH = 200_000_000


@contextlib.contextmanager
def gateway_to(tailnet: Tailnet, host: str, port: int, hold: str | None = None) -> Iterator[Gateway]:
    """A gateway with one route per egress, named after it, to one target."""
    routes = {egress: (egress, f"{host}:{port}") for egress in EGRESSES}
    with gateways.serving(tailnet, gateways.egresses(tailnet, EGRESSES), routes, hold=hold) as gateway:
        yield gateway


def end_of_each(gateway: Gateway, *, earlier: int = 0) -> dict[str, dict[str, Any]]:
    """A client on each route at once; the line about each, by egress. Each route had `earlier` clients before."""
    clients = [gateway.dial(egress) for egress in EGRESSES]
    try:
        for client in clients:
            with contextlib.suppress(ConnectionError):
                client.sendall(b"SELECT 1")
        return {egress: gateway.endings(earlier + 1, route=egress)[-1] for egress in EGRESSES}
    finally:
        for client in clients:
            client.close()


def codes(lines: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {egress: line["code"] for egress, line in lines.items()}


def receives_its_end(client: socket.socket) -> str:
    """How the gateway ended the client's connection: `fin` or `rst`."""
    try:
        while client.recv(1 << 20):
            pass
    except ConnectionResetError:
        return "rst"
    return "fin"


@contextlib.contextmanager
def pouring(tailnet: Tailnet) -> Iterator[tuple[Gateway, servers.Server, dict[str, socket.socket]]]:
    """A client on each egress in the middle of a big download."""
    with (
        tailnet.serving(servers.pour(MUCH)) as server,
        gateway_to(tailnet, server.host, server.port) as gateway,
        contextlib.ExitStack() as open_clients,
    ):
        clients = {egress: open_clients.enter_context(gateway.dial(egress)) for egress in EGRESSES}
        for client in clients.values():
            assert client.recv(1 << 16)
        yield gateway, server, clients


def test_tailscaled_killed_in_mid_transfer(tailnet: Tailnet) -> None:
    with pouring(tailnet) as (gateway, _, clients), faults.killed(tailnet, tailnet.gw):
        ends = {egress: receives_its_end(client) for egress, client in clients.items()}
        lines = {egress: gateway.endings(1, route=egress)[0] for egress in EGRESSES}
        assert codes(lines) == dict.fromkeys(EGRESSES, "egress.transfer.died")
        assert ends == dict.fromkeys(EGRESSES, "rst")
        assert all(0 < line["upstream_bytes"] < MUCH for line in lines.values())


def test_the_target_killed_in_mid_transfer(tailnet: Tailnet) -> None:
    """Its reset arrives as an orderly end, so the far side closed and nothing finer."""
    with pouring(tailnet) as (gateway, server, clients):
        server.reset_all()
        server.close()
        for client in clients.values():
            assert receives_its_end(client) in {"fin", "rst"}
        lines = {egress: gateway.endings(1, route=egress)[0] for egress in EGRESSES}
        assert codes(lines) == dict.fromkeys(EGRESSES, "upstream.transfer.closed")


def test_the_client_resets_in_mid_transfer(tailnet: Tailnet) -> None:
    with pouring(tailnet) as (gateway, server, clients):
        for client in clients.values():
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        lines = {egress: gateway.endings(1, route=egress)[0] for egress in EGRESSES}
        assert codes(lines) == dict.fromkeys(EGRESSES, "client.transfer.reset")
        until(lambda: server.open == 0, "the server to see its clients go")


def test_a_closed_port(tailnet: Tailnet) -> None:
    with gateway_to(tailnet, TARGET, tailnet.free_port()) as gateway:
        assert codes(end_of_each(gateway)) == REFUSED


def test_a_missing_host_behind_a_netstack_router(tailnet: Tailnet) -> None:
    with gateway_to(tailnet, MISSING, 1433) as gateway:
        assert codes(end_of_each(gateway)) == UNREACHABLE


def test_a_missing_host_is_no_closed_port_for_clients_that_are_held_either(tailnet: Tailnet) -> None:
    """Their later dials are refused together with the first one, after less time."""
    with gateway_to(tailnet, MISSING, 1433, hold="5s") as gateway:
        ended = codes(end_of_each(gateway))
    assert ended == UNREACHABLE | {"socks5": ended["socks5"]}
    assert ended["socks5"] in {UNREACHABLE["socks5"], NO_ANSWER["socks5"]}


def test_a_missing_host_and_a_closed_port_behind_a_kernel_router(tailnet: Tailnet) -> None:
    with (
        faults.kernel_mode(tailnet, tailnet.r1),
        gateway_to(tailnet, MISSING, 1433) as to_missing,
        gateway_to(tailnet, TARGET, tailnet.free_port()) as to_closed,
    ):
        assert codes(end_of_each(to_missing)) == UNREACHABLE
        assert codes(end_of_each(to_closed)) == REFUSED


def test_a_zombie_router_answers_nobody(tailnet: Tailnet) -> None:
    """How long was waited is told: tailscaled gives SOCKS 5 s, the gateway gives the other egresses 7 s."""
    with tailnet.serving() as server, gateway_to(tailnet, server.host, server.port) as gateway:
        with faults.zombie(tailnet, tailnet.r1):
            lines = end_of_each(gateway)
        assert codes(lines) == NO_ANSWER
        for egress, seconds in {"tailscaled": "7", "socks5": "5", "connect": "7"}.items():
            assert lines[egress]["detail"].startswith(f"nobody answered for {seconds}.")


def test_a_firewall_in_front_of_the_target_answers_nobody(tailnet: Tailnet) -> None:
    with (
        tailnet.serving() as server,
        gateway_to(tailnet, server.host, server.port) as gateway,
        faults.dropped_at_target(tailnet, server.port),
    ):
        assert codes(end_of_each(gateway)) == NO_ANSWER


def test_a_frozen_tailscaled(tailnet: Tailnet) -> None:
    """Its ports still accept, in the kernel; whoever knocks hears nothing, known before or not.

    The gateway asks LocalAPI before an HTTP CONNECT unless it did so a second ago: there either may be what it misses.
    """
    hung = "egress.handshake.timeout"
    with (
        tailnet.serving() as server,
        gateway_to(tailnet, server.host, server.port) as strange,
        gateway_to(tailnet, server.host, server.port) as familiar,
    ):
        for egress in EGRESSES:
            carries(familiar, egress)
            familiar.endings(1, route=egress)
        with faults.frozen(tailnet, tailnet.gw), ThreadPoolExecutor() as together:
            ends = [together.submit(end_of_each, strange), together.submit(end_of_each, familiar, earlier=1)]
            for found in [codes(end.result()) for end in ends]:
                assert found.pop("connect") in {hung, "gateway.dial.owner-unconfirmed"}
                assert found == {"tailscaled": hung, "socks5": hung}


def test_no_tailscaled_at_all(tailnet: Tailnet) -> None:
    with gateway_to(tailnet, TARGET, 1433) as gateway, faults.killed(tailnet, tailnet.gw):
        refused = dict.fromkeys(EGRESSES, "egress.connect.refused") | {"connect": "gateway.dial.owner-unconfirmed"}
        assert codes(end_of_each(gateway)) == refused


@pytest.mark.parametrize("egress", EGRESSES)
def test_a_target_that_closes_without_a_word(tailnet: Tailnet, egress: str) -> None:
    def hang_up(connection: socket.socket, server: servers.Server) -> None:
        server.read(connection)

    with tailnet.serving(hang_up) as server, gateway_to(tailnet, server.host, server.port) as gateway:
        sent = gateway.send(egress, b"hello?")
    assert sent.codes == {"upstream.first-byte.closed": 1}
