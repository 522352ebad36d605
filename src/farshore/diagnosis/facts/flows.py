"""What was seen on the wire: flow logs, Hubble, packet summaries."""

from datetime import datetime
from enum import StrEnum

from farshore.core.address import HostPort
from farshore.diagnosis.facts.base import Fact


class Section(StrEnum):
    """Which part of a Tailscale flow-log message a row stands in; src and dst mean something else in each."""

    VIRTUAL = "virtual"
    SUBNET = "subnet"
    EXIT = "exit"
    PHYSICAL = "physical"
    UNKNOWN = "unknown"


class FlowSeen(Fact, frozen=True, kw_only=True):
    """One 5-tuple in one window of one reporter (Tailscale network flow log). tx and rx are the reporter's.

    `src` and `dst` are `ip:port` as written. In PHYSICAL rows `src` is the remote peer's Tailscale address and `dst`
    the physical address used to reach it; 127.3.3.40:N is the relay of region N.
    """

    section: Section
    src: str
    dst: str
    proto: int = 0
    tx_packets: int = 0
    tx_bytes: int = 0
    rx_packets: int = 0
    rx_bytes: int = 0
    start: datetime | None = None
    end: datetime | None = None


class TargetsSilent(Fact, frozen=True, kw_only=True):
    """Targets behind routers that answered nobody from `since` to `until`, and most of the time before and after.

    Counted over a whole flow log, as its clients reported it: `rows` of them then, `other_rows` at other times, of
    which `other_unanswered` got nothing back either. `target` is the one, or None where they are several.
    """

    target: HostPort | None
    targets: int
    rows: int
    other_rows: int
    other_unanswered: int
    since: datetime
    until: datetime


class HandshakesUnanswered(Fact, frozen=True, kw_only=True):
    """Reporters sent a peer WireGuard initiations (148 or 156 bytes each) and received nothing from it.

    Counted over a whole flow log, from `since` to `until`; what other reporters received is in their rows.
    """

    peer: str
    reporters: tuple[str, ...]
    initiations: int
    since: datetime
    until: datetime


class PolicyDenied(Fact, frozen=True, kw_only=True):
    """A network policy of the cluster dropped packets. `destination` and `direction` are empty where not told."""

    count: int
    reason: str = ""
    source: str = ""
    destination: str = ""
    direction: str = ""


class TooLargeDropped(Fact, frozen=True, kw_only=True):
    """The cluster's network dropped packets that were too large for the way and must not be fragmented."""

    count: int
    source: str = ""
    destination: str = ""


class HandshakesCounted(Fact, frozen=True, kw_only=True):
    """Totals over a capture, stated by somebody or counted by a reader; None where it does not say."""

    attempts: int | None = None
    completed: int | None = None
    resets: int | None = None
    denied: int | None = None
    packets: int | None = None


class ResetAfterHandshake(Fact, frozen=True, kw_only=True):
    """One connection on the wire: accepted, then reset.

    `after_s` from the end of the handshake (or the client's first bytes) to the reset; `sender` is who sent it.
    """

    target: HostPort | None
    after_s: float
    sender: str = ""
    client_bytes_sent: bool | None = None


class PeriodCounted(Fact, frozen=True, kw_only=True):
    """A row of a table over time: before, during, after; the columns keep their own names."""

    period: str
    counts: tuple[tuple[str, float], ...]


class DirectionCounted(Fact, frozen=True, kw_only=True):
    """Flows counted by somebody from or to one address."""

    address: str
    direction: str  # from, to
    flows: int
