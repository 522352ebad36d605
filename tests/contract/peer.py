"""What the contract asks of a peer: tailscaled with a world around it, real or not.

`RealPeer` (tests/tailnet) and the lab's peer both give this; `contract.py` is written against nothing else.
"""

import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Protocol

from tests.tailnet.harness.servers import Server, Talk

from farshore.core.address import HostPort
from farshore.wire.connect import ConnectHandshake, LocalApiDialHandshake
from farshore.wire.handshake import Declined, Established, Handshake
from farshore.wire.socks5 import Socks5Handshake

PATIENCE_S = 15.0


class Door(StrEnum):
    """Through which of tailscaled's three doors a dial goes."""

    SOCKS5 = "socks5"
    CONNECT = "connect"
    LOCALAPI = "localapi"


class NoRoute(StrEnum):
    """Why tailscaled has no route to the target."""

    WITHDRAWN = "withdrawn"
    NOT_ACCEPTED = "not-accepted"
    KEY_EXPIRED = "key-expired"
    LOGGED_OUT = "logged-out"


class Peer(Protocol):
    """tailscaled, two routers with a 4via6 site each, a LAN behind them, and the pod's own network.

    Every context manager heals on leaving what it broke. Addresses are literals as a client would write them.
    """

    own_ips: frozenset[str]
    """tailscaled's own Tailscale addresses, of both families."""
    pod_ip: str
    """The pod's own address: what SOCKS shows for a dial that leaked."""
    target: str
    """A host on the LAN, for plain dials only."""
    missing: str
    """An address on the LAN that nobody has."""
    unowned_ip: str
    """An address of 100.64.0.0/10 that no node has."""
    unowned_via: str
    """A 4via6 address of a site that nobody serves."""
    missing_host_s: float
    """How long a router looks for a host before it gives up; 3 s when real."""
    socks_deadline_s: float
    """How long SOCKS waits for a dial; 5 s when real."""

    def open(self, door: Door) -> socket.socket:
        """A connection to one of the doors, with nothing said yet."""
        ...

    def serve(self, talk: Talk) -> AbstractContextManager[Server]:
        """A server on `target`; its `port` is the one to dial."""
        ...

    def serve_via(self, site: int, talk: Talk) -> AbstractContextManager[Server]:
        """A server on a host that is dialled over 4via6 only; its `host` is the 4via6 address of that site (1 or 2)."""
        ...

    def sites_seen(self, server: Server) -> list[int]:
        """The sites whose routers brought the server's connections, in order."""
        ...

    def closed_port(self) -> int:
        """A port of `target` on which nobody listens."""
        ...

    def kernel_router(self) -> AbstractContextManager[None]:
        """Meanwhile the router of `target` forwards in the kernel, not in netstack."""
        ...

    def without_route(self, reason: NoRoute) -> AbstractContextManager[None]:
        """Meanwhile there is no route to `target`."""
        ...

    def impostor(self, port: int) -> AbstractContextManager[Server]:
        """Meanwhile somebody in the pod's network has `target`'s address, and greets on that port."""
        ...

    def impostor_inside(self, host: str, port: int) -> AbstractContextManager[Server]:
        """Meanwhile the pod itself has that address, and somebody greets on that port."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """How a dial ended, and after how long. `connection` is still open."""

    answer: Established | Declined
    elapsed_s: float
    connection: socket.socket

    @property
    def established(self) -> Established:
        """The success that it was."""
        assert isinstance(self.answer, Established), f"declined: {self.answer}"
        return self.answer

    @property
    def declined(self) -> Declined:
        """The failure that it was."""
        assert isinstance(self.answer, Declined), f"established: {self.answer}"
        return self.answer

    def read(self, size: int) -> bytes:
        """That many of the target's bytes, those that came with the reply included; fewer at the end."""
        data = self.established.early
        while len(data) < size and (more := self.connection.recv(size - len(data))):
            data += more
        return data

    def read_to_end(self) -> bytes:
        """All of the target's bytes up to an orderly end.

        Raises:
            ConnectionResetError: the end was none.
        """
        data = self.established.early
        while more := self.connection.recv(65536):
            data += more
        return data


@contextlib.contextmanager
def dialled(peer: Peer, door: Door, host: str, port: int, *, timeout_s: float = PATIENCE_S) -> Iterator[Dial]:
    """Dial through a door with the product's own codec.

    Raises:
        TimeoutError: nothing was answered for `timeout_s` seconds.
    """
    with peer.open(door) as connection:
        connection.settimeout(timeout_s)
        handshake = _handshake(door, HostPort(ip_address(host), port))
        start = time.monotonic()
        connection.sendall(handshake.request())
        answer = receive(connection, handshake)
        yield Dial(answer=answer, elapsed_s=time.monotonic() - start, connection=connection)


def receive(connection: socket.socket, handshake: Handshake) -> Established | Declined:
    """Read until the handshake has its answer."""
    answer: Established | Declined | None = None
    while answer is None:
        data = connection.recv(65536)
        answer = handshake.receive(data) if data else handshake.receive_eof()
    return answer


def _handshake(door: Door, target: HostPort) -> Handshake:
    match door:
        case Door.SOCKS5:
            return Socks5Handshake(target)
        case Door.CONNECT:
            return ConnectHandshake(target)
        case Door.LOCALAPI:
            return LocalApiDialHandshake(target)
