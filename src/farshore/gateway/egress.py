"""The ways out of this host, ready to be used: where each one dials, what it speaks, and what has to prove its dial.

LocalAPI dial refuses to leak from tailscaled 1.98 on; SOCKS5 proves itself by the address it bound; HTTP CONNECT and
a direct dial prove nothing, so the owner of the target is asked for before and after. An address inside Tailscale's
own ranges needs an owner in every way. (Executed on tailscaled 1.102.3.)
"""

import errno
import socket
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address
from pathlib import Path
from typing import assert_never

from farshore.config import model
from farshore.config.egresses import ConnectEgress, DirectEgress, Socks5Egress, TailscaledEgress
from farshore.config.egresses import Egress as ConfiguredEgress
from farshore.core.address import HostPort, IPAddress, is_tailscale_address
from farshore.core.clock import Clock
from farshore.gateway.dial import Port
from farshore.gateway.ownership import Ownership
from farshore.tailnet.localapi import LocalApi
from farshore.wire.connect import ConnectHandshake, LocalApiDialHandshake
from farshore.wire.handshake import Handshake
from farshore.wire.socks5 import Socks5Handshake

# tailscale paths/paths_unix.go at v1.102.3, DefaultTailscaledSocket; `serve` looks in more places.
DEFAULT_SOCKET = Path("/var/run/tailscale/tailscaled.sock")
_ACCEPTS = frozenset({0, errno.EAGAIN})


class Speech(StrEnum):
    """What is spoken with the port that is dialled."""

    LOCALAPI = "localapi"
    SOCKS5 = "socks5"
    CONNECT = "connect"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A port and what is spoken there; `port` None means that the target itself is dialled."""

    speech: Speech
    port: Port | None

    def handshake(self, target: HostPort) -> Handshake | None:
        """A new handshake for one dial of the target."""
        match self.speech:
            case Speech.LOCALAPI:
                return LocalApiDialHandshake(target)
            case Speech.SOCKS5:
                return Socks5Handshake(target)
            case Speech.CONNECT:
                return ConnectHandshake(target)
            case Speech.NOTHING:
                return None
            case unreachable:
                assert_never(unreachable)

    def proves_itself(self, address: IPAddress) -> bool:
        """Whether a success can be trusted without asking for the target's owner."""
        return self.speech in {Speech.LOCALAPI, Speech.SOCKS5} and not is_tailscale_address(address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    """One configured egress. `fallback` serves daemons whose LocalAPI dial leaks (before 1.98)."""

    name: str
    kind: str
    way: Way
    fallback: Way | None = None
    ownership: Ownership | None = None
    own_ips: frozenset[IPAddress] = frozenset()
    half_closes: bool = False

    async def close(self) -> None:
        """Ask tailscaled no more; whoever waits for an answer gets none."""
        if self.ownership is not None:
            await self.ownership.close()

    def is_alive(self) -> bool:
        """Whether something still accepts on the egress's port; True also where nobody can know."""
        port = self.way.port
        if port is None:
            return True
        try:
            probe = socket.socket(port.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError:  # no descriptor left to find out with
            return True
        with probe:
            error = probe.connect_ex(port.address)
            if error == errno.EINPROGRESS:
                # On loopback a refusal is there at once, but only the socket tells it.
                error = probe.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            return error in _ACCEPTS


def direct_way(timeouts: model.Timeouts, keepalive: model.Keepalive, target: HostPort) -> Way:
    """The way that dials the target itself."""
    family = socket.AF_INET6 if isinstance(target.host, IPv6Address) else socket.AF_INET
    port = Port(
        family=family,
        address=(str(target.host), target.port),
        label=str(target),
        connect_s=timeouts.dial_s,
        reply_s=timeouts.dial_s,
        is_target=True,
        keepalive=keepalive,
    )
    return Way(speech=Speech.NOTHING, port=port)


def build_egress(name: str, settings: ConfiguredEgress, timeouts: model.Timeouts, clock: Clock) -> Egress:
    """The egress that a configuration describes."""
    match settings:
        case TailscaledEgress():
            path = settings.socket or DEFAULT_SOCKET
            return Egress(
                name=name,
                kind=settings.kind,
                way=Way(speech=Speech.LOCALAPI, port=_unix_port(path, timeouts)),
                fallback=_socks_way(settings.socks5, timeouts) if settings.socks5 else None,
                ownership=Ownership(LocalApi(path), clock),
            )
        case Socks5Egress():
            return Egress(
                name=name,
                kind=settings.kind,
                way=_socks_way(settings.address, timeouts),
                ownership=_ownership(settings.localapi, clock),
                own_ips=frozenset(settings.tailscale_ips),
            )
        case ConnectEgress():
            return Egress(
                name=name,
                kind=settings.kind,
                way=Way(speech=Speech.CONNECT, port=_tcp_port(settings.address, timeouts, greets=False)),
                ownership=_ownership(settings.localapi or DEFAULT_SOCKET, clock),
            )
        case DirectEgress():
            return Egress(
                name=name,
                kind=settings.kind,
                way=Way(speech=Speech.NOTHING, port=None),
                ownership=_ownership(settings.localapi, clock),
                half_closes=True,
            )
        case unreachable:
            assert_never(unreachable)


def _ownership(socket_path: Path | None, clock: Clock) -> Ownership | None:
    return None if socket_path is None else Ownership(LocalApi(socket_path), clock)


def _socks_way(address: HostPort, timeouts: model.Timeouts) -> Way:
    return Way(speech=Speech.SOCKS5, port=_tcp_port(address, timeouts, greets=True))


def _unix_port(path: Path, timeouts: model.Timeouts) -> Port:
    return Port(
        family=socket.AF_UNIX,
        address=str(path),
        label=str(path),
        connect_s=timeouts.connect_s,
        reply_s=timeouts.dial_s,
    )


def _tcp_port(address: HostPort, timeouts: model.Timeouts, *, greets: bool) -> Port:
    return Port(
        family=socket.AF_INET6 if isinstance(address.host, IPv6Address) else socket.AF_INET,
        address=(str(address.host), address.port),
        label=str(address),
        connect_s=timeouts.connect_s,
        reply_s=timeouts.dial_s,
        greets=greets,
    )
