"""Which sets of approved routes move a prefix from a dead router to a living one. Computes; does no I/O."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from farshore.core.address import TAILSCALE_VIA, IPAddress, IPNetwork, is_tailscale_address
from farshore.tailnet.control.plane import Router
from farshore.tailnet.status import Peer

_VIA_BITS = 96  # tailscale net/tsaddr/tsaddr.go `MapVia` at v1.102.3: the last 32 bits are the IPv4 address


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A router, and the routes that it shall be allowed to serve."""

    router: Router
    routes: tuple[IPNetwork, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A prefix leaves the dead router for the living one, which is allowed to serve it before the dead one is not."""

    prefix: IPNetwork
    dead: Router
    living: Router

    @property
    def changes(self) -> tuple[Change, ...]:
        """What to write."""
        without = tuple(route for route in self.dead.approved if route != self.prefix)
        allowed = () if self.prefix in self.living.approved else (_with(self.living, self.prefix),)
        return (*allowed, Change(router=self.dead, routes=without))

    @property
    def undoing(self) -> tuple[Change, ...]:
        """What puts everything back as it was read."""
        return tuple(Change(router=change.router, routes=change.router.approved) for change in reversed(self.changes))


def prefix_of(owner: Peer, target: IPAddress) -> IPNetwork | None:
    """The prefix by which a peer serves a target; None where it is its own address, or all there is."""
    if is_tailscale_address(target):
        return None
    covering = [prefix for prefix in owner.allowed_ips if prefix.prefixlen and target in prefix]
    return max(covering, key=lambda prefix: prefix.prefixlen, default=None)


def router_of(peer: Peer, routers: tuple[Router, ...]) -> Router | None:
    """The same node as the control plane knows it, by its Tailscale address."""
    return next((router for router in routers if set(router.ips) & set(peer.ips)), None)


def candidates(
    prefix: IPNetwork, dead: Router, routers: tuple[Router, ...], kernel: AbstractSet[str]
) -> tuple[Router, ...] | str:
    """Who may take over, those first that are allowed already; or why nobody may.

    A router that forwards in userspace and has served 4via6 for a host drops plain connections to it until it restarts
    (tailscale#20730; executed on 1.102.3), and nobody can see from here whether it has. Only those named in
    `kernel` are known not to.
    """
    if prefix not in dead.approved:
        return f"the control plane does not let {dead.name} serve {prefix} (any more)"
    others = [router for router in routers if router.id != dead.id and prefix in router.advertised]
    if not others:
        return f"no other router advertises {prefix}"
    online = [router for router in others if router.online is not False]
    if not online:
        return f"{_names(others)} would take over, and the control plane says offline"
    clean = [router for router in online if router.name in kernel or not _serves_via(router, prefix)]
    if not clean:
        return (
            f"{_names(online)} also serves 4via6 for {prefix}: if it forwards in userspace, one 4via6 connection has "
            f"made the plain address a black hole there; if it is known to forward in the kernel, write "
            f"routers: {{{online[0].name}: {{forwarding: kernel}}}}"
        )
    return tuple(sorted(clean, key=lambda router: prefix not in router.approved))


def _serves_via(router: Router, prefix: IPNetwork) -> bool:
    return any(_behind(route).overlaps(prefix) for route in (*router.advertised, *router.approved) if _is_via(route))


def _is_via(route: IPNetwork) -> bool:
    return isinstance(route, IPv6Network) and route.prefixlen >= _VIA_BITS and route.subnet_of(TAILSCALE_VIA)


def _behind(via: IPNetwork) -> IPv4Network:
    return IPv4Network((int(via.network_address) & 0xFFFFFFFF, via.prefixlen - _VIA_BITS))


def _with(router: Router, prefix: IPNetwork) -> Change:
    return Change(router=router, routes=(*router.approved, prefix))


def _names(routers: list[Router]) -> str:
    return ", ".join(router.name for router in routers)
