"""What a lab tailnet looks like, and which way a dial takes in it. Values only: nothing here opens a socket.

No private address is ever dialled: each listening port of the lab's hosts stands for a listener on this machine's
loopback. The behaviour was read off real tailscaled 1.102.3 and headscale 0.29.2; `tests/contract` holds the two
together.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from farshore.core.address import (
    TAILSCALE_IPV6,
    TAILSCALE_VIA,
    HostPort,
    IPAddress,
    IPNetwork,
    is_tailscale_address,
    via_address,
)
from farshore.lab.toxics import Toxic

GATEWAY = IPv4Address("100.64.0.1")
POD = IPv4Address("10.200.0.10")
FIRST_VERSION_THAT_REFUSES_TO_LEAK = (1, 98)


class Forwarding(StrEnum):
    """How a router passes packets on: the way its operating system has it do so."""

    NETSTACK = "netstack"
    KERNEL = "kernel"


class Door(StrEnum):
    """Through which of tailscaled's three doors a dial came."""

    LOCALAPI = "localapi"
    SOCKS5 = "socks5"
    CONNECT = "connect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A machine, and the loopback listeners that stand for its listening ports."""

    address: IPAddress
    listeners: dict[int, HostPort]


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """A subnet router. Of several that advertise one network, the first that is not withdrawn is primary."""

    name: str
    address: IPv4Address
    routes: tuple[IPNetwork, ...]
    forwarding: Forwarding = Forwarding.NETSTACK
    online: bool = True
    answers: bool = True
    key_expired: bool = False

    @property
    def addresses(self) -> tuple[IPAddress, ...]:
        """Its Tailscale addresses."""
        return self.address, ipv6_of(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What happens to bytes between the daemon and a target, in each direction."""

    to_target: tuple[Toxic, ...] = ()
    from_target: tuple[Toxic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The dial reaches a listener; `bound` is what SOCKS shows, `router` None means the pod's own network."""

    target: HostPort
    listener: HostPort
    bound: IPAddress
    router: Router | None

    @property
    def refusal(self) -> "Refused":
        """What it is after all when the listener is closed."""
        text = f"dial tcp {self.target}: connect: connection refused"
        if self.router is not None:
            text = f"connect tcp {self.target}: connection was refused"
        return Refused(text=text, router=self.router)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The dial fails with these words; `late` ones only once the router has given up looking for the host."""

    text: str
    late: bool = False
    router: Router | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """Nobody ever answers the dial."""

    router: Router | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOurs:
    """LocalAPI leaves the dial to its caller (`Dial-Self`)."""

    address: HostPort


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Nobody knows the name."""

    text: str


Way = Carried | Refused | Silent | NotOurs | Unresolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Tailnet:
    """A tailnet as the gateway's tailscaled sees it."""

    address: IPv4Address = GATEWAY
    routers: tuple[Router, ...] = ()
    lan: tuple[Host, ...] = ()
    pod: tuple[Host, ...] = ()
    pod_address: IPv4Address = POD
    names: dict[str, IPAddress] = field(default_factory=dict)
    version: str = "1.102.3-lab"
    accept_routes: bool = True
    logged_in: bool = True
    link: Link = Link()

    @property
    def addresses(self) -> tuple[IPAddress, ...]:
        """The gateway's own Tailscale addresses; none when logged out."""
        return (self.address, ipv6_of(self.address)) if self.logged_in else ()

    @property
    def refuses_to_leak(self) -> bool:
        """Whether LocalAPI dial of this version leaves a dial without a route to its caller."""
        major, minor = self.version.split("-")[0].split(".")[:2]
        return (int(major), int(minor)) >= FIRST_VERSION_THAT_REFUSES_TO_LEAK

    def router(self, name: str) -> Router:
        """The router of that name; KeyError if there is none."""
        return {router.name: router for router in self.routers}[name]

    def with_router(self, changed: Router) -> "Tailnet":
        """The same tailnet with one router changed."""
        return replace(self, routers=tuple(changed if r.name == changed.name else r for r in self.routers))

    def primary_routes(self, router: Router) -> tuple[IPNetwork, ...]:
        """The networks that control hands to this router: it shows each to clients at one router only."""
        return tuple(route for route in router.routes if self._primary(route) == router)

    def owner(self, address: IPAddress) -> Router | None:
        """Who tailscaled would send to: the longest prefix, without routes not accepted or of an expired key."""
        if not self.logged_in:
            return None
        matches = [
            (network.prefixlen, router)
            for router in self.routers
            for network in (*_single_hosts(router), *self._accepted(router))
            if address in network
        ]
        return max(matches, key=lambda match: match[0])[1] if matches else None

    def resolve(self, host: IPAddress | str) -> IPAddress | None:
        """The address behind a name of the tailnet or of the pod's resolver."""
        if not isinstance(host, str):
            return host
        machines = {router.name: router.address for router in self.routers}
        return {**machines, **self.names}.get(host.removesuffix("."))

    def way(self, target: HostPort, door: Door) -> Way:
        """Which way tailscaled takes (net/tsdial `UserDialPlan` and `dialOneUser` at v1.102.3)."""
        address = self.resolve(target.host)
        if address is None:
            return Unresolved(text=f"lookup {target.host}: no such host")
        resolved = HostPort(address, target.port)
        if address in self.addresses:
            return Refused(text=f"connect tcp {resolved}: connection was refused")
        owner = self.owner(address)
        if owner is not None:
            return self._through(owner, address, resolved)
        # tailscaled holds a route for all of its IPv6 range: it takes such a dial for its own, and the kernel gets it.
        seems_ours = self.logged_in and address in TAILSCALE_IPV6
        if door is Door.LOCALAPI and self.refuses_to_leak and not seems_ours:
            return NotOurs(address=resolved)
        return self._through_pod(address, resolved)

    def _through(self, owner: Router, address: IPAddress, target: HostPort) -> Way:
        if not owner.answers or owner.key_expired:
            return Silent(router=owner)
        refused = Refused(text=f"connect tcp {target}: connection was refused", router=owner)
        if address in owner.addresses:
            return refused
        behind = _behind_via(address)
        host = next((host for host in self.lan if host.address == behind), None)
        # What comes by 4via6 goes through the network stack of every router (netstack.go, `shouldProcessInbound`).
        if host is None and owner.forwarding is Forwarding.KERNEL and behind == address:
            return Refused(text=f"connect tcp {target}: no route to host", late=True, router=owner)
        if host is None:
            return replace(refused, late=True)
        if (listener := host.listeners.get(target.port)) is None:
            return refused
        bound = self.address if isinstance(address, IPv4Address) else ipv6_of(self.address)
        return Carried(target=target, listener=listener, bound=bound, router=owner)

    def _through_pod(self, address: IPAddress, target: HostPort) -> Way:
        host = next((host for host in self.pod if host.address == address), None)
        if host is None and is_tailscale_address(address):
            return Refused(text=f"dial tcp {target}: connect: network is unreachable")
        if host is None:
            return Silent(router=None)
        if (listener := host.listeners.get(target.port)) is None:
            return Refused(text=f"dial tcp {target}: connect: connection refused")
        bound = address if is_tailscale_address(address) else self.pod_address
        return Carried(target=target, listener=listener, bound=bound, router=None)

    def _primary(self, route: IPNetwork) -> Router | None:
        advertisers = [router for router in self.routers if route in router.routes]
        return next((router for router in advertisers if router.online), advertisers[0] if advertisers else None)

    def _accepted(self, router: Router) -> tuple[IPNetwork, ...]:
        return self.primary_routes(router) if self.accept_routes and not router.key_expired else ()


def via_network(site: int, network: IPv4Network) -> IPv6Network:
    """The 4via6 network of a site (tailscale net/tsaddr/tsaddr.go `MapVia` at v1.102.3)."""
    return IPv6Network((via_address(site, network.network_address), 96 + network.prefixlen))


def ipv6_of(address: IPv4Address) -> IPv6Address:
    """The Tailscale IPv6 address that headscale gives beside an IPv4 address: the same host number."""
    return TAILSCALE_IPV6.network_address + (int(address) & 0x3FFFFF)


def _behind_via(address: IPAddress) -> IPAddress:
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in TAILSCALE_VIA else address


def _single_hosts(router: Router) -> tuple[IPNetwork, ...]:
    return IPv4Network(router.address), IPv6Network(ipv6_of(router.address))
