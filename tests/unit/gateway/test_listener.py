import asyncio
import errno
import os
import socket
from collections.abc import Callable
from ipaddress import ip_address

import pytest
from tests.ports import free_port
from tests.unit.gateway.wires import Ending, Wire, connect, open_descriptors, until

from farshore.config.model import Keepalive
from farshore.core.address import HostPort
from farshore.gateway.listener import ACCEPTS_PER_EVENT, Listener, ListenError, open_port
from farshore.gateway.peer import Peer
from farshore.gateway.poller import Poller

pytestmark = pytest.mark.anyio

KEEPALIVE = Keepalive(idle_s=31, interval_s=11, probes=4)


def at(host: str = "127.0.0.1", port: int = 0) -> HostPort:
    return HostPort(ip_address(host), port)


class Taken:
    """What a listener has handed over, and whom it has turned away."""

    def __init__(self) -> None:
        self.clients: list[tuple[Wire, Peer]] = []
        self.turned_away: list[Peer] = []

    def accepted(self, client: socket.socket, peer: Peer) -> None:
        assert client.gettimeout() == 0
        self.clients.append((Wire(client), peer))

    def refused(self, peer: Peer) -> None:
        self.turned_away.append(peer)

    def close(self) -> None:
        for client, _ in self.clients:
            client.close()


def listen(poller: Poller, host: str = "127.0.0.1") -> tuple[Listener, HostPort, Taken]:
    taken = Taken()
    listener = Listener(open_port("db", at(host), KEEPALIVE), taken.accepted, taken.refused, poller)
    return listener, at(host, listener.port), taken


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_connection_is_handed_over_with_its_options(poller: Poller, host: str) -> None:
    listener, address, taken = listen(poller, host)
    with connect(address) as client:
        await until(lambda: bool(taken.clients))
        (accepted, peer), *_ = taken.clients

        assert peer[:2] == client.sock.getsockname()[:2]
        sock = accepted.sock
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 31
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 11
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 4
        assert not sock.get_inheritable()
    listener.close()
    taken.close()


async def test_a_crowd_is_taken_in_turns_and_whole(poller: Poller) -> None:
    listener, address, taken = listen(poller)
    # All are in the kernel's queue before the listener gets its first turn.
    clients = [connect(address) for _ in range(ACCEPTS_PER_EVENT * 2 + 7)]
    assert not taken.clients

    await until(lambda: len(taken.clients) == len(clients))

    assert {peer for _, peer in taken.clients} == {client.sock.getsockname() for client in clients}
    listener.close()
    taken.close()
    for client in clients:
        client.close()


async def test_closing_hands_over_whom_the_kernel_has_let_in(poller: Poller) -> None:
    listener, address, taken = listen(poller)
    with connect(address):
        listener.close()

        assert len(taken.clients) == 1
    with pytest.raises(ConnectionRefusedError):
        connect(address)
    taken.close()


async def test_closing_leaves_nothing_open(poller: Poller) -> None:
    before = open_descriptors()
    listener, _, _ = listen(poller)
    assert len(open_descriptors()) == len(before) + 2

    listener.close()

    assert open_descriptors() == before


async def test_an_ipv6_port_is_for_ipv6_alone(poller: Poller) -> None:
    listener, address, _ = listen(poller, "::")

    with pytest.raises(ConnectionRefusedError):
        connect(at("127.0.0.1", address.port))
    listener.close()


async def test_a_port_in_use_is_named(poller: Poller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = at(port=other.getsockname()[1])
        before = open_descriptors()

        with pytest.raises(ListenError) as refused:
            open_port("db", address, KEEPALIVE)

        assert (refused.value.route, refused.value.address) == ("db", address)
        assert refused.value.reason == "Address already in use"
        assert str(refused.value) == f"route db: cannot listen on {address}: Address already in use"
        assert open_descriptors() == before


async def test_an_address_that_is_not_this_hosts_is_named() -> None:
    with pytest.raises(ListenError, match=r"192\.0\.2\.1:8082: Cannot assign requested address"):
        open_port("db", at("192.0.2.1", 8082), KEEPALIVE)


async def test_a_port_can_be_opened_again_while_old_connections_linger(poller: Poller) -> None:
    port = free_port()
    for _ in range(2):
        listener = Listener(open_port("db", at(port=port), KEEPALIVE), *_takers(), poller)
        with connect(at(port=port)) as client:
            listener.close()
            # The one that closes first keeps the pair of ports for a minute: here it was the listener's side.
            assert await client.ending() is Ending.FIN


def _takers() -> tuple[Callable[[socket.socket, Peer], None], Callable[[Peer], None]]:
    return lambda client, _: client.close(), lambda _: None


def nulls() -> int:
    return sum(target == os.devnull for target in open_descriptors().values())


class Scarce(socket.socket):
    """A listening socket whose accept finds no descriptor left for as long as its listener holds one in reserve."""

    others = 0

    def accept(self) -> tuple[socket.socket, Peer]:
        if nulls() > self.others:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


async def test_without_descriptors_a_client_is_taken_in_to_be_refused(poller: Poller) -> None:
    with open_port("db", at(), KEEPALIVE) as opened:
        scarce = Scarce(fileno=opened.detach())
    scarce.others = nulls()
    taken = Taken()
    listener = Listener(scarce, taken.accepted, taken.refused, poller)
    address = at(port=listener.port)
    for _ in range(3):
        with connect(address) as client:
            assert await client.ending() is Ending.RST
            assert taken.turned_away.pop() == client.sock.getsockname()

    assert not taken.clients
    # The listener looks again after it has turned somebody away, and finds nobody.
    await asyncio.sleep(0)
    listener.close()


async def test_without_even_a_reserve_it_rests_and_looks_again(poller: Poller, monkeypatch: pytest.MonkeyPatch) -> None:
    rich = [False]

    class Poor(socket.socket):
        def accept(self) -> tuple[socket.socket, Peer]:
            if not rich[0]:
                raise OSError(errno.EMFILE, "Too many open files")
            return super().accept()

    def fail(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    with open_port("db", at(), KEEPALIVE) as opened:
        poor = Poor(fileno=opened.detach())
    taken = Taken()
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        listener = Listener(poor, taken.accepted, taken.refused, poller)
        with connect(at(port=listener.port)):
            await until(lambda: len(poller) == 0)
            rich[0] = True
            await until(lambda: bool(taken.clients))
    assert len(poller) == 1
    listener.close()
    taken.close()


async def test_closing_while_it_rests_is_the_end(poller: Poller, monkeypatch: pytest.MonkeyPatch) -> None:
    class Poor(socket.socket):
        def accept(self) -> tuple[socket.socket, Peer]:
            raise OSError(errno.EMFILE, "Too many open files")

    def fail(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    with open_port("db", at(), KEEPALIVE) as opened:
        poor = Poor(fileno=opened.detach())
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        listener = Listener(poor, *_takers(), poller)
        with connect(at(port=listener.port)):
            await until(lambda: len(poller) == 0)
            listener.close()
    await asyncio.sleep(0.15)

    assert len(poller) == 0
