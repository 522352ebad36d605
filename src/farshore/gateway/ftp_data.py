"""Where an FTP client's data connections come in: a port for each PASV or EPSV, for that client, once, for a while.

The same for an Oracle client that its listener sends on to another port; and the other way round for an FTP client that
listens itself, where nothing stands between this host and the server that the server could not come back through.

It leads to the server of the control connection and over its path, whatever address the server announced: no third
party is ever reached, and a server behind NAT that announces its own address is.
"""

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from random import Random

from farshore.config.fields import Ports
from farshore.config.model import Keepalive, Protocol, Refuse
from farshore.core.address import TAILSCALE_VIA, HostPort, IPAddress, is_tailscale_address
from farshore.core.clock import Clock
from farshore.gateway.breaker import Breaker
from farshore.gateway.closing import reset
from farshore.gateway.listener import ListenError, open_port
from farshore.gateway.peer import Peer
from farshore.gateway.poller import Poller
from farshore.gateway.route import Path, Route
from farshore.gateway.sweep import Sweep
from farshore.wire.ftp import FIRST_DATA_PORT

OPEN_S = 30.0
ACCEPTS_PER_TURN = 16
NONE_FREE = "no data port is free: try again, or widen data_ports"
NO_WAY_BACK = "active mode cannot be carried, because the server cannot reach you from where it is: use PASV or EPSV"
NOT_YOURS = "active mode leads to your own address, and to no port below 1024: use PASV or EPSV"
ONE_PORT_ONLY = "this path is a listener, which leads to one port of the server: the route needs site: or a plain path"

Admit = Callable[[Route, socket.socket, Peer], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The control connection that a data connection belongs to: its route, its path, and its two ends.

    `near` and `far` are this host's address and the server's, where it goes from the one to the other; else empty.
    """

    route: Route
    path: Path
    client: Peer
    address: str
    near: str = ""
    far: str = ""


class DataPorts:
    """The open ones. `admit` takes in a connection that has come to one of them."""

    def __init__(self, poller: Poller, sweep: Sweep, clock: Clock, random: Random, admit: Admit) -> None:
        self._poller = poller
        self._sweep = sweep
        self._clock = clock
        self._random = random
        self._admit = admit
        self._open: dict[Control, list[_DataPort]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._open.values()))

    def open(self, control: Control, port: int, keepalive: Keepalive) -> int | str:
        """A port that leads to this one of the server's, or why there is none."""
        if not _leads_to_any_port(control.path):
            return ONE_PORT_ONLY
        listening = self._listen(control, keepalive)
        if listening is None:
            return NONE_FREE
        return self._await(_DataPort(listening, control, control.client[0], _data_route(control, port), self))

    def open_back(self, control: Control, there: HostPort, keepalive: Keepalive) -> HostPort | str:
        """Where the server may come so that it reaches this address of the client's, or why it cannot."""
        if not control.near or is_tailscale_address(near := _plain(control.near)):
            return NO_WAY_BACK
        if there.host != _plain(control.client[0]) or there.port < FIRST_DATA_PORT:
            return NOT_YOURS
        try:
            listening = open_port(control.route.name, HostPort(near, 0), keepalive)
        except ListenError:
            return NONE_FREE
        route = _route_back(control, there, Breaker(self._random))
        return HostPort(near, self._await(_DataPort(listening, control, control.far, route, self)))

    def close(self, control: Control) -> None:
        """The control connection has ended: nobody may come any more. Idempotent."""
        for port in list(self._open.get(control, ())):
            self.forget(port)

    def close_all(self) -> None:
        """The same for all."""
        for control in list(self._open):
            self.close(control)

    def admit(self, port: "_DataPort", client: socket.socket, peer: Peer) -> None:
        """Its client has come: nobody else may."""
        self.forget(port)
        self._admit(port.route, client, peer)

    def forget(self, port: "_DataPort") -> None:
        """Close one."""
        ports = self._open.get(port.control, [])
        if port not in ports:
            return
        ports.remove(port)
        if not ports:
            del self._open[port.control]
        self._sweep.discard(port)
        self._poller.remove_reader(port.listening.fileno())
        port.listening.close()

    def _await(self, port: "_DataPort") -> int:
        """Let its one connection come; its number."""
        self._open.setdefault(port.control, []).append(port)
        self._sweep.add(port, self._clock.monotonic_s() + OPEN_S)
        self._poller.add_reader(port.listening.fileno(), port.on_connection)
        return int(port.listening.getsockname()[1])

    def _listen(self, control: Control, keepalive: Keepalive) -> socket.socket | None:
        host = ip_address(control.address.partition("%")[0])
        for number in self._numbers(control.route.data_ports):
            try:
                return open_port(control.route.name, HostPort(host, number), keepalive)
            except ListenError:
                continue
        return None

    def _numbers(self, ports: Ports | None) -> list[int]:
        """In no order that a stranger could foresee."""
        if ports is None:
            return [0]
        return self._random.sample(range(ports.first, ports.last + 1), len(ports))


class _DataPort:
    __slots__ = ("_from", "_ports", "control", "listening", "route")

    def __init__(
        self, listening: socket.socket, control: Control, comes_from: str, route: Route, ports: DataPorts
    ) -> None:
        self.listening = listening
        self.control = control
        self.route = route
        self._from = comes_from
        self._ports = ports

    def on_connection(self) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                client, peer = self.listening.accept()
            except OSError as error:
                if error.errno in {errno.EMFILE, errno.ENFILE}:
                    self._ports.forget(self)
                return
            if peer[0] != self._from:
                reset(client)
                continue
            client.settimeout(0)
            self._ports.admit(self, client, peer)
            return

    def check_deadline(self, now_s: float) -> None:  # noqa: ARG002 - the sweep calls only when the time is over
        self._ports.forget(self)


def own_address(control: Control) -> IPAddress:
    """The gateway's for this client: what is configured, or the address under which the client has reached it."""
    if control.route.data_address is not None:
        return control.route.data_address
    return _plain(control.address)


def passive_address(control: Control) -> IPv4Address | None:
    """What PASV names; None where it cannot name any."""
    address = own_address(control)
    return address if isinstance(address, IPv4Address) else None


def ends_of(upstream: socket.socket, path: Path) -> tuple[str, str]:
    """`near` and `far` of a control connection over this path."""
    if path.egress.way.port is not None:
        return "", ""
    try:
        return upstream.getsockname()[0], upstream.getpeername()[0]
    except OSError:
        return "", ""


def _plain(text: str) -> IPAddress:
    """An address as the kernel writes it, without its zone; IPv4 as IPv4."""
    address = ip_address(text.partition("%")[0])
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _leads_to_any_port(path: Path) -> bool:
    """Whether it ends at the target's host: a router's listener is an address of the router's."""
    return path.target is None or path.target.host in TAILSCALE_VIA


def _data_route(control: Control, port: int) -> Route:
    """To that port of the same host, over the same path and no other."""
    path = control.path
    there = None if path.target is None else HostPort(path.target.host, port)
    route = replace(
        control.route,
        target=HostPort(control.route.target.host, port),
        paths=(replace(path, target=there, connections=0, dials=0),),
        hold_s=0.0,
    )
    if route.protocol != Protocol.FTP:
        return route
    return replace(route, protocol=Protocol.TCP.value, refuse=Refuse.RESET, is_one_way=True)


def _route_back(control: Control, there: HostPort, breaker: Breaker) -> Route:
    """From the server to the client, whose address was never behind the tailnet."""
    back = Path(name=control.path.name, egress=control.path.egress, target=None, breaker=breaker)
    return replace(
        control.route,
        target=there,
        paths=(back,),
        protocol=Protocol.TCP.value,
        refuse=Refuse.RESET,
        hold_s=0.0,
        allow_direct=True,
        allow_clients=(),
        is_one_way=True,
    )
