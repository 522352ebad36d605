"""Hosts, ports and the ranges that belong to Tailscale.

An address that a person wrote is parsed here, once; everything above handles values.
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

LOOPBACK = IPv4Address("127.0.0.1")

# tailscale net/tsaddr/tsaddr.go at v1.102.3: CGNATRange, TailscaleULARange, TailscaleViaRange.
TAILSCALE_IPV4 = IPv4Network("100.64.0.0/10")
TAILSCALE_IPV6 = IPv6Network("fd7a:115c:a1e0::/48")
TAILSCALE_VIA = IPv6Network("fd7a:115c:a1e0:b1a::/64")

MAX_PORT = 65535
MAX_HOSTNAME_LENGTH = 253


class AddressError(ValueError):
    """A text that is not the address it should be; `str()` says what was expected."""


@dataclass(frozen=True, slots=True)
class HostPort:
    """A host, as an address or a name, and a TCP port."""

    host: IPAddress | str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if isinstance(self.host, IPv6Address) else f"{self.host}:{self.port}"

    @property
    def is_name(self) -> bool:
        """Whether somebody has to resolve the host before it can be dialled."""
        return isinstance(self.host, str)


def parse_host(text: str) -> IPAddress | str:
    """Read an IPv4 or IPv6 literal (brackets allowed) or a host name (RFC 1123 section 2.1).

    Raises:
        AddressError: the text is neither.
    """
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return ip_address(bare)
    except ValueError:
        pass
    labels = bare.removesuffix(".").split(".")
    if bare != text or len(bare) > MAX_HOSTNAME_LENGTH or not all(_is_label(label) for label in labels):
        msg = f"expected an IPv4 address, an IPv6 address or a host name, found {text!r}"
        raise AddressError(msg)
    if all(label.isdigit() for label in labels):
        msg = f"expected an IPv4 address with four parts from 0 to 255, found {text!r}"
        raise AddressError(msg)
    return bare


def parse_port(text: str) -> int:
    """Read a TCP port, 1 to 65535.

    Raises:
        AddressError: the text is not one.
    """
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MAX_PORT):
        msg = f"expected a port from 1 to {MAX_PORT}, found {text!r}"
        raise AddressError(msg)
    return int(text)


def parse_host_port(text: str) -> HostPort:
    """Read `host:port`, with brackets around an IPv6 literal (RFC 3986 section 3.2.2).

    Raises:
        AddressError: the text is not that; an IPv6 literal without brackets is named as such.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not host:
        msg = f"expected host:port, found {text!r}"
        raise AddressError(msg)
    if ":" in host and not host.startswith("["):
        msg = f"expected an IPv6 address in brackets, as in [{host}]:{port}, found {text!r}"
        raise AddressError(msg)
    return HostPort(parse_host(host), parse_port(port))


@lru_cache(maxsize=4096)
def is_tailscale_address(address: IPAddress) -> bool:
    """Whether the address lies inside Tailscale's own ranges (100.64.0.0/10, fd7a:115c:a1e0::/48).

    Such an address is dialled by the kernel when no peer owns it, on every egress, without any tell: it needs an
    owner before and after the dial. (tailscale ipn/ipnlocal, net/tsdial at v1.102.3; executed.) An IPv4-mapped address
    (RFC 4291 section 2.5.5.2) reaches the IPv4 one, and counts as it.
    """
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address in (TAILSCALE_IPV4 if isinstance(address, IPv4Address) else TAILSCALE_IPV6)


def via_address(site: int, target: IPv4Address) -> IPv6Address:
    """The 4via6 address that stands for an IPv4 target behind the routers of one site id (0 to 65535).

    Layout: tailscale net/tsaddr/tsaddr.go `MapVia` at v1.102.3.
    """
    return IPv6Address(int(TAILSCALE_VIA.network_address) | site << 32 | int(target))


def _is_label(label: str) -> bool:
    allowed = label.replace("-", "").replace("_", "")
    return 0 < len(label) < 64 and allowed.isascii() and allowed.isalnum() and label[0] != "-" and label[-1] != "-"  # noqa: PLR2004 - RFC 1035 2.3.4
