"""Several ways to one target: each is whole, no two are the same, and none spoils another."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from farshore.config.did_you_mean import did_you_mean
from farshore.config.model import Config, Forwarding, Path, Route, Router
from farshore.config.problem import Finding, Loc, Severity
from farshore.config.rules.egresses import MAX_EGRESSES, egress_of
from farshore.config.rules.routes import host_behind, proof, unknown_egress
from farshore.core.address import TAILSCALE_VIA, is_tailscale_address, via_address

_LISTENER = "the router's own Tailscale address and port, such as 100.64.0.2:11433"
_TRAP = (
    "on a router that forwards in userspace (Windows, macOS, containers) one 4via6 connection makes the plain address "
    "unreachable until tailscaled restarts there"
)


def findings(config: Config) -> Iterator[Finding]:
    """What is wrong with the paths of the routes, and with what is told of the routers."""
    yield from _unused(config)
    yield from _dialled_for_nothing(config)
    yield from _plain_and_via(config)
    if len(config.egresses) > MAX_EGRESSES:
        return
    for index, route in enumerate(config.routes):
        yield from _same(("routes", index, "paths"), route)
        for number, path in enumerate(route.paths):
            loc: Loc = ("routes", index, "paths", number)
            yield from _site(loc, route, path)
            yield from _listener(loc, route, path)
            yield from _way(config, loc, route, path)


def _same(loc: Loc, route: Route) -> Iterator[Finding]:
    first: dict[tuple[object, ...], int] = {}
    for number, path in enumerate(route.paths):
        dialled = (path.egress or route.egress, path.site, path.listener)
        earlier = first.setdefault(dialled, number)
        if earlier != number:
            yield Finding(
                loc=(*loc, number),
                expected="a path of its own",
                found=f"the same as paths[{earlier}]",
                hint="via: only names a path; site:, listener: or egress: chooses a router",
                other=(*loc, earlier),
                related=((*loc[:2], "egress"),),
            )


def _site(loc: Loc, route: Route, path: Path) -> Iterator[Finding]:
    if path.site is None:
        return
    site, target = (*loc, "site"), (*loc[:2], "target")
    host = route.target.host
    if path.via is None:
        hint = "the name tells the paths apart in logs and metrics, and routers: by it what the router is"
        yield Finding(loc=site, expected="via: the router's name beside site:", found="no via:", hint=hint)
    if path.listener is not None:
        yield Finding(
            loc=site,
            expected="site: or listener:, not both",
            found="both",
            hint="a listener leads to the target by itself; write two paths to try one after the other",
            related=((*loc, "listener"),),
        )
    if host is not None and not isinstance(host, IPv4Address):
        yield Finding(
            loc=site,
            expected="site: only beside a target given as an IPv4 address",
            found=f"target {host}",
            hint="it is a 4via6 address already"
            if isinstance(host, IPv6Address) and host in TAILSCALE_VIA
            else "the router's 4via6 address is computed from the target's IPv4 address",
            related=(target,),
        )
    elif isinstance(host, IPv4Address) and is_tailscale_address(host):
        yield Finding(
            loc=site,
            expected="site: only beside a target on a network behind the router",
            found=f"target {host}",
            hint="tailscaled from 1.102.3 on refuses 4via6 to addresses inside 100.64.0.0/10",
            related=(target,),
        )


def _listener(loc: Loc, route: Route, path: Path) -> Iterator[Finding]:
    if path.listener is None:
        return
    listener, host = (*loc, "listener"), path.listener.host
    if isinstance(host, str):
        hint = "a name can change its meaning; `tailscale ip` on the router prints its address"
        yield Finding(loc=listener, expected=_LISTENER, hint=hint)
    elif isinstance(host, IPv6Address) and host in TAILSCALE_VIA:
        yield Finding(loc=listener, expected=_LISTENER, hint="for a 4via6 address write site:")
    elif not is_tailscale_address(host):
        hint = "outside 100.64.0.0/10 and fd7a:115c:a1e0::/48 nothing says that a router of the tailnet listens there"
        yield Finding(loc=listener, expected=_LISTENER, hint=hint)
    if len(route.listen) > 1:
        yield Finding(
            loc=listener,
            expected="listener: only on a route with one port",
            found=f"{len(route.listen)} listening ports",
            hint="a listener leads to one port of the target; write site:, or a route for each port",
            related=((*loc[:2], "listen"),),
        )


def _way(config: Config, loc: Loc, route: Route, path: Path) -> Iterator[Finding]:
    yield from unknown_egress(config, (*loc, "egress"), path.egress)
    found = egress_of(config, route, path)
    host = route.target.host
    if found is None or host is None:
        return
    dialled: Loc = (*loc[:2], "target")
    if path.listener is not None:
        host, dialled = path.listener.host, (*loc, "listener")
    elif path.site is not None and isinstance(host, IPv4Address):
        host, dialled = via_address(path.site, host), (*loc, "site")
    yield from proof(loc, dialled, route, host, *found)


def _unused(config: Config) -> Iterator[Finding]:
    if config.control is not None:
        return  # a move asks what is known of routers that no path names
    named = {path.via for route in config.routes for path in route.paths if path.via is not None}
    for name in config.routers:
        if name not in named:
            yield Finding(
                loc=("routers", name),
                expected="a router that a path goes through",
                found=f"no path with via: {name}",
                hint=did_you_mean(name, named),
                related=tuple(("routes", index, "paths") for index in range(len(config.routes))),
                severity=Severity.WARNING,
            )


def _dialled_for_nothing(config: Config) -> Iterator[Finding]:
    """An address that no machine has: a target has one, and nothing but a path tells which peer the router is."""
    targets = {route.target.host: index for index, route in reversed([*enumerate(config.routes)])}
    paths = [path for route in config.routes for path in route.paths]
    reached = {path.via for path in paths if path.site is not None or path.listener is not None}
    for name, router in config.routers.items():
        loc: Loc = ("routers", name, "unused")
        if router.unused is None:
            continue
        if router.unused in targets:
            yield Finding(
                loc=loc,
                expected="an address that no machine has",
                found="the target of a route",
                hint="what answers there tells nothing of the router",
                other=("routes", targets[router.unused], "target"),
            )
        elif not isinstance(router.unused, IPv4Address) or is_tailscale_address(router.unused):
            yield Finding(loc=loc, expected="an IPv4 address on the network behind the router")
        elif name not in reached:
            yield Finding(
                loc=loc,
                expected=f"a path with via: {name} and site: or listener:",
                found="none",
                hint="without it nobody can tell which peer this router is",
                related=tuple(("routes", index, "paths") for index in range(len(config.routes))),
                severity=Severity.WARNING,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dialled:
    """A host that a route dials in one of its ways; `loc` is where that is written."""

    host: IPv4Address
    loc: Loc
    label: str
    router: str | None
    is_via: bool


def _plain_and_via(config: Config) -> Iterator[Finding]:
    """One 4via6 connection can make the plain address a black hole: tailscale#20730; executed on 1.102.3."""
    dialled = list(_dialled(config))
    plain = {each.host: each for each in reversed(dialled) if not each.is_via}
    for each in dialled:
        other = plain.get(each.host)
        if not each.is_via or other is None or _is_kernel(config, each.router):
            continue
        yield Finding(
            loc=each.loc,
            expected="one host either by its plain address or by 4via6, not by both",
            found=f"the 4via6 address of {each.host}, which route {other.label} dials plainly",
            hint=f"{_TRAP}; dial it only by site: or listener:, or {_declare(each.router)}",
            other=other.loc,
            related=(("routers",),),
        )


def only_by_via(config: Config) -> frozenset[IPv4Address]:
    """The hosts whose plain address must not be dialled, though a name may turn out to stand for one of them."""
    return frozenset(host for host, _ in ways_that_spoil(config))


def ways_that_spoil(config: Config) -> frozenset[tuple[IPv4Address, str | None]]:
    """Each host that is dialled by 4via6, with the router, where that is not declared to forward in the kernel."""
    return frozenset(
        (each.host, each.router) for each in _dialled(config) if each.is_via and not _is_kernel(config, each.router)
    )


def spoilt(config: Config, before: frozenset[tuple[IPv4Address, str | None]]) -> frozenset[IPv4Address]:
    """The hosts that it dials plainly, and that were dialled by 4via6 before: that may have taken them away."""
    plain = {each.host for each in _dialled(config) if not each.is_via}
    return frozenset(host for host, router in before if host in plain and not _is_kernel(config, router))


def _is_kernel(config: Config, router: str | None) -> bool:
    return config.routers.get(router or "", Router()).forwarding is Forwarding.KERNEL


def _declare(router: str | None) -> str:
    if router is None:
        return "name the router with via: and declare it under routers:, if it forwards in the kernel"
    return f"write routers: {{{router}: {{forwarding: kernel}}}}, if {router} is known to forward in the kernel"


def _dialled(config: Config) -> Iterator[_Dialled]:
    for index, route in enumerate(config.routes):
        host = route.target.host
        if host is None or isinstance(host, str):
            continue
        inner = host_behind(host)
        if not isinstance(inner, IPv4Address):
            continue
        for number, path in enumerate(route.paths or (Path(),)):
            if path.listener is None:
                loc: Loc = ("routes", index, "paths", number) if route.paths else ("routes", index, "target")
                is_via = path.site is not None or (isinstance(host, IPv6Address) and host in TAILSCALE_VIA)
                yield _Dialled(host=inner, loc=loc, label=route.label, router=path.via, is_via=is_via)
