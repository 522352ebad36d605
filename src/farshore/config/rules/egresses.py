"""The ways out: each can be dialled, and each can tell a leak from a success."""

from collections.abc import Iterator

from farshore.config.egresses import ConnectEgress, Egress, Socks5Egress, TailscaledEgress
from farshore.config.fields import is_local_word
from farshore.config.model import Config, Path, Route
from farshore.config.problem import Finding, Loc, Severity
from farshore.config.rules.listeners import Listening
from farshore.core.address import HostPort, is_tailscale_address

MAX_EGRESSES = 64
_NAMING = ("egress", "paths")
SOCKET_HINT = "localapi: /var/run/tailscale/tailscaled.sock"


def egress_of(config: Config, route: Route, path: Path | None = None) -> tuple[str, Egress] | None:
    """The egress that a route, or one of its paths, dials through; None where it names none or one that is not there.

    Without a path the route's preferred one is meant.
    """
    path = path or next(iter(route.paths), None)
    name = (path and path.egress) or route.egress
    if name is None:
        return next(iter(config.egresses.items())) if len(config.egresses) == 1 else None
    egress = config.egresses.get(name)
    return None if egress is None else (name, egress)


def has_localapi(egress: Egress) -> bool:
    """Whether the egress can ask a tailscaled who owns an address."""
    return isinstance(egress, TailscaledEgress) or egress.localapi is not None


def findings(config: Config, listening: Listening) -> Iterator[Finding]:
    """What is wrong with the egresses."""
    if not config.egresses:
        yield Finding(
            loc=("egresses",),
            expected="at least one egress",
            hint="leave the field out to use the tailscaled of this host",
        )
    if len(config.egresses) > MAX_EGRESSES:
        yield Finding(loc=("egresses",), expected=f"at most {MAX_EGRESSES} egresses", found=f"{len(config.egresses)}")
        return
    used = {
        found[0]
        for route in config.routes
        for path in route.paths or (None,)
        if (found := egress_of(config, route, path))
    }
    for name, egress in config.egresses.items():
        loc: Loc = ("egresses", name)
        for field, address in _addresses(egress):
            yield from _address(listening, (*loc, field), address)
        yield from _proof(loc, egress)
        if name not in used and len(config.egresses) > 1:
            yield Finding(
                loc=loc,
                expected="an egress that a route uses",
                found=f"no route with egress: {name}",
                related=tuple(("routes", index, each) for index in range(len(config.routes)) for each in _NAMING),
                severity=Severity.WARNING,
            )


def _addresses(egress: Egress) -> Iterator[tuple[str, HostPort]]:
    if isinstance(egress, TailscaledEgress) and egress.socks5 is not None:
        yield "socks5", egress.socks5
    if isinstance(egress, Socks5Egress | ConnectEgress):
        yield "address", egress.address


def _address(listening: Listening, loc: Loc, address: HostPort) -> Iterator[Finding]:
    host = address.host
    expected = "the address where it listens, such as 127.0.0.1:1055"
    if isinstance(host, str):
        is_local = is_local_word(host)
        reason = (
            "the word may mean ::1, where tailscaled does not listen" if is_local else "a name can change its meaning"
        )
        yield Finding(loc=loc, expected=expected, hint=f"write {'127.0.0.1' if is_local else 'its address'}; {reason}")
        return
    if host.is_unspecified or host.is_multicast:
        hint = f"{host} is where a server listens, not where one dials: write 127.0.0.1:{address.port}"
        yield Finding(loc=loc, expected=expected, hint=hint)
        return
    listener = listening.holder(host, address.port)
    if listener is not None:
        yield Finding(
            loc=loc,
            expected="the address of tailscaled",
            found=f"{address}, where {listener.label} of this gateway listens",
            hint="it would dial itself",
            other=listener.loc,
        )


def _proof(loc: Loc, egress: Egress) -> Iterator[Finding]:
    match egress:
        case ConnectEgress(localapi=None):
            yield Finding(
                loc=(*loc, "localapi"),
                expected="localapi: tailscaled's unix socket",
                found="no such field",
                hint="the HTTP proxy reports success even when it dialled the wrong network; only tailscaled can say "
                "who owns the target. Or use kind: tailscaled",
            )
        case Socks5Egress(localapi=None, tailscale_ips=()) if not _is_loopback(egress.address):
            yield Finding(
                loc=(*loc, "localapi"),
                expected="localapi: or tailscale_ips:",
                found="neither",
                hint="a success counts only if the SOCKS5 server dialled from one of its own Tailscale addresses, and "
                "those of a tailscaled on another address have to be told",
                related=((*loc, "tailscale_ips"), (*loc, "address")),
            )
        case Socks5Egress():
            yield from _own_ips(loc, egress)
        case _:
            pass


def _own_ips(loc: Loc, egress: Socks5Egress) -> Iterator[Finding]:
    for index, address in enumerate(egress.tailscale_ips):
        if not is_tailscale_address(address):
            yield Finding(
                loc=(*loc, "tailscale_ips", index),
                expected="an address inside 100.64.0.0/10 or fd7a:115c:a1e0::/48",
                hint="`tailscale ip` prints them; with any other address a leak can pass for a success",
            )


def _is_loopback(address: HostPort) -> bool:
    return is_local_word(address.host) if isinstance(address.host, str) else address.host.is_loopback
