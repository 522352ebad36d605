"""What can happen to a tailnet and to its daemon. Each is a small value; a lab holds any number of them at once.

A fault of the tailnet changes what the tailnet looks like; a fault of the daemon changes how a door is served. What
happens to bytes on their way is in `toxics`, and stands in a tailnet by `Disturbed`.
"""

from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol, runtime_checkable

from farshore.core.address import HostPort, IPAddress
from farshore.lab.stream import Serve, Stream, forever
from farshore.lab.tailnet import Door, Host, Link, Tailnet
from farshore.lab.toxics import Toxic


class TailnetFault(Protocol):
    """Something that is wrong with the tailnet for as long as it is injected."""

    def strike(self, tailnet: Tailnet) -> Tailnet:
        """What the tailnet looks like with it."""
        ...


@runtime_checkable
class DoorFault(Protocol):
    """Something that is wrong with one of the daemon's doors for as long as it is injected."""

    def strike_door(self, door: Door, serve: Serve) -> Serve:
        """How the door is served with it."""
        ...


@dataclass(frozen=True, slots=True)
class RouterDead:
    """The router's data plane is gone. Control does not notice: it stays online and keeps its routes."""

    router: str

    def strike(self, tailnet: Tailnet) -> Tailnet:
        """Nobody answers for it."""
        return tailnet.with_router(replace(tailnet.router(self.router), answers=False))


@dataclass(frozen=True, slots=True)
class RouterOffline:
    """The router is gone and control knows: its routes pass to the next router that advertises them."""

    router: str

    def strike(self, tailnet: Tailnet) -> Tailnet:
        """Offline, and silent."""
        return tailnet.with_router(replace(tailnet.router(self.router), answers=False, online=False))


@dataclass(frozen=True, slots=True)
class RouteWithdrawn:
    """No router has the network any more: not advertised, not approved or withheld, which look the same from here."""

    network: IPv4Network | IPv6Network

    def strike(self, tailnet: Tailnet) -> Tailnet:
        """Every router without the network."""
        routers = (replace(r, routes=tuple(n for n in r.routes if n != self.network)) for r in tailnet.routers)
        return replace(tailnet, routers=tuple(routers))


@dataclass(frozen=True, slots=True)
class RoutesNotAccepted:
    """The gateway's tailscaled runs without --accept-routes."""

    def strike(self, tailnet: Tailnet) -> Tailnet:
        """Routes are known and not used."""
        return replace(tailnet, accept_routes=False)


@dataclass(frozen=True, slots=True)
class KeyExpired:
    """The router's node key has expired. Control keeps its routes where they are."""

    router: str

    def strike(self, tailnet: Tailnet) -> Tailnet:
        """Its routes no longer count."""
        return tailnet.with_router(replace(tailnet.router(self.router), key_expired=True))


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The gateway's tailscaled is logged out."""

    def strike(self, tailnet: Tailnet) -> Tailnet:
        """No addresses, no peers."""
        return replace(tailnet, logged_in=False)


@dataclass(frozen=True, slots=True)
class HostGone:
    """A host behind the routers does not exist any more."""

    address: IPAddress

    def strike(self, tailnet: Tailnet) -> Tailnet:
        """The network without it."""
        return replace(tailnet, lan=tuple(host for host in tailnet.lan if host.address != self.address))


@dataclass(frozen=True, slots=True)
class TargetRefuses:
    """Nothing listens on a target's port."""

    target: HostPort

    def strike(self, tailnet: Tailnet) -> Tailnet:
        """The host without that listener."""
        return replace(tailnet, lan=tuple(self._without(host) for host in tailnet.lan))

    def _without(self, host: Host) -> Host:
        if host.address != self.target.host:
            return host
        rest = {port: listener for port, listener in host.listeners.items() if port != self.target.port}
        return replace(host, listeners=rest)


@dataclass(frozen=True, slots=True)
class Disturbed:
    """Something happens to the bytes of connections made from now on."""

    to_target: tuple[Toxic, ...] = ()
    from_target: tuple[Toxic, ...] = ()

    def strike(self, tailnet: Tailnet) -> Tailnet:
        """The toxics stand behind those already there."""
        link = tailnet.link
        return replace(
            tailnet,
            link=Link(to_target=link.to_target + self.to_target, from_target=link.from_target + self.from_target),
        )


@dataclass(frozen=True, slots=True)
class Hung:
    """The daemon accepts and never says a word."""

    doors: tuple[Door, ...] = tuple(Door)

    def strike_door(self, door: Door, serve: Serve) -> Serve:
        """Wait for ever."""
        return _wait_for_ever if door in self.doors else serve


@dataclass(frozen=True, slots=True)
class Garbage:
    """Something else answers on the daemon's address, with these bytes, and hangs up."""

    data: bytes = b"220 ready\r\n"
    doors: tuple[Door, ...] = tuple(Door)

    def strike_door(self, door: Door, serve: Serve) -> Serve:
        """Say it to everyone who has said something."""

        async def speak(stream: Stream) -> None:
            await stream.read()
            await stream.write(self.data)

        return speak if door in self.doors else serve


@dataclass(frozen=True, slots=True)
class HangsUp:
    """The daemon accepts, hears the request and closes without a word."""

    doors: tuple[Door, ...] = tuple(Door)

    def strike_door(self, door: Door, serve: Serve) -> Serve:
        """Leave after the first bytes."""

        async def leave(stream: Stream) -> None:
            await stream.read()

        return leave if door in self.doors else serve


Fault = TailnetFault | DoorFault


async def _wait_for_ever(_stream: Stream) -> None:
    await forever()
