"""Targets, and the way to each: what can be dialled, by which egress, and who says what a name stands for."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from farshore.config.did_you_mean import did_you_mean
from farshore.config.egresses import DirectEgress, Egress
from farshore.config.fields import is_local_word
from farshore.config.model import Config, Protocol, Redirects, Refuse, Resolve, Route
from farshore.config.problem import Finding, Loc, Severity
from farshore.config.rules.egresses import MAX_EGRESSES, SOCKET_HINT, egress_of, has_localapi
from farshore.config.rules.listeners import Listening
from farshore.core.address import TAILSCALE_VIA, IPAddress, is_tailscale_address

MAX_WORDS = 4096
_BROADCAST = IPv4Address("255.255.255.255")


def findings(config: Config, listening: Listening) -> Iterator[Finding]:
    """What is wrong with the routes."""
    if not config.routes:
        yield Finding(loc=("routes",), expected="at least one route")
    yield from _same_names(config)
    if len(config.egresses) > MAX_EGRESSES:
        return
    for index, route in enumerate(config.routes):
        loc: Loc = ("routes", index)
        yield from _lengths(loc, route)
        yield from _target(config, listening, loc, route)
        yield from _way(config, loc, route)
        yield from _refusal(loc, route)
        yield from _data(config, loc, route)
        yield from _redirects(config, loc, route)


def why_not_a_target(address: IPAddress) -> str | None:
    """Why no private host can have this address; None if one can. IPv4 inside IPv6 is looked at as IPv4."""
    inner = host_behind(address)
    if inner.is_loopback:
        return f"{inner} is the host that dials, not one behind the tailnet"
    if inner.is_unspecified or inner == _BROADCAST:
        return f"{inner} is no host's address"
    if inner.is_multicast:
        return f"{inner} is a multicast group, and TCP has none"
    if inner.is_link_local:
        return f"{inner} is link-local: it means another host on every network"
    if isinstance(inner, IPv4Address) and inner.is_reserved:
        return f"{inner} is reserved and assigned to nobody"
    return None


def host_behind(address: IPAddress) -> IPAddress:
    """The host that an address stands for: IPv4 inside IPv6, mapped or 4via6, as IPv4."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in TAILSCALE_VIA else address


def _refusal(loc: Loc, route: Route) -> Iterator[Finding]:
    is_plain = route.protocol is Protocol.TCP
    if route.refuse is Refuse.PROTOCOL and is_plain and route.refuse_with is None:
        yield Finding(
            loc=(*loc, "refuse"),
            expected="a `protocol`, or `refuse_with`: plain tcp has no words of its own",
            found="protocol",
        )
    if route.refuse_with is not None and (not is_plain or route.refuse not in {None, Refuse.PROTOCOL}):
        yield Finding(
            loc=(*loc, "refuse_with"),
            expected="nothing here: it is for plain `tcp` with `refuse: protocol`",
            found="a text",
            related=((*loc, "protocol" if not is_plain else "refuse"),),
        )
    if route.refuse_with is not None and len(route.refuse_with) > MAX_WORDS:
        yield Finding(
            loc=(*loc, "refuse_with"),
            expected=f"at most {MAX_WORDS} characters, which are sent at once",
            found=f"{len(route.refuse_with)}",
        )


def _data(config: Config, loc: Loc, route: Route) -> Iterator[Finding]:
    """FTP's data connections, and where Oracle's clients come in that are sent on."""
    for name, value in (("data_ports", route.data_ports), ("data_address", route.data_address)):
        if value is not None and route.protocol is not Protocol.FTP and route.redirects is Redirects.LEAVE:
            yield Finding(
                loc=(*loc, name),
                expected="`protocol: ftp`, or `redirects: rewrite`: nothing else needs more connections",
            )
    if isinstance(route.data_address, IPv6Address):
        yield Finding(loc=(*loc, "data_address"), expected="an IPv4 address: PASV cannot name another")
    for number, path in enumerate(route.paths):
        if path.listener is not None and route.protocol is Protocol.FTP:
            yield Finding(
                loc=(*loc, "paths", number, "listener"),
                expected="site: or the plain address on an `ftp` route",
                found=f"a listener, {path.listener}",
                hint="it leads to one port of the server, and each data connection needs another: over this path "
                "clients are told 425; or write `protocol: tcp`, give the server a fixed passive range, and each of "
                "its ports a listener and a route",
                severity=Severity.WARNING,
            )
    if route.data_ports is None:
        return
    if route.data_ports.host is not None:
        yield Finding(loc=(*loc, "data_ports"), expected="ports without an address, which is the control connection's")
    for index, other in enumerate(config.routes):
        if other.listen.first <= route.data_ports.last and route.data_ports.first <= other.listen.last:
            yield Finding(
                loc=(*loc, "data_ports"),
                expected="ports on which no route listens",
                found=f"those of route {other.label}",
                other=("routes", index),
                related=(("routes", index, "listen"),),
            )


def _redirects(config: Config, loc: Loc, route: Route) -> Iterator[Finding]:
    """Where Oracle's clients are sent on to."""
    if route.redirects is Redirects.REWRITE and route.protocol is not Protocol.ORACLE:
        yield Finding(
            loc=(*loc, "redirects"),
            expected="rewrite only beside `protocol: oracle`",
            found=f"protocol {route.protocol}",
            related=((*loc, "protocol"),),
        )
    if route.known_as and all(each.redirects is Redirects.LEAVE for each in config.routes):
        yield Finding(
            loc=(*loc, "known_as"),
            expected="a route with `redirects: rewrite`, whose clients are sent here under these addresses",
            found="none",
            severity=Severity.WARNING,
        )


def _same_names(config: Config) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, route in enumerate(config.routes):
        earlier = first.setdefault(route.label, index)
        if earlier != index:
            yield Finding(
                loc=("routes", index, "name"),
                expected="a name of its own",
                found=f"{route.label}, which another route has",
                hint=None if route.name else "a route without a name is called by its port: give both a name",
                other=("routes", earlier),
                related=(("routes", earlier, "name"), ("routes", earlier, "listen"), ("routes", index, "listen")),
            )


def _lengths(loc: Loc, route: Route) -> Iterator[Finding]:
    listening, dialled = len(route.listen), len(route.target)
    if listening != dialled:
        yield Finding(
            loc=(*loc, "target"),
            expected=f"{listening} target port{'s' * (listening > 1)}, one for each listening port",
            found=f"{dialled}",
            related=((*loc, "listen"),),
        )


def _target(config: Config, listening: Listening, loc: Loc, route: Route) -> Iterator[Finding]:
    target: Loc = (*loc, "target")
    host = route.target.host
    if host is None:
        yield Finding(loc=target, expected="host:port", found=str(route.target))
    elif isinstance(host, str):
        yield from _name(config, loc, route, host)
    elif (reason := why_not_a_target(host)) and not (route.allow_direct and host_behind(host).is_loopback):
        yield Finding(loc=target, expected="the address of a host behind the tailnet", hint=reason)
    else:
        if route.resolve is not None:
            hint = f"{host} is an address already"
            yield Finding(
                loc=(*loc, "resolve"),
                expected="resolve: only beside a target given as a name",
                hint=hint,
                related=(target,),
                severity=Severity.WARNING,
            )
        yield from _loop(listening, loc, route, host)


def _name(config: Config, loc: Loc, route: Route, host: str) -> Iterator[Finding]:
    if is_local_word(host):
        hint = "it would mean the host that dials, not one behind the tailnet"
        yield Finding(loc=(*loc, "target"), expected="the address of a host behind the tailnet", hint=hint)
        return
    if route.resolve is None:
        yield Finding(
            loc=(*loc, "target"),
            expected="an address, or a name with resolve: beside it",
            hint="best write the address; or say who knows the name: resolve: tailnet (a machine of the tailnet) "
            "or resolve: pod (the resolver of the host that Farshore runs on)",
            related=((*loc, "resolve"),),
        )
        return
    found = egress_of(config, route)
    if route.resolve is not Resolve.TAILNET or found is None:
        return
    name, egress = found
    if isinstance(egress, DirectEgress) or not has_localapi(egress):
        yield Finding(
            loc=(*loc, "resolve"),
            expected="resolve: pod, or an egress that can ask tailscaled for the name",
            found=f"resolve: tailnet through {name} (kind: {egress.kind})",
            hint="kind: tailscaled can"
            + ("" if isinstance(egress, DirectEgress) else f"; kind: {egress.kind} can with {SOCKET_HINT}"),
            related=((*loc, "egress"), (*loc, "paths"), ("egresses", name, "localapi")),
        )


def _loop(listening: Listening, loc: Loc, route: Route, host: IPAddress) -> Iterator[Finding]:
    if len(route.listen) != len(route.target) or listening.is_too_much:
        return
    for port in range(route.target.first, route.target.last + 1):
        listener = listening.holder(host, port)
        if listener is not None and listener.host == host:
            yield Finding(
                loc=(*loc, "target"),
                expected="the address of a host behind the tailnet",
                found=f"{host}:{port}, where {listener.label} of this gateway listens",
                hint="a connection would come back in until none is left",
                other=listener.loc,
            )
            return


def _way(config: Config, loc: Loc, route: Route) -> Iterator[Finding]:
    yield from unknown_egress(config, (*loc, "egress"), route.egress)
    if route.egress is None and len(config.egresses) > 1 and not (route.paths and all(p.egress for p in route.paths)):
        yield Finding(
            loc=(*loc, "egress"),
            expected=f"egress: one of {', '.join(config.egresses)}",
            found="no such field",
            hint="it can be left out only where there is a single egress",
            related=(("egresses",), (*loc, "paths")),
        )
    host = route.target.host
    if not route.paths and host is not None and (found := egress_of(config, route)):
        yield from proof(loc, (*loc, "target"), route, host, *found)


def unknown_egress(config: Config, loc: Loc, name: str | None) -> Iterator[Finding]:
    """What is wrong where an egress is named that is not there."""
    if name is not None and name not in config.egresses:
        hint = did_you_mean(name, config.egresses) or f"known here: {', '.join(config.egresses)}"
        related: tuple[Loc, ...] = (("egresses", name),)
        yield Finding(loc=loc, expected="an egress under egresses:", hint=hint, related=related)


def proof(  # noqa: PLR0913, PLR0917 - two locations, a route and what is dialled
    way: Loc, dialled: Loc, route: Route, host: IPAddress | str, name: str, egress: Egress
) -> Iterator[Finding]:
    """What is wrong where a dial of `host`, written at `dialled`, cannot be proven to go through the tailnet."""
    if has_localapi(egress) or route.allow_direct:
        return
    related: tuple[Loc, ...] = ((*way[:2], "allow_direct"), ("egresses", name, "localapi"))
    if isinstance(egress, DirectEgress):
        yield Finding(
            loc=way,
            expected="proof that the dial goes through the tailnet",
            found=f"egress {name} of kind direct, without any",
            hint=f"give the egress {SOCKET_HINT}, or give the route allow_direct: true if this host's own network is "
            "what you want",
            related=related,
        )
    elif not isinstance(host, str) and is_tailscale_address(host):
        yield Finding(
            loc=dialled,
            expected="an egress that can ask tailscaled who owns this address",
            found=f"{host} through {name} (kind: {egress.kind})",
            hint="without an owner, addresses inside 100.64.0.0/10 and fd7a:115c:a1e0::/48 are dialled on this host's "
            f"own network without any tell: give the egress {SOCKET_HINT}",
            related=related,
        )
