"""What a tailscaled and the control plane say of nodes and routes."""

from datetime import datetime
from enum import StrEnum

from farshore.core.address import IPNetwork
from farshore.diagnosis.facts.base import Fact
from farshore.tailnet.status import Peer


class PeerSeen(Fact, frozen=True, kw_only=True):
    """One peer in one observer's status. Counters and times are this observer's; one sample says nothing of now.

    `own_version` of tailscaled decides what a zero means; `fields` are the names that stood in the input, so that an
    absent one is told from an empty one.
    """

    peer: Peer
    fields: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """How people call the node."""
        return self.peer.host_name or next((str(ip) for ip in self.peer.ips), self.peer.key[:24])


class DaemonSeen(Fact, frozen=True, kw_only=True):
    """A tailscaled's own state in a status: BackendState, userspace or not, its addresses, connected to control."""

    backend_state: str
    tun: bool | None
    ips: tuple[str, ...]
    online: bool | None = None
    key_expiry: datetime | None = None
    home_derp: str = ""


class DaemonUnreachable(Fact, frozen=True, kw_only=True):
    """The command could not talk to its tailscaled: it does not run, or went away in the middle."""

    reason: str


class HealthWarned(Fact, frozen=True, kw_only=True):
    """A health warning of one tailscaled. `warnable` is its code where known; `cleared` marks its end."""

    warnable: str
    text: str
    cleared: bool = False


class PrefsSeen(Fact, frozen=True, kw_only=True):
    """Settings of one tailscaled; None where the input does not say."""

    accept_routes: bool | None = None
    shields_up: bool | None = None
    want_running: bool | None = None
    logged_out: bool | None = None
    advertised: tuple[IPNetwork, ...] = ()


class StateChanged(Fact, frozen=True, kw_only=True):
    """A tailscaled went from one backend state to another (`Switching ipn state`)."""

    before: str
    after: str


class LoginFailed(Fact, frozen=True, kw_only=True):
    """The control plane declined a node's key: auth key bad, node key expired, tailnet lock (its own, or a peer's)."""

    kind: str  # auth-key, node-key-expired, lock, lock-peer


class PeerWireguard(Fact, frozen=True, kw_only=True):
    """PeerState on the bus (since 1.102): none, handshake, established or expired, and since when."""

    node: str
    state: str
    since: datetime | None = None


class PingKind(StrEnum):
    """Which layer a ping proves."""

    DISCO = "disco"
    TSMP = "tsmp"
    ICMP = "icmp"
    PEERAPI = "peerapi"
    UNKNOWN = "unknown"


class PingAnswered(Fact, frozen=True, kw_only=True):
    """A `tailscale ping` came back. `via` is direct, derp or relay, empty where not told.

    `size_bytes` is what `--size` asked for, 0 for the command's small default.
    """

    address: str
    kind: PingKind
    node: str = ""
    via: str = ""
    derp: str = ""
    latency_s: float | None = None
    size_bytes: int = 0


class PingUnanswered(Fact, frozen=True, kw_only=True):
    """A `tailscale ping` did not come back: `timeout`, `no-matching-peer`, `local`, `other`."""

    address: str
    kind: PingKind
    reason: str
    node: str = ""
    size_bytes: int = 0


class DirectNotEstablished(Fact, frozen=True, kw_only=True):
    """`tailscale ping` gave up waiting for a direct path; the pongs before it came through a relay."""

    address: str
    node: str = ""


class DeviceListed(Fact, frozen=True, kw_only=True):
    """One node as the control plane lists it. `online` is its connection to control.

    `several_connections` marks one key in use twice (`multipleConnections`), `blocks_incoming` shields up
    (`blocksIncomingConnections`), `lock_error` what tailnet lock holds against it (`tailnetLockError`).
    """

    node: str
    addresses: tuple[str, ...]
    online: bool | None
    advertised: tuple[IPNetwork, ...] | None = None
    enabled: tuple[IPNetwork, ...] | None = None
    primary: tuple[IPNetwork, ...] | None = None
    expires: datetime | None = None
    expired: bool | None = None
    last_seen: datetime | None = None
    os: str = ""
    authorized: bool | None = None
    blocks_incoming: bool | None = None
    several_connections: bool | None = None  # the same node key is in use twice
    lock_error: str = ""


class RoutesListed(Fact, frozen=True, kw_only=True):
    """The routes of one device whose name the input does not tell (`GET /device/{id}/routes`)."""

    advertised: tuple[IPNetwork, ...]
    enabled: tuple[IPNetwork, ...]


class NetworkChecked(Fact, frozen=True, kw_only=True):
    """What `tailscale netcheck` found from one host; None where it does not say.

    `nearest_derp` and the regions are codes, numbers or cities, as the input has them; `derp_silent` did not answer.
    """

    udp: bool | None
    nearest_derp: str
    derp_latencies_s: tuple[tuple[str, float], ...] = ()
    derp_silent: tuple[str, ...] = ()
    mapping_varies: bool | None = None
    captive_portal: bool | None = None
    ipv4: str = ""
    ipv6: str = ""


class DerpRegionListed(Fact, frozen=True, kw_only=True):
    """A region of a DERP map: what the number in 127.3.3.40:N stands for."""

    region_id: int
    code: str
    region_name: str = ""
    hosts: tuple[str, ...] = ()


class LockSeen(Fact, frozen=True, kw_only=True):
    """Tailnet lock as one node sees it: whether it is on, the node accessible under it, and whom it keeps out."""

    enabled: bool
    accessible: bool | None = None
    kept_out: tuple[str, ...] = ()


class ServeListed(Fact, frozen=True, kw_only=True):
    """`tailscale serve`: a listener of a node on the tailnet and where it leads."""

    listener: str
    target: str


class AddressPrinted(Fact, frozen=True, kw_only=True):
    """`tailscale ip`: an address of a node, of the observer itself where none is named."""

    address: str
    node: str = ""


class ViaRouteNamed(Fact, frozen=True, kw_only=True):
    """`tailscale debug via`: the prefix that a 4via6 site stands for."""

    site: int
    prefix: IPNetwork


class DerpLostPeer(Fact, frozen=True, kw_only=True):
    """`derp-N does not know about peer X, removing route`: the peer is not connected to its advertised home."""

    node: str
    region: str


class DerpChanged(Fact, frozen=True, kw_only=True):
    """tailscaled's own connection to a relay: connected, closed (and why)."""

    region: str
    connected: bool
    reason: str = ""


class DropsCounted(Fact, frozen=True, kw_only=True):
    """A counter of dropped packets of one tailscaled (`tailscaled_inbound_dropped_packets_total`)."""

    direction: str
    reason: str
    packets: float
