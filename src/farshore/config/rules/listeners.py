"""Who listens where: every port once, on an address of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from farshore.config.fields import Ports, is_local_word
from farshore.config.model import Config
from farshore.config.problem import Finding, Loc, Severity
from farshore.core.address import HostPort, IPAddress

FIRST_UNPRIVILEGED_PORT = 1024
MAX_LISTENING_PORTS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One thing that listens: a route, or one of the ports for machines."""

    label: str
    loc: Loc
    host: IPAddress
    first: int
    last: int

    def __str__(self) -> str:
        return str(Ports(host=self.host, first=self.first, last=self.last))


class Listening:
    """Every port that a configuration opens, and who has it. Empty where there are too many to look at."""

    def __init__(self, config: Config) -> None:
        self.listeners = tuple(_listeners(config))
        self.ports = sum(listener.last - listener.first + 1 for listener in self.listeners)
        self.is_too_much = self.ports > MAX_LISTENING_PORTS
        self.overlaps: list[tuple[Listener, Listener]] = []
        self._held: dict[tuple[int, int], dict[IPAddress, Listener]] = {}
        if not self.is_too_much:
            for listener in self.listeners:
                self._add(listener)

    def holder(self, host: IPAddress, port: int) -> Listener | None:
        """Who would accept a connection to this address and port, as far as the configuration can tell."""
        held = self._held.get((host.version, port), {})
        return held.get(host) or held.get(_ANY[host.version])

    def _add(self, listener: Listener) -> None:
        """Take the listener's ports; note the first earlier one that has one of them."""
        earlier: Listener | None = None
        for port in range(listener.first, listener.last + 1):
            held = self._held.setdefault((listener.host.version, port), {})
            others = next(iter(held.values()), None) if listener.host.is_unspecified else None
            earlier = earlier or others or self.holder(listener.host, port)
            held.setdefault(listener.host, listener)
        if earlier is not None:
            self.overlaps.append((listener, earlier))


_ANY: dict[int, IPAddress] = {4: IPv4Address(0), 6: IPv6Address(0)}


def _listeners(config: Config) -> Iterator[Listener]:
    machines = (("health", config.health), ("admin", config.admin))
    for label, address in machines:
        if address is not None and not isinstance(address.host, str):
            yield Listener(label=label, loc=(label,), host=address.host, first=address.port, last=address.port)
    for index, route in enumerate(config.routes):
        host = config.listen_host if route.listen.host is None else route.listen.host
        if not isinstance(host, str):
            label, loc = f"route {route.label}", ("routes", index, "listen")
            yield Listener(label=label, loc=loc, host=host, first=route.listen.first, last=route.listen.last)


def findings(config: Config, listening: Listening) -> Iterator[Finding]:
    """What is wrong with the listening addresses and ports."""
    yield from _names(config)
    yield from _open_admin(config)
    yield from _mapped(config, listening.listeners)
    yield from _privileged(listening.listeners)
    if listening.is_too_much:
        yield Finding(
            loc=("routes",),
            expected=f"at most {MAX_LISTENING_PORTS} listening ports in all",
            found=f"{listening.ports}",
            hint="spread the routes over several gateways",
        )
    for listener, earlier in listening.overlaps:
        yield _overlap(listener, earlier)


def _names(config: Config) -> Iterator[Finding]:
    written: list[tuple[Loc, HostPort | Ports | None]] = [(("health",), config.health), (("admin",), config.admin)]
    written += [(("routes", index, "listen"), route.listen) for index, route in enumerate(config.routes)]
    for loc, address in written:
        if address is not None and isinstance(address.host, str):
            hint = (
                "write 127.0.0.1"
                if is_local_word(address.host)
                else "a name can stand for several addresses, and change"
            )
            yield Finding(loc=loc, expected="a listening address as a literal, such as 127.0.0.1:8082", hint=hint)


def _open_admin(config: Config) -> Iterator[Finding]:
    host = None if config.admin is None else config.admin.host
    is_open = host is not None and not isinstance(host, str) and not host.is_loopback
    if is_open and config.admin_token_file is None:
        yield Finding(
            loc=("admin",),
            expected="a loopback address, such as 127.0.0.1:9809, or a token",
            hint="name one by `admin_token_file:`; without, whoever reaches this port reads all routes and clients",
        )


def _mapped(config: Config, listeners: Iterable[Listener]) -> Iterator[Finding]:
    told: set[IPAddress] = set()
    for listener in listeners:
        mapped = listener.host.ipv4_mapped if isinstance(listener.host, IPv6Address) else None
        inherits = listener.host == config.listen_host
        if mapped is None or (inherits and listener.host in told):
            continue
        told.add(listener.host)
        yield Finding(
            loc=listener.loc,
            expected="an address of one family",
            found=str(listener.host),
            hint=f"write {mapped}; a listener is IPv4 or IPv6, never both",
        )


def _privileged(listeners: Iterable[Listener]) -> Iterator[Finding]:
    for listener in listeners:
        if listener.first < FIRST_UNPRIVILEGED_PORT:
            yield Finding(
                loc=listener.loc,
                expected=f"a port from {FIRST_UNPRIVILEGED_PORT} up",
                hint="a lower one opens only for root, with the capability NET_BIND_SERVICE, "
                "or with a lower sysctl net.ipv4.ip_unprivileged_port_start",
                severity=Severity.WARNING,
            )


def _overlap(listener: Listener, earlier: Listener) -> Finding:
    wildcard = next((each.host for each in (listener, earlier) if each.host.is_unspecified), None)
    return Finding(
        loc=listener.loc,
        expected="a port that nothing else here listens on",
        found=f"{listener}, and {earlier.label} listens on {earlier}",
        hint=f"{wildcard} stands for every address" if wildcard and listener.host != earlier.host else None,
        other=earlier.loc,
    )
