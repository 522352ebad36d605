"""From what one tailscaled sees to paths: which routers could carry each route, and what each still has to be told.

Decides; no I/O. What is seen is what control routes to this host: a standby's plain prefixes are not among it, nor what
a router advertises and nobody has approved (tailscale ipn/ipnstate/ipnstate.go at v1.102.3, `AllowedIPs`). Where the
control plane could be asked, it knows both.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from farshore.core.address import TAILSCALE_VIA, IPAddress, IPNetwork, is_tailscale_address, via_address
from farshore.tailnet.control.plane import Router
from farshore.tailnet.forwarding import Forwards, forwarding_of_system
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Peer, Status

MAX_SITE = 65535
VIA_BITS = 96
LISTENER_BASE = 10_000
_NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A route that is to have paths; `ports` counts those of a range, the first of which is `port`."""

    route: str
    host: IPAddress | str
    port: int
    ports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedPath:
    """A path as it is written: through `via`, by `site` or by `listener`."""

    via: str
    site: int | None = None
    listener: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedRoute:
    """The paths of a route, or why it gets none; `note` says what is missing all the same."""

    route: str
    paths: tuple[SuggestedPath, ...]
    problem: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterWork:
    """What is still to be done on one router.

    `via` pairs each site id and network with its 4via6 prefix, as `tailscale debug via` prints it; `advertise` is the
    whole list afterwards, as far as it `is_known`; `listeners` are the arguments of `tailscale serve`. `id` is the
    control plane's, empty where that was not asked.
    """

    name: str
    os: str
    address: str
    via: tuple[tuple[int, str, str], ...] = ()
    advertise: tuple[str, ...] = ()
    listeners: tuple[tuple[int, str], ...] = ()
    is_known: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Everything that leads from today's state to several paths."""

    routes: tuple[SuggestedRoute, ...]
    routers: tuple[RouterWork, ...]


def suggest(
    wanted: Sequence[Wanted], status: Status, also: Sequence[str] = (), known: Sequence[Router] = ()
) -> Suggestion:
    """Paths for every route through the router that serves it now, those with a site for it, and those named in `also`.

    `known` are the routers as the control plane sees them, if it was asked: standbys need no naming then. A router
    whose system always forwards in tailscaled's network stack gets listeners, which take nothing away.
    """
    plan = _Plan(status, also, known)
    routes = tuple(plan.route(each) for each in wanted)
    return Suggestion(routes=routes, routers=plan.work())


class _Plan:
    """Site ids and ports are given out as they are needed, and never twice."""

    def __init__(self, status: Status, also: Sequence[str], known: Sequence[Router]) -> None:
        self._status = status
        by_ip = {ip: router for router in known for ip in router.ips}
        found = {peer.key: next((by_ip[ip] for ip in peer.ips if ip in by_ip), None) for peer in status.peers}
        self._known = {key: router for key, router in found.items() if router is not None}
        self._named = [peer for name in also for peer in status.peers if _is_named(peer, name)]
        self._unknown = [name for name in also if not any(_is_named(peer, name) for peer in status.peers)]
        self._sites = {peer.key: site for peer in status.peers for site in _sites(self._advertised(peer))}
        self._taken = set(self._sites.values())
        self._networks: dict[str, dict[IPv4Network, None]] = {}
        self._listeners: dict[str, dict[int, str]] = {}
        self._peers: dict[str, Peer] = {}

    def route(self, wanted: Wanted) -> SuggestedRoute:
        host = wanted.host
        if not isinstance(host, IPv4Address) or is_tailscale_address(host):
            return _without(wanted, "its target is no IPv4 address on a network behind a router")
        owner = owner_of(self._status, host)
        if owner is None:
            return _without(wanted, f"no router serves {host} now; have one advertise its network first")
        network = _network(owner, host)
        if network is None:
            return _without(wanted, f"{host} is an address of {owner.host_name} itself")
        served = [peer for peer in self._status.peers if self._leads_to(peer, host)]
        routers = list({peer.key: peer for peer in (owner, *served, *self._named)}.values())
        paths = tuple(self._path(peer, wanted, host, network) for peer in routers)
        return SuggestedRoute(route=wanted.route, paths=paths, note=self._note(paths))

    def work(self) -> tuple[RouterWork, ...]:
        return tuple(self._work_of(peer) for peer in self._peers.values())

    def _advertised(self, peer: Peer) -> tuple[IPNetwork, ...]:
        """What it advertises, where the control plane said so; otherwise what is routed to it."""
        known = self._known.get(peer.key)
        return peer.allowed_ips if known is None else tuple({*known.advertised, *peer.allowed_ips})

    def _leads_to(self, peer: Peer, host: IPv4Address) -> bool:
        """Whether it serves the host by 4via6, or is known to advertise a network that holds it."""
        known = self._known.get(peer.key)
        networks = () if known is None else known.advertised
        return any(_serves(prefix, host) for prefix in peer.allowed_ips) or any(
            prefix.prefixlen and host in prefix for prefix in networks
        )

    def _path(self, peer: Peer, wanted: Wanted, host: IPv4Address, network: IPv4Network) -> SuggestedPath:
        if forwarding_of_system(peer.os) is Forwards.IN_NETSTACK and wanted.ports == 1:
            self._peers[peer.key] = peer
            port = self._listener(peer, f"{host}:{wanted.port}", wanted.port)
            return SuggestedPath(via=_name(peer), listener=f"{_address(peer)}:{port}")
        site = self._sites.get(peer.key)
        if site is None:
            site = self._sites[peer.key] = next(site for site in range(1, MAX_SITE) if site not in self._taken)
            self._taken.add(site)
        if not any(_serves(prefix, host) for prefix in peer.allowed_ips):
            self._peers[peer.key] = peer
            self._networks.setdefault(peer.key, {})[network] = None
        return SuggestedPath(via=_name(peer), site=site)

    def _listener(self, peer: Peer, target: str, port: int) -> int:
        listeners = self._listeners.setdefault(peer.key, {})
        for taken, to in listeners.items():
            if to == target:
                return taken
        wished = port + LISTENER_BASE if port + LISTENER_BASE <= MAX_SITE else port
        while wished in listeners:
            wished -= 1
        listeners[wished] = target
        return wished

    def _note(self, paths: tuple[SuggestedPath, ...]) -> str | None:
        if self._unknown:
            return f"this host's tailscaled knows no {', '.join(self._unknown)}"
        if len(paths) > 1:
            return None
        return "one path is no second way: name another router of that network with --router"

    def _work_of(self, peer: Peer) -> RouterWork:
        site = self._sites.get(peer.key)
        networks = self._networks.get(peer.key, {})
        via = tuple((site, str(network), str(via_network(site, network))) for network in networks if site is not None)
        known = self._known.get(peer.key)
        present = peer.allowed_ips if known is None else known.advertised
        already = [str(prefix) for prefix in present if not _is_own(peer, prefix) and prefix.prefixlen]
        plain = [str(network) for network in networks if str(network) not in already]
        return RouterWork(
            name=_name(peer),
            os=peer.os,
            address=_address(peer),
            via=via,
            advertise=tuple(dict.fromkeys((*already, *plain, *(prefix for _, _, prefix in via)))) if via else (),
            is_known=known is not None,
            id="" if known is None else known.id,
            listeners=tuple(self._listeners.get(peer.key, {}).items()),
        )


def via_network(site: int, network: IPv4Network) -> IPv6Network:
    """The 4via6 prefix of a network behind a site (tailscale net/tsaddr/tsaddr.go at v1.102.3, `MapVia`)."""
    return IPv6Network((via_address(site, network.network_address), VIA_BITS + network.prefixlen))


def _without(wanted: Wanted, problem: str) -> SuggestedRoute:
    return SuggestedRoute(route=wanted.route, paths=(), problem=problem)


def _network(owner: Peer, host: IPv4Address) -> IPv4Network | None:
    """The longest network of the owner that holds the host, but for the owner's own address and exit routes."""
    found = [
        prefix
        for prefix in owner.allowed_ips
        if isinstance(prefix, IPv4Network) and prefix.prefixlen and host in prefix and not _is_own(owner, prefix)
    ]
    return max(found, key=lambda prefix: prefix.prefixlen, default=None)


def _serves(prefix: IPNetwork, host: IPv4Address) -> bool:
    """Whether it is a 4via6 prefix of any site that holds the host."""
    if not isinstance(prefix, IPv6Network) or not _is_via(prefix):
        return False
    inner = IPv4Network((int(prefix.network_address) & 0xFFFFFFFF, prefix.prefixlen - VIA_BITS))
    return host in inner


def _sites(prefixes: Sequence[IPNetwork]) -> list[int]:
    return [int(prefix.network_address) >> 32 & 0xFFFFFFFF for prefix in prefixes if _is_via(prefix)]


def _is_via(prefix: IPNetwork) -> bool:
    return isinstance(prefix, IPv6Network) and prefix.prefixlen >= VIA_BITS and prefix.network_address in TAILSCALE_VIA


def _is_own(peer: Peer, prefix: IPNetwork) -> bool:
    return prefix.num_addresses == 1 and prefix.network_address in peer.ips


def _is_named(peer: Peer, name: str) -> bool:
    return name.lower() in {peer.host_name.lower(), peer.dns_name.lower().partition(".")[0], _name(peer).lower()}


def _name(peer: Peer) -> str:
    """A router's name as `via:` takes it."""
    return _NOT_OF_A_NAME.sub("-", peer.host_name).strip("-._")[:63] or "router"


def _address(peer: Peer) -> str:
    first = next((ip for ip in peer.ips if isinstance(ip, IPv4Address)), peer.ips[0] if peer.ips else None)
    return f"[{first}]" if isinstance(first, IPv6Address) else str(first)
