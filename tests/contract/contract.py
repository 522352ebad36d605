"""How tailscaled 1.102.3 behaves when it is asked to dial, as assertions over any peer.

Written once: tests/tailnet holds the real tailscaled against them, tests/contract the lab's. Every function of
`CHECKS` takes a peer, every one of `ROUTELESS_CHECKS` a peer and a reason. Times are asserted from below only.
"""

import socket
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, ip_address

import pytest
from tests.contract.peer import PATIENCE_S, Dial, Door, NoRoute, Peer, dialled, receive
from tests.tailnet.harness.servers import answer_after_eof, echo, greet
from tests.tailnet.harness.waiting import until

from farshore.core.address import HostPort, via_address
from farshore.wire.handshake import Decline
from farshore.wire.socks5 import Socks5Handshake

GREETING = b"5.5.5-the-server-speaks-first\0"
GREETED_DIALS = 15
# Clocks and timers of two programs: what is said to take 3 s may look like a little less from outside.
TOLERANCE = 0.9
SERVED = [(1, Door.SOCKS5), (2, Door.CONNECT), (1, Door.LOCALAPI), (2, Door.SOCKS5), (2, Door.LOCALAPI)]


def success_is_said_and_carried(peer: Peer) -> None:
    """All doors: bytes there and back. SOCKS tells the bound address, one of tailscaled's own; LocalAPI its version."""
    with peer.serve(echo) as server:
        for door in Door:
            with dialled(peer, door, server.host, server.port) as dial:
                dial.connection.sendall(b"there and back")
                assert dial.read(14) == b"there and back", door
                bound, version = dial.established.bound, dial.established.version
                assert (bound is not None) == (door is Door.SOCKS5), door
                if bound is not None:
                    assert str(bound.host) in peer.own_ips
                if door is Door.LOCALAPI:
                    assert version


def greeting_and_request_may_come_in_one_segment_or_in_two(peer: Peer) -> None:
    """SOCKS takes the greeting and the request together; `dialled` sends them so, here they come apart."""
    with peer.serve(greet(GREETING)) as server:
        handshake = Socks5Handshake(HostPort(ip_address(server.host), server.port))
        request = handshake.request()
        with peer.open(Door.SOCKS5) as connection:
            connection.settimeout(PATIENCE_S)
            connection.sendall(request[:3])
            assert handshake.receive(connection.recv(2)) is None
            connection.sendall(request[3:])
            answer = receive(connection, handshake)
            assert Dial(answer=answer, elapsed_s=0, connection=connection).read(len(GREETING)) == GREETING
        with dialled(peer, Door.SOCKS5, server.host, server.port) as dial:
            assert dial.read(len(GREETING)) == GREETING


def no_first_byte_is_lost(peer: Peer) -> None:
    """All doors: what a server says first arrives whole, whether or not in the same read as the reply."""
    with peer.serve(greet(GREETING)) as server:
        for door in Door:
            for _ in range(GREETED_DIALS):
                with dialled(peer, door, server.host, server.port) as dial:
                    assert dial.read(len(GREETING)) == GREETING, door
        until(lambda: server.connections == GREETED_DIALS * len(Door), "every dial to have reached the server once")


def a_4via6_address_chooses_the_router(peer: Peer) -> None:
    """All doors: the site in the address decides which router dials; SOCKS binds the IPv6 address of tailscaled."""
    for site, door in SERVED:
        with peer.serve_via(site, greet(GREETING)) as server:
            with dialled(peer, door, server.host, server.port) as dial:
                assert dial.read(len(GREETING)) == GREETING, door
                bound = dial.established.bound
                assert bound is None or (str(bound.host) in peer.own_ips and ":" in str(bound.host))
            assert peer.sites_seen(server) == [site], door


def a_closed_port_is_refused(peer: Peer) -> None:
    """SOCKS says code 1 to everything; the other doors say that it was refused, in netstack's words."""
    port = peer.closed_port()
    _is_declined(peer, peer.target, port, "connection was refused", at_least_s=0)


def a_missing_host_is_refused_late(peer: Peer) -> None:
    """A netstack router looks for the host, gives up and resets: "refused" that late means that there is no host."""
    _is_declined(peer, peer.missing, peer.closed_port(), "connection was refused", at_least_s=peer.missing_host_s)


def a_kernel_router_says_what_is_missing(peer: Peer) -> None:
    """A kernel router resets for a closed port, and says `no route to host` for a missing host, as late.

    Over 4via6 it is its tailscaled that looks for the host, and resets like any other.
    """
    with peer.kernel_router():
        port = peer.closed_port()
        _is_declined(peer, peer.target, port, "connection was refused", at_least_s=0)
        # The kernel waits three times a second for an answer to its ARP, less what of the first has passed.
        _is_declined(peer, peer.missing, port, "no route to host", at_least_s=peer.missing_host_s * 2 / 3)
        by_site = str(via_address(1, IPv4Address(peer.missing)))
        _is_declined(peer, by_site, port, "connection was refused", at_least_s=peer.missing_host_s * 2 / 3)


def a_reset_of_the_target_arrives_as_an_end(peer: Peer) -> None:
    """All doors: the target resets, the client sees an orderly end."""
    with peer.serve(greet(GREETING)) as server:
        for door in Door:
            with dialled(peer, door, server.host, server.port) as dial:
                assert dial.read(len(GREETING)) == GREETING
                server.reset_all()
                assert dial.connection.recv(1) == b"", door


def a_reset_of_the_client_arrives_as_an_end(peer: Peer) -> None:
    """All doors: the client resets, the target sees an orderly end."""
    with peer.serve(echo) as server:
        for number, door in enumerate(Door, 1):
            with dialled(peer, door, server.host, server.port) as dial:
                dial.connection.sendall(b"?")
                assert dial.read(1) == b"?"
                dial.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            until(lambda number=number: server.ends == number, f"the target to see an end from {door}")  # type: ignore[misc]
        assert server.resets == 0


def a_half_close_ends_both_directions(peer: Peer) -> None:
    """All doors: once the client has ended its side, nothing of what the target then answers arrives."""
    with peer.serve(answer_after_eof(bytes(1000))) as server:
        for number, door in enumerate(Door, 1):
            with dialled(peer, door, server.host, server.port) as dial:
                dial.connection.sendall(bytes(1000))
                dial.connection.shutdown(socket.SHUT_WR)
                assert dial.read_to_end() == b"", door
            until(lambda number=number: server.received == 1000 * number, f"the target to read all from {door}")  # type: ignore[misc]


def a_4via6_address_without_an_owner_is_dialled_by_the_kernel(peer: Peer) -> None:
    """Nobody serves the site: no `Dial-Self`, the kernel dials and finds no network."""
    with dialled(peer, Door.SOCKS5, peer.unowned_via, 1433) as dial:
        assert dial.declined.reason is Decline.DIAL_FAILED
    with dialled(peer, Door.LOCALAPI, peer.unowned_via, 1433) as dial:
        assert dial.declined.reason is Decline.DIAL_FAILED
        assert dial.declined.detail.startswith("dial tcp ")
        assert dial.declined.detail.endswith("connect: network is unreachable")


def a_tailscale_address_without_an_owner_leaks_unseen(peer: Peer) -> None:
    """With somebody on that address in the pod: SOCKS binds that very address, LocalAPI carries his bytes."""
    _leaks_unseen(peer, peer.unowned_via, {Door.SOCKS5, Door.LOCALAPI})
    _leaks_unseen(peer, peer.unowned_ip, {Door.SOCKS5})


def without_a_route_only_localapi_says_so(peer: Peer, reason: NoRoute) -> None:
    """Nobody has the address in the pod's network: LocalAPI refuses at once, SOCKS fails late, CONNECT hangs."""
    port = peer.closed_port()
    with peer.without_route(reason), ThreadPoolExecutor() as together:
        late = together.submit(_socks_fails_late, peer, port)
        hanging = together.submit(_connect_hangs, peer, port)
        _is_no_route(peer, port)
        late.result()
        hanging.result()


def without_a_route_all_but_localapi_leak(peer: Peer, reason: NoRoute) -> None:
    """Somebody has the address in the pod's network: SOCKS and CONNECT reach him, LocalAPI dials nothing.

    SOCKS shows the pod's own address, which is the tell; CONNECT shows nothing.
    """
    port = peer.closed_port()
    with peer.impostor(port) as impostor, peer.without_route(reason):
        _is_no_route(peer, port)
        assert impostor.connections == 0
        for number, door in enumerate((Door.SOCKS5, Door.CONNECT), 1):
            with dialled(peer, door, peer.target, port) as dial:
                assert dial.read(1), door
                bound = dial.established.bound
                assert bound is None or str(bound.host) == peer.pod_ip
                assert (bound is None) == (door is Door.CONNECT)
            assert impostor.connections == number
        assert impostor.received == 0


CHECKS: tuple[Callable[[Peer], None], ...] = (
    success_is_said_and_carried,
    greeting_and_request_may_come_in_one_segment_or_in_two,
    no_first_byte_is_lost,
    a_4via6_address_chooses_the_router,
    a_closed_port_is_refused,
    a_missing_host_is_refused_late,
    a_kernel_router_says_what_is_missing,
    a_reset_of_the_target_arrives_as_an_end,
    a_reset_of_the_client_arrives_as_an_end,
    a_half_close_ends_both_directions,
    a_4via6_address_without_an_owner_is_dialled_by_the_kernel,
    a_tailscale_address_without_an_owner_leaks_unseen,
)
ROUTELESS_CHECKS: tuple[Callable[[Peer, NoRoute], None], ...] = (
    without_a_route_only_localapi_says_so,
    without_a_route_all_but_localapi_leak,
)


def _is_declined(peer: Peer, host: str, port: int, words: str, *, at_least_s: float) -> None:
    with ThreadPoolExecutor() as together:
        for declined in [together.submit(_one_declined, peer, door, host, port) for door in Door]:
            door, detail, elapsed_s = declined.result()
            expected = "code 1:" if door is Door.SOCKS5 else f"connect tcp {HostPort(ip_address(host), port)}: {words}"
            assert expected in detail, door
            assert elapsed_s >= at_least_s * TOLERANCE, door


def _one_declined(peer: Peer, door: Door, host: str, port: int) -> tuple[Door, str, float]:
    with dialled(peer, door, host, port) as dial:
        assert dial.declined.reason is Decline.DIAL_FAILED, dial.answer
        return door, dial.declined.detail, dial.elapsed_s


def _leaks_unseen(peer: Peer, host: str, doors: set[Door]) -> None:
    port = peer.closed_port()
    with peer.impostor_inside(host, port) as impostor:
        for door in sorted(doors):
            with dialled(peer, door, host, port) as dial:
                assert dial.read(1), door
                bound = dial.established.bound
                assert bound is None or str(bound.host) == host
                assert (bound is None) == (door is not Door.SOCKS5)
        assert impostor.connections == len(doors)


def _is_no_route(peer: Peer, port: int) -> None:
    with dialled(peer, Door.LOCALAPI, peer.target, port) as dial:
        assert dial.declined.reason is Decline.NOT_A_ROUTE


def _socks_fails_late(peer: Peer, port: int) -> None:
    with dialled(peer, Door.SOCKS5, peer.target, port) as dial:
        assert "code 1:" in dial.declined.detail
        assert dial.elapsed_s >= peer.socks_deadline_s * TOLERANCE


def _connect_hangs(peer: Peer, port: int) -> None:
    patience_s = peer.socks_deadline_s + 1
    with pytest.raises(TimeoutError), dialled(peer, Door.CONNECT, peer.target, port, timeout_s=patience_s):
        pass
