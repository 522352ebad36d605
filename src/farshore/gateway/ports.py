"""The listening ports of a gateway, and which route each of them stands for at the moment."""

import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from farshore.config.model import Keepalive
from farshore.core.address import HostPort
from farshore.core.events import Announce, ListenerClosed, ListenerOpened
from farshore.gateway.listener import Listener, ListenError, open_port
from farshore.gateway.peer import Peer
from farshore.gateway.poller import Poller
from farshore.gateway.route import Route

Accepted = Callable[[Route, socket.socket, Peer], None]
TurnedAway = Callable[[Route, Peer], None]
Reserved = list[tuple[Route, socket.socket]]


@dataclass(slots=True)
class _Port:
    route: Route
    listener: Listener


class Ports:
    """Open ports. A port may be handed over to another route without being closed: no client is turned away."""

    def __init__(self, poller: Poller, accepted: Accepted, turned_away: TurnedAway, announce: Announce) -> None:
        self._poller = poller
        self._accepted = accepted
        self._turned_away = turned_away
        self._announce = announce
        self._ports: dict[HostPort, _Port] = {}

    def __iter__(self) -> Iterator[Route]:
        return iter([port.route for port in self._ports.values()])

    def has(self, fd: int) -> bool:
        """Whether the descriptor is one of the listening ones."""
        return any(fd == port.listener.fileno() for port in self._ports.values())

    def reserve(self, routes: Iterable[Route], keepalive: Keepalive) -> Reserved:
        """Listen for all of these routes, or for none; nobody is accepted before `open`.

        Raises:
            ListenError: one of the addresses could not be had.
        """
        reserved: Reserved = []
        try:
            for route in routes:
                reserved.append((route, open_port(route.name, route.listen, keepalive)))
        except ListenError:
            for _, listening in reserved:
                listening.close()
            raise
        return reserved

    def open(self, reserved: Reserved) -> None:
        """Accept on what was reserved."""
        for route, listening in reserved:
            route.listen = HostPort(route.listen.host, int(listening.getsockname()[1]))
            self._ports[route.listen] = self._serve(route, listening)
            self._announce(
                ListenerOpened(
                    route=route.name, listen=str(route.listen), target=route.target_text, egress=route.egress.name
                )
            )

    def hand_over(self, route: Route, keepalive: Keepalive) -> None:
        """From now on the open port of this address stands for this route."""
        port = self._ports[route.listen]
        port.route = route
        port.listener.keep_alive(keepalive)

    def close(self, route: Route) -> None:
        """Hand over what the kernel has let in already, then close the route's port."""
        port = self._ports.pop(route.listen)
        port.listener.close()
        self._announce(ListenerClosed(route=port.route.name, listen=str(port.route.listen)))

    def close_all(self) -> None:
        """The same with all ports. Idempotent."""
        for route in reversed([*self]):
            self.close(route)

    def _serve(self, route: Route, listening: socket.socket) -> _Port:
        def accepted(client: socket.socket, peer: Peer) -> None:
            self._accepted(port.route, client, peer)

        def turned_away(peer: Peer) -> None:
            self._turned_away(port.route, peer)

        port = _Port(route, Listener(listening, accepted, turned_away, self._poller))
        return port
