"""What one row says, before anybody argues from it."""

from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address

import msgspec

from farshore.core.address import TAILSCALE_IPV4, TAILSCALE_IPV6
from farshore.diagnosis.facts.flows import Section

# tailscale tailcfg/tailcfg.go at v1.102.3, DerpMagicIP: the "port" is the relay's region.
DERP_ADDRESS = "127.3.3.40"


class SeenFrom(StrEnum):
    """Which side of a subnet row reported it; both do, so a flow stands there twice."""

    CLIENT = "client"
    ROUTER = "router"
    EITHER = ""


class FlowRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a flow log (tailscale types/netlogtype/netlogtype.go at v1.102.3); tx and rx are the reporter's.

    `line` and `pointer` say where it stands; `at` is the beginning of its window, by the reporter's clock.
    """

    reporter: str
    reporter_name: str = ""
    section: Section
    proto: int = 0
    src: str
    dst: str
    tx_packets: int = 0
    tx_bytes: int = 0
    rx_packets: int = 0
    rx_bytes: int = 0
    at: datetime | None = None
    end: datetime | None = None
    line: int | None = None
    pointer: str | None = None


class Ends(msgspec.Struct, frozen=True):
    """A row's two ends, the same whichever side reported it.

    `near` is the end with a Tailscale address, `far` the other: the target, the other node, or for physical rows what
    the peer was reached at. `port` is the far end's, the relay's region for DERP, the lower of both between two nodes.
    """

    near: str
    far: str
    port: int
    seen_from: SeenFrom = SeenFrom.EITHER


class Kind(StrEnum):
    """Which of Cilium's events a line of Hubble is (monitor/api/types.go): one packet may make several."""

    TRACE = "trace"
    DROP = "drop"
    VERDICT = "verdict"
    DENIED = "denied"  # a denial by policy, and the input does not say whether as drop or as verdict
    OTHER = "other"


class PacketRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event of Hubble. Names of pods stand before addresses; what was masked is empty, 0 or None.

    `flags` are sorted and joined by commas. `reply` is None where it is not told.
    """

    at: datetime | None = None
    source: str = ""
    source_port: int = 0
    destination: str = ""
    destination_port: int = 0
    protocol: str = ""
    flags: str = ""
    kind: Kind = Kind.OTHER
    dropped: bool = False
    denied: bool = False
    reason: str = ""
    direction: str = ""
    reply: bool | None = None
    node: str = ""
    date_known: bool = True
    line: int | None = None
    text: str = ""


def ends_of(section: Section, src: str, dst: str) -> Ends:
    """The ends of a row, turned so that both reporters of one flow name them alike."""
    (source, source_port), (destination, destination_port) = split_port(src), split_port(dst)
    if section is Section.PHYSICAL:
        return Ends(source, destination, destination_port if destination == DERP_ADDRESS else 0)
    if section in {Section.SUBNET, Section.EXIT}:
        if is_tailscale(source) or not is_tailscale(destination):
            return Ends(source, destination, destination_port, SeenFrom.CLIENT)
        return Ends(destination, source, source_port, SeenFrom.ROUTER)
    ports = [port for port in (source_port, destination_port) if port]
    return Ends(source, destination, min(ports, default=0))


def split_port(text: str) -> tuple[str, int]:
    """`ip:port` or `[ip]:port`; the port is 0 where there is none."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or len(port) > len("65535"):
        return text.strip("[]"), 0
    if ":" in host and not host.startswith("["):
        return text, 0
    return host.strip("[]"), int(port)


def is_tailscale(host: str) -> bool:
    """Whether it is an address that Tailscale gives out, 4via6 addresses among them."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address in TAILSCALE_IPV4 if address.version == TAILSCALE_IPV4.version else address in TAILSCALE_IPV6
