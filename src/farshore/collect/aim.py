"""What is looked at: a target, the addresses that stand for it, and the doors of tailscaled that lead there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import assert_never

from farshore.config import model
from farshore.config.egresses import ConnectEgress, DirectEgress, Socks5Egress, TailscaledEgress, socket_of
from farshore.config.egresses import Egress as ConfiguredEgress
from farshore.core.address import TAILSCALE_VIA, HostPort, IPAddress, via_address
from farshore.diagnosis.facts.dials import Egress as DoorKind

_WELL_KNOWN = {
    1433: model.Protocol.SQLSERVER,
    5432: model.Protocol.POSTGRES,
    3306: model.Protocol.MYSQL,
    1521: model.Protocol.ORACLE,
    21: model.Protocol.FTP,
    22: model.Protocol.SFTP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One way into a tailscaled on this host; `address` None: the target itself is dialled."""

    kind: DoorKind
    address: HostPort | Path | None

    def __str__(self) -> str:
        """How it is named to people."""
        return f"{self.kind} {self.address}" if self.address is not None else "this host's own network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One address to ask for, and the doors that may be asked, the route's own first.

    `socket` is the LocalAPI that knows the address's owner, None where nobody can be asked. `own_ips` is what a SOCKS
    success has to be bound to where that is so. `guarded`: a dial that no peer owns must not be made.
    """

    name: str
    address: HostPort
    doors: tuple[Door, ...]
    socket: Path | None
    own_ips: frozenset[IPAddress] = frozenset()
    guarded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One target. `route` is empty where no configuration names it.

    `reserve` says why it is not dialled, `tried` where a way out of this host was looked for.
    """

    target: HostPort
    legs: tuple[Leg, ...]
    route: str = ""
    listen: str = ""
    protocol: model.Protocol = model.Protocol.TCP
    reserve: str = ""
    tried: tuple[str, ...] = ()

    def named(self, route: str, listen: str, protocol: str, addresses: Sequence[HostPort]) -> "Aim":
        """The same as a running gateway's route, with the addresses of its paths in place of the target's own."""
        legs = [replace(self.legs[0], name=str(address), address=address) for address in dict.fromkeys(addresses)]
        spoken = model.Protocol(protocol) if protocol in set(model.Protocol) else self.protocol
        return replace(self, route=route, listen=listen, protocol=spoken, legs=tuple(legs), reserve="")


def aims_of(config: model.Config) -> Iterator[Aim]:
    """One aim for each route of a configuration that is complete; of a range its first port."""
    for route in config.routes:
        host = route.target.host
        if host is None:
            continue
        target = HostPort(host, route.target.first)
        default = route.egress or next(iter(config.egresses))
        listen_host = config.listen_host if route.listen.host is None else route.listen.host
        yield Aim(
            target=target,
            route=route.label,
            listen=str(HostPort(listen_host, route.listen.first)),
            protocol=route.protocol,
            legs=tuple(_leg(config, route, path, target, default) for path in route.paths or (model.Path(),)),
        )


def plain_aim(target: HostPort, socket: Path | None, socks5: HostPort | None, tried: Sequence[str] = ()) -> Aim:
    """An aim at a target that no configuration names, through what was found on this host.

    A 4via6 address is not dialled: on a router that forwards with netstack one such connection makes the plain address
    of that host unreachable until the router restarts (tailscale #20730).
    """
    doors: list[Door] = []
    if socket is not None:
        doors.append(Door(kind=DoorKind.LOCALAPI, address=socket))
    if socks5 is not None:
        doors.append(Door(kind=DoorKind.SOCKS5, address=socks5))
    is_via = isinstance(target.host, IPv6Address) and target.host in TAILSCALE_VIA
    return Aim(
        target=target,
        protocol=_WELL_KNOWN.get(target.port, model.Protocol.TCP),
        legs=(Leg(name=str(target), address=target, doors=tuple(doors), socket=socket),),
        tried=tuple(tried),
        reserve="one connection to a 4via6 address can make the plain address a black hole" if is_via else "",
    )


def _leg(config: model.Config, route: model.Route, path: model.Path, target: HostPort, default: str) -> Leg:
    own = config.egresses[path.egress or default]
    socket = socket_of(own)
    others = [each for each in config.egresses.values() if each is not own and socket_of(each) == socket and socket]
    doors = dict.fromkeys(door for egress in (own, *others) for door in _doors(egress))
    address = _address(path, target)
    return Leg(
        name=path.via or str(address),
        address=address,
        doors=tuple(doors),
        socket=socket,
        own_ips=frozenset(own.tailscale_ips) if isinstance(own, Socks5Egress) else frozenset(),
        guarded=not route.allow_direct,
    )


def _address(path: model.Path, target: HostPort) -> HostPort:
    if path.listener is not None:
        return path.listener
    if path.site is not None and isinstance(target.host, IPv4Address):
        return HostPort(via_address(path.site, target.host), target.port)
    return target


def _doors(egress: ConfiguredEgress) -> Iterator[Door]:
    match egress:
        case TailscaledEgress():
            yield Door(kind=DoorKind.LOCALAPI, address=egress.socket)
            if egress.socks5 is not None:
                yield Door(kind=DoorKind.SOCKS5, address=egress.socks5)
        case Socks5Egress():
            yield Door(kind=DoorKind.SOCKS5, address=egress.address)
            if egress.localapi is not None:
                yield Door(kind=DoorKind.LOCALAPI, address=egress.localapi)
        case ConnectEgress():
            yield Door(kind=DoorKind.CONNECT, address=egress.address)
            if egress.localapi is not None:
                yield Door(kind=DoorKind.LOCALAPI, address=egress.localapi)
        case DirectEgress():
            yield Door(kind=DoorKind.DIRECT, address=None)
        case unreachable:
            assert_never(unreachable)
