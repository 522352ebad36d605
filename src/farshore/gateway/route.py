"""A route as it runs: one listening port, its target, the paths to it, and what it has counted."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from random import Random

from farshore.config import model
from farshore.config.fields import Network, Ports
from farshore.config.rules.paths import only_by_via
from farshore.core.address import HostPort, IPAddress, via_address
from farshore.core.events import Announce, Health, PathChanged
from farshore.core.outcome import Code
from farshore.gateway.breaker import Breaker, BreakerState
from farshore.gateway.budget import RetryBudget
from farshore.gateway.egress import Egress
from farshore.gateway.plan import DialTimes

_GREETING = frozenset({model.Protocol.MYSQL, model.Protocol.FTP, model.Protocol.SFTP})
__all__ = ["Health", "Path", "Route", "build_routes"]


@dataclass(slots=True, kw_only=True, eq=False)
class Path:
    """One way to a route's target: an egress and the address it is asked for, and how it has done lately.

    `name` is the router that is chosen, and the egress and the address where none is, or where the router has a path
    already: within a route it is this path's alone. `target` None stands for the route's own target. `health_since_s`
    is the monotonic time at which the health became what it is, and `health_reason` what told it last. `connections`
    are those that it carries and those that are dialled on it now, `dials` the latter alone, made for clients.
    `checked_s` is when the last look at its health began, and `answered_s` when a client's dial, or a ping on behalf of
    those who are held, was last answered.
    """

    name: str
    egress: Egress
    target: HostPort | None
    breaker: Breaker
    dial_times: DialTimes = field(default_factory=DialTimes)
    health: Health = Health.UNKNOWN
    health_since_s: float = 0.0
    health_reason: str = ""
    connections: int = 0
    dials: int = 0
    checked_s: float = -math.inf
    answered_s: float = -math.inf

    @property
    def is_in_doubt(self) -> bool:
        """Whether the last check has made it suspect, and no client has been answered over it since."""
        return self.health is Health.SUSPECT and self.answered_s <= self.checked_s


@dataclass(slots=True, kw_only=True, eq=False)
class Tally:
    """What a route has counted under its name, however often it was changed. Only `active` ever shrinks.

    `searches` are those for a path, one or more for a client. `retries` bounds what is dialled again.
    """

    active: int = 0
    accepted: int = 0
    searches: int = 0
    ended: Counter[Code] = field(default_factory=Counter)
    retries: RetryBudget = field(init=False)

    def __post_init__(self) -> None:
        self.retries = RetryBudget(lambda: self.active)


@dataclass(slots=True, kw_only=True, eq=False)
class Route:
    """One listening port. A changed configuration makes another one; connections keep the one they came by.

    `paths` stand in the order of preference, at least one. `target_text` is made once: every connection needs it.
    A name that stands for one of `not_plainly` is not dialled: other routes dial that host by 4via6. On one that
    `is_one_way` a client that has finished expects nothing any more.
    """

    name: str
    listen: HostPort
    target: HostPort
    paths: tuple[Path, ...]
    balance: model.Balance
    protocol: str
    resolve: model.Resolve | None
    allow_direct: bool
    allow_clients: tuple[Network, ...]
    max_connections: int
    hold_s: float
    max_held: int
    not_plainly: frozenset[IPv4Address] = frozenset()
    dead_path_grace_s: float
    reset_on_dead_path: bool
    refuse: model.Refuse = model.Refuse.RESET
    refuse_with: str = ""
    redact: bool = False
    data_ports: Ports | None = None
    data_address: IPv4Address | None = None
    redirects: model.Redirects = model.Redirects.LEAVE
    known_as: tuple[HostPort, ...] = ()
    is_one_way: bool = False
    probe: model.Probe = model.Probe.NONE
    warm_up: bool = False
    tally: Tally = field(default_factory=Tally)
    target_text: str = field(init=False)

    def __post_init__(self) -> None:
        self.target_text = str(self.target)

    @property
    def target_speaks_first(self) -> bool:
        """Whether a client of its protocol waits for a greeting."""
        return self.protocol in _GREETING

    @property
    def egress(self) -> Egress:
        """The egress of the preferred path."""
        return self.paths[0].egress

    def stands_for(self, there: HostPort) -> bool:
        """Whether its target is meant by an address that a server names."""
        return any(each.port == there.port and _same(each.host, there.host) for each in (self.target, *self.known_as))

    def is_at(self, host: IPAddress | str) -> bool:
        """Whether its target's host is meant by what a server names."""
        return any(_same(each.host, host) for each in (self.target, *self.known_as))

    def allows(self, client: str) -> bool:
        """Whether a client's address, as the kernel writes it, may connect."""
        if not self.allow_clients:
            return True
        address = _unmapped(ip_address(client.partition("%")[0]))
        return any(address in network for network in self.allow_clients if network.version == address.version)


def build_routes(
    config: model.Config, egresses: dict[str, Egress], random: Random, announce: Announce
) -> Iterator[Route]:
    """One route for each listening port of the configuration; a range becomes as many.

    Every change of a path's state is announced.
    """
    not_plainly = only_by_via(config)
    for written in config.routes:
        host = config.listen_host if written.listen.host is None else written.listen.host
        for offset in range(len(written.listen)):
            port = written.listen.first + offset
            target = HostPort(_host(written), written.target.first + offset)
            name = written.label if len(written.listen) == 1 else f"{written.label}:{port}"
            yield Route(
                name=name,
                listen=HostPort(host, port),
                target=target,
                paths=tuple(_build_paths(written, target, egresses, random, _Teller(name, announce))),
                balance=written.balance,
                protocol=written.protocol.value,
                resolve=written.resolve,
                allow_direct=written.allow_direct,
                allow_clients=written.allow_clients,
                max_connections=written.max_connections,
                hold_s=written.hold_or_default_s,
                max_held=written.max_held,
                not_plainly=not_plainly if target.is_name else frozenset(),
                dead_path_grace_s=written.dead_path_grace_s,
                reset_on_dead_path=written.reset_on_dead_path,
                refuse=written.refuse_or_default,
                refuse_with=written.refuse_with or "",
                redact=config.redact,
                data_ports=written.data_ports,
                data_address=written.data_address if isinstance(written.data_address, IPv4Address) else None,
                redirects=written.redirects,
                known_as=written.known_as,
                probe=written.probe_or_default,
                warm_up=written.warm_up,
            )


class _Teller:
    """Announces the changes of a route's paths."""

    def __init__(self, route: str, announce: Announce) -> None:
        self._route = route
        self._announce = announce

    def tell(self, path: str, state: BreakerState, was: BreakerState, reason: str) -> None:
        self._announce(PathChanged(route=self._route, path=path, state=state.value, was=was.value, reason=reason))


def _build_paths(
    written: model.Route, target: HostPort, egresses: dict[str, Egress], random: Random, teller: _Teller
) -> Iterator[Path]:
    default = written.egress or next(iter(egresses))
    named: set[str] = set()
    for path in written.paths or (model.Path(),):
        egress = egresses[path.egress or default]
        asked_for = _asked_for(path, target)
        whole_name = f"{egress.name}/{asked_for or target}"
        name = whole_name if path.via is None else f"{path.via}/{whole_name}" if path.via in named else path.via
        named.add(name)
        yield Path(
            name=name, egress=egress, target=asked_for, breaker=Breaker(random, changed=partial(teller.tell, name))
        )


def _asked_for(path: model.Path, target: HostPort) -> HostPort | None:
    if path.listener is not None:
        return path.listener
    if path.site is not None and isinstance(target.host, IPv4Address):
        return HostPort(via_address(path.site, target.host), target.port)
    return None


def _host(written: model.Route) -> IPAddress | str:
    if written.target.host is None:
        msg = f"route {written.name or written.listen}: the target names no host"
        raise ValueError(msg)
    return written.target.host


def _same(one: IPAddress | str, other: IPAddress | str) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.lower().removesuffix(".") == other.lower().removesuffix(".")
    return one == other


def _unmapped(address: IPAddress) -> IPAddress:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
