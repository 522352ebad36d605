"""A route as it runs: one listening port, its target, and what it has counted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from farshore.config import model
from farshore.config.fields import Network
from farshore.core.address import HostPort, IPAddress
from farshore.core.outcome import Code
from farshore.gateway.egress import Egress


@dataclass(slots=True, kw_only=True, eq=False)
class Route:
    """One listening port. The counters are the gateway's own, and only ever grow but for `active`.

    `path` is the egress and the address it is asked for; both texts are made once, as every connection needs them.
    """

    name: str
    listen: HostPort
    target: HostPort
    egress: Egress
    protocol: str
    resolve: model.Resolve | None
    allow_direct: bool
    allow_clients: tuple[Network, ...]
    max_connections: int
    active: int = 0
    accepted: int = 0
    ended: Counter[Code] = field(default_factory=Counter)
    target_text: str = field(init=False)
    path: str = field(init=False)

    def __post_init__(self) -> None:
        self.target_text = str(self.target)
        self.path = f"{self.egress.name}/{self.target_text}"

    def allows(self, client: str) -> bool:
        """Whether a client's address, as the kernel writes it, may connect."""
        if not self.allow_clients:
            return True
        address = _unmapped(ip_address(client.partition("%")[0]))
        return any(address in network for network in self.allow_clients if network.version == address.version)


def build_routes(config: model.Config, egresses: dict[str, Egress]) -> Iterator[Route]:
    """One route for each listening port of the configuration; a range becomes as many."""
    for written in config.routes:
        egress = egresses[written.egress] if written.egress is not None else next(iter(egresses.values()))
        host = config.listen_host if written.listen.host is None else written.listen.host
        name = written.name or str(written.listen.first)
        for offset in range(len(written.listen)):
            port = written.listen.first + offset
            yield Route(
                name=name if len(written.listen) == 1 else f"{name}:{port}",
                listen=HostPort(host, port),
                target=HostPort(_host(written), written.target.first + offset),
                egress=egress,
                protocol=written.protocol.value,
                resolve=written.resolve,
                allow_direct=written.allow_direct,
                allow_clients=written.allow_clients,
                max_connections=written.max_connections,
            )


def _host(written: model.Route) -> IPAddress | str:
    if written.target.host is None:
        msg = f"route {written.name or written.listen}: the target names no host"
        raise ValueError(msg)
    return written.target.host


def _unmapped(address: IPAddress) -> IPAddress:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
