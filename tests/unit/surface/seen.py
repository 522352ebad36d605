"""What the surface's tests look at: a gateway that only answers questions, and one ending of each kind."""

from collections import Counter
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from farshore.core.address import HostPort
from farshore.core.events import ConfigurationApplied, ConfigurationRefused, ConnectionEnded, ReloadReason
from farshore.core.outcome import ClientEnd, Code, Phase
from farshore.gateway.breaker import BreakerState
from farshore.gateway.state import ConnectionState, PathState, Readiness, RouteState


def path_state(name: str, state: BreakerState = BreakerState.CLOSED) -> PathState:
    target = HostPort(IPv4Address("172.16.20.88"), 1433)
    return PathState(name=name, egress="tailnet", target=target, state=state, patience_ms=250.0)


def route_state(
    name: str = "8082",
    *,
    active: int = 0,
    held: int = 0,
    ended: dict[Code, int] | None = None,
    paths: tuple[PathState, ...] = (path_state("r1"),),
) -> RouteState:
    return RouteState(
        name=name,
        listen=HostPort(IPv4Address("127.0.0.1"), 8082),
        target=HostPort(IPv4Address("172.16.20.88"), 1433),
        egress="tailnet",
        egress_kind="tailscaled",
        protocol="tcp",
        active=active,
        held=held,
        accepted=active + sum((ended or {}).values()),
        ended=ended or {},
        paths=paths,
    )


def connection_state(connection: int, *, client_bytes: int = 0, upstream_bytes: int = 0) -> ConnectionState:
    return ConnectionState(
        connection=connection,
        route="8082",
        path="r1",
        client="127.0.0.1:50123",
        target="172.16.20.88:1433",
        phase=Phase.TRANSFER,
        age_s=1.23456,
        client_bytes=client_bytes,
        upstream_bytes=upstream_bytes,
    )


@dataclass
class SeenGateway:
    ready: bool = True
    reason: str = "serving"
    route_states: list[RouteState] = field(default_factory=lambda: [route_state()])
    connection_states: list[ConnectionState] = field(default_factory=list)

    def readiness(self) -> Readiness:
        return Readiness(ready=self.ready, reason=self.reason)

    def routes(self) -> list[RouteState]:
        return self.route_states

    def connections(self) -> list[ConnectionState]:
        return self.connection_states

    def open_bytes(self) -> dict[str, tuple[int, int]]:
        sums: Counter[str] = Counter()
        for state in self.connection_states:
            sums[state.route + "<"] += state.client_bytes
            sums[state.route + ">"] += state.upstream_bytes
        routes = {state.route for state in self.connection_states}
        return {route: (sums[route + "<"], sums[route + ">"]) for route in routes}


REFUSED = ConfigurationRefused(reason=ReloadReason.FILE, sentence="line 3 is wrong.")


def applied(*needs_restart: str) -> ConfigurationApplied:
    return ConfigurationApplied(
        reason=ReloadReason.SIGHUP, added=("a",), removed=(), changed=(), unchanged=2, needs_restart=needs_restart
    )


@dataclass
class StoppedClock:
    now_s: float = 1_700_000_000.125

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return self.now_s


def ended(
    code: Code = Code.CLIENT_CLOSED,
    *,
    detail: str | None = None,
    dial_ms: float | None = 1.5,
    client_bytes: int = 10,
    upstream_bytes: int = 20,
) -> ConnectionEnded:
    return ConnectionEnded(
        connection=7,
        route="8082",
        egress="tailnet",
        path="172.16.20.88:1433",
        client="127.0.0.1:50123",
        target="172.16.20.88:1433",
        code=code,
        detail=detail,
        client_end=ClientEnd.FIN,
        started_at_s=1_700_000_000.0,
        connect_ms=0.5,
        handshake_ms=1.0,
        dial_ms=dial_ms,
        first_byte_ms=None,
        reached_ms=3.0,
        duration_ms=125.0,
        client_bytes=client_bytes,
        upstream_bytes=upstream_bytes,
        leaked_dial=False,
    )
