"""What happened to attempts to reach a target, as the gateway's side and the router's side saw them."""

from enum import StrEnum

from farshore.core.address import HostPort
from farshore.core.outcome import MEANINGS, Code
from farshore.diagnosis.facts.base import Fact


class Egress(StrEnum):
    """Which way a dial went; each hides and shows something else."""

    SOCKS5 = "socks5"
    CONNECT = "connect"
    LOCALAPI = "localapi"
    DIRECT = "direct"
    UNKNOWN = "unknown"


class Wording(StrEnum):
    """What the failure's text says, by who can have written it."""

    SOCKS_GENERAL = "socks-general"  # reply 1: carries no cause
    DEADLINE = "deadline"  # netstack, nobody answered in 5 s
    TAILNET_REFUSED = "tailnet-refused"  # `connect tcp X: connection was refused`: RST from target or router
    TAILNET_UNREACHABLE = "tailnet-unreachable"  # gVisor's `no route to host`, `network is unreachable`
    KERNEL_REFUSED = "kernel-refused"  # `dial tcp X: connect: connection refused`: not through the tailnet
    KERNEL_TIMEOUT = "kernel-timeout"
    KERNEL_UNREACHABLE = "kernel-unreachable"
    DIAL_SELF = "dial-self"  # LocalAPI: not a Tailscale route, nothing dialled
    NAME_UNKNOWN = "name-unknown"
    EGRESS_REFUSED = "egress-refused"  # nothing listens on the SOCKS port
    EGRESS_SILENT = "egress-silent"  # it accepts and says nothing
    BREAKER_OPEN = "breaker-open"
    REFUSED = "refused"  # on the LAN, or from somebody of whom no more is known
    TIMED_OUT = "timed-out"
    OTHER = "other"


_FAILURES = frozenset(code.value for code in Code if MEANINGS[code].is_failure)
# Failures of which not a packet left the gateway's host.
WITHIN_HOST = frozenset({Wording.EGRESS_REFUSED, Wording.EGRESS_SILENT, Wording.BREAKER_OPEN})


class DialFailed(Fact, frozen=True, kw_only=True):
    """A connection to the target did not come about. `elapsed_s` from asking to failing, None where not told."""

    target: HostPort | None
    wording: Wording
    egress: Egress = Egress.UNKNOWN
    elapsed_s: float | None = None
    # The address of the egress itself where the failure is about reaching it.
    egress_address: str = ""


class DialSucceeded(Fact, frozen=True, kw_only=True):
    """A connection to the target came about. `bound` is the SOCKS reply's address (BND.ADDR), empty where not told.

    `ended_by` is who ended it first: client or upstream, empty where not told; `path` what the gateway calls the way
    that it took, where it says so.
    """

    target: HostPort | None
    egress: Egress = Egress.UNKNOWN
    elapsed_s: float | None = None
    bound: str = ""
    ended_by: str = ""
    path: str = ""


class RelayBroke(Fact, frozen=True, kw_only=True):
    """An established relay's copy ended with a text. `closed_here` marks Go's ErrClosed: this process had closed it.

    The ErrClosed line is teardown of whichever direction was left, not a fault (tailscale.md §10).
    """

    closed_here: bool
    addresses: tuple[str, ...] = ()
    text: str = ""


class GatewayEnded(Fact, frozen=True, kw_only=True):
    """How Farshore itself says a connection ended; `code` reads who.phase.why (core.outcome)."""

    code: str
    route: str
    target: HostPort | None
    path: str = ""
    detail: str = ""
    dial_s: float | None = None
    duration_s: float | None = None
    client_bytes: int = 0
    upstream_bytes: int = 0
    leaked_dial: bool = False
    client: str = ""  # its address, without the port
    # Which connection it was, the same in a log, a journal and the admin listener; empty where not told.
    connection: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether it is none of the orderly ends: an idle one is told for what a pool makes of it."""
        return self.code in _FAILURES


class RouterDialFailed(Fact, frozen=True, kw_only=True):
    """The router's own netstack could not reach the target on its LAN."""

    target: HostPort | None
    wording: Wording


class RouterReached(Fact, frozen=True, kw_only=True):
    """The router's own machine reached the target on its LAN; whether tailscaled there would is another question."""

    target: HostPort | None


class RouterRefusedWork(Fact, frozen=True, kw_only=True):
    """The router's netstack ignored a new connection: too many dials in flight."""

    in_flight: int


class RouterEndpointError(Fact, frozen=True, kw_only=True):
    """The router's netstack could not make an endpoint for a forwarded connection: the poisoned-address line."""

    target: HostPort | None


class RouterDropped(Fact, frozen=True, kw_only=True):
    """The router's packet filter dropped a packet: `no rules matched` and others."""

    target: HostPort | None
    reason: str


class PendingOpen(Fact, frozen=True, kw_only=True):
    """`open-conn-track` of a TUN-mode client: a SYN unanswered for 5 s, and what tailscaled knew of the owner.

    `last_received_s` is infinite where nothing was ever received from it.
    """

    target: HostPort | None
    verdict: str  # no-peer, no-derp, unknown-to-wireguard, unanswered, reset, acl, shields, other
    node: str = ""
    online: bool | None = None
    last_received_s: float | None = None


class Greeted(Fact, frozen=True, kw_only=True):
    """A protocol greeting came back, or did not, over an established connection.

    `protocol` is what answered (tds, postgres, mysql, tns, ftp, ssh, or empty for nothing), `expected` what should.
    """

    target: HostPort | None
    expected: str
    protocol: str
    hung_up: bool | None = None  # with nothing: whether it ended the connection instead
