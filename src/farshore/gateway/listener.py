"""One listening port: accepts, and hands every connection over at once. No silent backlog.

A connection that cannot be had for want of descriptors is accepted with the one held in reserve and refused.
"""

import errno
import os
import socket
from collections.abc import Callable
from ipaddress import IPv6Address

from farshore.config.model import Keepalive
from farshore.core.address import HostPort
from farshore.gateway.closing import reset
from farshore.gateway.dial import keep_alive
from farshore.gateway.peer import Peer
from farshore.gateway.poller import Poller

BACKLOG = 4096
ACCEPTS_PER_EVENT = 64
REST_S = 0.1

Accepted = Callable[[socket.socket, Peer], None]
TurnedAway = Callable[[Peer], None]


class ListenError(Exception):
    """A route's port could not be opened."""

    def __init__(self, route: str, address: HostPort, reason: str) -> None:
        super().__init__(f"route {route}: cannot listen on {address}: {reason}")
        self.route = route
        self.address = address
        self.reason = reason


def open_port(route: str, address: HostPort, keepalive: Keepalive) -> socket.socket:
    """A listening, non-blocking socket; accepted sockets inherit its options (tcp(7)).

    Raises:
        ListenError: the address is in use, not this host's, or not permitted.
    """
    family = socket.AF_INET6 if isinstance(address.host, IPv6Address) else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        keep_alive(listening, keepalive)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((str(address.host), address.port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise ListenError(route, address, os.strerror(error.errno or 0)) from error
    return listening


class Listener:
    """Accepts on an open port until it is closed."""

    def __init__(self, listening: socket.socket, accepted: Accepted, turned_away: TurnedAway, poller: Poller) -> None:
        self._socket = listening
        self._accepted = accepted
        self._turned_away = turned_away
        self._poller = poller
        self._reserve = _spare_descriptor()
        poller.add_reader(listening.fileno(), self._on_connection)

    @property
    def port(self) -> int:
        """The port that was bound."""
        return int(self._socket.getsockname()[1])

    def keep_alive(self, keepalive: Keepalive) -> None:
        """Probe the connections accepted from now on like this."""
        keep_alive(self._socket, keepalive)

    def fileno(self) -> int:
        """The listening descriptor."""
        return self._socket.fileno()

    def close(self) -> None:
        """Hand over what the kernel has accepted already, then close the port."""
        while self._accept():
            pass
        self._poller.remove_reader(self._socket.fileno())
        self._socket.close()
        if self._reserve >= 0:
            os.close(self._reserve)

    def _on_connection(self) -> None:
        for _ in range(ACCEPTS_PER_EVENT):
            if not self._accept():
                return

    def _accept(self) -> bool:
        """Accept one; whether there may be more."""
        try:
            client, peer = self._socket.accept()
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                return self._turn_away()
            return error.errno in {errno.ECONNABORTED, errno.EPROTO}
        client.settimeout(0)
        self._accepted(client, peer)
        return True

    def _turn_away(self) -> bool:
        if self._reserve < 0:
            self._reserve = _spare_descriptor()
        if self._reserve < 0:
            self._rest()
            return False
        os.close(self._reserve)
        try:
            client, peer = self._socket.accept()
        except OSError:
            return False
        else:
            reset(client)
            self._turned_away(peer)
            return True
        finally:
            self._reserve = _spare_descriptor()

    def _rest(self) -> None:
        """Somebody else took the last descriptor: look again shortly, rather than in a busy loop."""
        self._poller.remove_reader(self._socket.fileno())
        self._poller.loop.call_later(REST_S, self._resume)

    def _resume(self) -> None:
        if self._socket.fileno() >= 0:
            self._poller.add_reader(self._socket.fileno(), self._on_connection)


def _spare_descriptor() -> int:
    try:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1
