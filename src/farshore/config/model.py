"""What a configuration says: its routes, and the whole. Every field has a help text, which the reference shows.

Durations are seconds inside (`_s`), and written as `250ms`, `30s`, `5m`, `1h` or a number of seconds.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from farshore.config.alerts import Alerts
from farshore.config.egresses import Egress, TailscaledEgress
from farshore.config.fields import (
    IP,
    Address,
    Count,
    Duration,
    Flag,
    Name,
    Network,
    PortRange,
    TargetRange,
    WholeSeconds,
)
from farshore.config.incidents import Incidents
from farshore.config.journal import Journal
from farshore.config.login_fields import FilePath
from farshore.config.notify import Channel
from farshore.config.observe import Observe
from farshore.config.otel import Otel
from farshore.config.probe_login import ProbeLogin
from farshore.config.refuse_tls import RefuseTls
from farshore.config.remedies import Control, Remedies
from farshore.config.strict import Model
from farshore.config.tailscaled import Tailscaled
from farshore.core.address import LOOPBACK, HostPort


class Protocol(StrEnum):
    """What the target speaks."""

    TCP = "tcp"
    SQLSERVER = "sqlserver"
    POSTGRES = "postgres"
    MYSQL = "mysql"
    ORACLE = "oracle"
    FTP = "ftp"
    SFTP = "sftp"
    HTTP = "http"


class Refuse(StrEnum):
    """How a client is sent away that cannot be served."""

    PROTOCOL = "protocol"
    CLOSE = "close"
    RESET = "reset"


class Resolve(StrEnum):
    """Who turns a target's name into an address."""

    TAILNET = "tailnet"
    POD = "pod"


class Probe(StrEnum):
    """How a target is looked at without any client."""

    TCP = "tcp"
    GREETING = "greeting"
    NONE = "none"


class Redirects(StrEnum):
    """What becomes of an Oracle listener's answer that sends the client on to another address."""

    LEAVE = "leave"
    REWRITE = "rewrite"


class Balance(StrEnum):
    """Which of several paths a new connection prefers."""

    ORDER = "order"
    ROUND_ROBIN = "round-robin"
    LEAST_CONNECTIONS = "least-connections"


class Forwarding(StrEnum):
    """How a subnet router passes connections on: in the kernel, or through tailscaled's own network stack."""

    KERNEL = "kernel"
    NETSTACK = "netstack"


class Router(Model):
    """What is known of a subnet router that no status tells."""

    forwarding: Forwarding = Field(
        Forwarding.NETSTACK,
        description="how it forwards; netstack on Windows, macOS and in userspace mode, kernel only where it is known",
    )
    unused: IP | None = Field(
        None,
        description="an IPv4 address on the network behind it that no machine has; `check --live` dials it to see how "
        "the router forwards",
    )


class Path(Model):
    """One way to a route's target. Empty: the target's own address over the route's egress."""

    via: Name | None = Field(None, description="the router that this path goes through; names the path")
    site: Annotated[int, Field(strict=True, ge=0, le=65535)] | None = Field(
        None, description="the router's 4via6 site id: its own address for the target is computed from it"
    )
    listener: Address | None = Field(
        None, description="a listener on the router (`tailscale serve --tcp`) that leads to the target"
    )
    egress: Name | None = Field(None, description="the egress to dial through; the route's own if absent")


class Route(Model):
    """A listening port and the private target that it stands for."""

    name: Name | None = Field(None, description="the route's name in logs and metrics; the listening port if absent")
    listen: PortRange = Field(description="the port, or range of ports, that clients connect to")
    target: TargetRange = Field(description="host:port of the target; a range as long as the listening one")
    protocol: Protocol = Field(Protocol.TCP, description="what the target speaks")
    egress: Name | None = Field(None, description="the egress to dial through; optional where there is only one")
    paths: tuple[Path, ...] = Field(
        (), description="ways to the target, the preferred one first; its own address over `egress` if empty"
    )
    balance: Balance = Field(
        Balance.ORDER,
        description="which of the paths that work a connection prefers: that which stands first, each in its turn, or "
        "that which carries the fewest",
    )
    resolve: Resolve | None = Field(None, description="who resolves a target given as a name: tailnet or pod")
    allow_direct: Flag = Field(
        default=False,
        description="let the dial leave through this host's own network when no Tailscale route covers it",
    )
    allow_clients: tuple[Network, ...] = Field((), description="client networks that may connect; empty means all")
    max_connections: Count = Field(1024, ge=1, le=1_000_000, description="connections at once; one more is refused")
    hold_s: Duration | None = Field(
        None,
        alias="hold",
        description="how long a client is held while no path works; stay below its driver's login time-out; 0s never "
        "holds; if absent, 8s for mysql and 12s for the rest where there are several `paths`, 0s where there is one",
    )
    max_held: Count = Field(256, ge=1, le=1_000_000, description="clients held at once; one more is refused")
    dead_path_grace_s: Duration = Field(
        10.0,
        alias="dead_path_grace",
        description="how long a path is down, and nothing comes over it, before its connections that wait for an "
        "answer are reset",
    )
    reset_on_dead_path: Flag = Field(
        default=False, description="then reset the idle connections of the path as well, before a pool hands them out"
    )

    data_ports: PortRange | None = Field(
        None,
        description="where the data connections of an `ftp` route come in, such as 50000-50099: a port for each PASV "
        "or EPSV; any free port if absent; beside `redirects: rewrite` where clients come in that are sent on to "
        "another port of the target's host, and none of them is carried if absent",
    )
    data_address: IP | None = Field(
        None,
        description="the IPv4 address that PASV, or a redirect that is rewritten, names to clients of the route; that "
        "under which the client has reached the gateway if absent",
    )
    redirects: Redirects = Field(
        Redirects.LEAVE,
        description="what becomes of an Oracle listener's answer that sends the client on: rewrite names the route of "
        "this gateway that stands for the address",
    )
    known_as: tuple[Address, ...] = Field(
        (), description="other addresses, host:port, under which Oracle listeners send clients to this route's target"
    )
    refuse: Refuse | None = Field(
        None,
        description="how a client is sent away that cannot be served: protocol tells it the reason in its own "
        "protocol, close ends in order, reset does not; if absent protocol where the route speaks one, else reset",
    )
    refuse_with: str | None = Field(
        None, description="what a client of plain `tcp` is sent before its connection is closed"
    )
    probe: Probe | None = Field(
        None,
        description="how the target is looked at on each path without any client: tcp connects and hangs up, "
        "greeting hears its greeting, too, none leaves it to pings of the router; if absent tcp with several "
        "`paths` and one port, but none for mysql, ftp and sftp",
    )
    probe_login: ProbeLogin | None = Field(
        None, description="how a probe logs in and what it asks; health checks never log in"
    )
    warm_up: Flag = Field(
        default=True,
        description="ping the routers at least every 30s, so that no client pays for waking the tunnel; the target "
        "does not see it",
    )

    @property
    def probe_or_default(self) -> Probe:
        """`probe`, or what costs the target nothing that counts.

        MySQL blocks a host after 100 connections that hang up at once (`max_connect_errors`), and all come from the
        router's address; MySQL, FTP and SSH servers log each one, and OpenSSH 9.8 and fail2ban hold it against its
        address.
        """
        if self.probe is not None:
            return self.probe
        counts = self.protocol in {Protocol.MYSQL, Protocol.FTP, Protocol.SFTP}
        return Probe.NONE if counts or len(self.paths) < 2 or len(self.listen) > 1 else Probe.TCP  # noqa: PLR2004 - with one path there is no other

    @property
    def hold_or_default_s(self) -> float:
        """`hold`, or what stays below the login time-outs of the protocol's drivers; 0 where there is one path only.

        At a port that accepts and says nothing pytds gives up after 15 s; mssql-jdbc, FreeTDS, psycopg and MariaDB's
        client wait for more than 80 s. pgjdbc alone gives up sooner, after its `sslResponseTimeout` of 5 s.
        """
        if self.hold_s is not None:
            return self.hold_s
        if len(self.paths) <= 1:
            return 0.0
        return 8.0 if self.protocol is Protocol.MYSQL else 12.0

    @property
    def refuse_or_default(self) -> Refuse:
        """`refuse`, or words where there is a language for them."""
        if self.refuse is not None:
            return self.refuse
        is_mute = self.protocol is Protocol.TCP and self.refuse_with is None
        return Refuse.RESET if is_mute else Refuse.PROTOCOL

    @property
    def label(self) -> str:
        """The route's name, or where it has none its first listening port."""
        return self.name or str(self.listen.first)


class Limits(Model):
    """Bounds on what the gateway holds."""

    max_connections: Count = Field(8192, ge=1, le=1_000_000, description="connections at once over all routes")
    early_bytes: Count = Field(
        65536,
        ge=1,
        le=1 << 24,
        description="client bytes held while the target is dialled; then reading pauses",
    )


class Timeouts(Model):
    """How long each phase may take."""

    connect_s: Duration = Field(0.25, alias="connect", gt=0, description="to reach the egress's port on this host")
    dial_s: Duration = Field(
        7.0, alias="dial", gt=0, description="for the egress's answer; above tailscaled's own 5 s, to keep it visible"
    )
    idle_s: Duration = Field(3600.0, alias="idle", gt=0, description="without a byte in either direction")
    half_close_s: Duration = Field(
        5.0, alias="half_close", gt=0, description="quiet time the target has to finish after the client's FIN"
    )


class PathHealth(Model):
    """How paths are looked at without any client."""

    every_s: Duration = Field(
        10.0, alias="every", ge=0, description="between two checks of a path that is well; 0s never looks"
    )
    in_doubt_s: Duration = Field(
        2.0, alias="in_doubt", ge=1, description="between two checks of a path that may not be"
    )
    fall: Count = Field(3, ge=1, le=100, description="failed checks in a row until a path is down")
    rise: Count = Field(2, ge=1, le=100, description="good checks in a row until it is up again")


class Keepalive(Model):
    """TCP keepalive towards clients, and towards targets of a direct egress."""

    idle_s: WholeSeconds = Field(30, alias="idle", le=32767, description="quiet time before the first probe")
    interval_s: WholeSeconds = Field(10, alias="interval", le=32767, description="time between probes")
    probes: Count = Field(3, ge=1, le=127, description="unanswered probes before the connection is given up")


class Drain(Model):
    """What happens after SIGTERM."""

    settle_s: Duration = Field(5.0, alias="settle", ge=0, description="unready but still accepting")
    grace_s: Duration = Field(30.0, alias="grace", ge=0, description="for open connections to end by themselves")


def _local_tailscaled() -> dict[str, Egress]:
    return {"tailnet": TailscaledEgress()}


class Config(Model):
    """Everything one gateway runs with."""

    listen_host: IP = Field(LOOPBACK, description="where routes listen that name no address")
    egresses: dict[Name, Egress] = Field(
        default_factory=_local_tailscaled,
        description="the ways out of this host; `tailnet`, of kind `tailscaled`, if absent",
    )
    tailscaled: Tailscaled | None = Field(
        None, description="a tailscaled to start as a child; `tailscaled: {}` takes every default"
    )
    routers: dict[Name, Router] = Field(
        default_factory=dict[Name, Router], description="what is known of subnet routers, by the name used in `via`"
    )
    routes: tuple[Route, ...] = Field(description="the listening ports and their targets")
    redact: Flag = Field(
        default=False,
        description="name no address, host, router or incident in what a client is told that cannot be served",
    )
    refuse_tls: RefuseTls | None = Field(
        default_factory=RefuseTls,
        description="TLS for clients that listen to nothing else when they are refused; a certificate is made at start "
        "if absent; null speaks none",
    )
    limits: Limits = Field(default_factory=Limits, description="bounds on what the gateway holds")
    timeouts: Timeouts = Field(default_factory=Timeouts, description="how long each phase may take")
    keepalive: Keepalive = Field(default_factory=Keepalive, description="TCP keepalive")
    path_health: PathHealth = Field(
        default_factory=PathHealth, description="how paths are looked at without any client"
    )
    observe: Observe = Field(default_factory=Observe, description="how each tailscaled and the routers are watched")
    drain: Drain = Field(default_factory=Drain, description="what happens after SIGTERM")
    remedies: Remedies = Field(default_factory=Remedies, description="what may be done while no path works")
    incidents: Incidents | None = Field(
        None,
        description="notice when clients of a route fail, take evidence and name the cause; `incidents: {}` takes "
        "every default",
    )
    alerts: Alerts | None = Field(
        None,
        description="what people are told of, and when; `alerts: {}` takes every default; nothing if absent",
    )
    notify: tuple[Channel, ...] = Field((), description="who is told of alerts; nobody if empty")
    control: Control | None = Field(None, description="the tailnet's control plane, for `move-route`")
    otel: Otel | None = Field(None, description="where traces and metrics are sent by OpenTelemetry; nowhere if absent")
    journal: Journal | None = Field(None, description="what the gateway remembers; nothing if absent")
    health: Address | None = Field(
        HostPort(LOOPBACK, 9808), description="/metrics, /healthz and /readyz; null turns them off"
    )
    exemplars: Flag = Field(
        default=False,
        description="name the last connection, and its trace where `otel:` sends traces, in each bucket of "
        "`farshore_dial_seconds`, for those who ask /metrics for OpenMetrics",
    )
    admin: Address | None = Field(
        HostPort(LOOPBACK, 9809), description="the page, /stats and /api/v1; null turns them off"
    )
    admin_token_file: FilePath | None = Field(
        None,
        description="a file with the token that the admin listener asks for, 16 characters or more; needed off "
        "loopback, and to end connections; read at the start",
    )
