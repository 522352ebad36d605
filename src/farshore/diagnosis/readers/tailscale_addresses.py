"""`tailscale ip` and `tailscale debug via`: addresses on lines of their own, with or without the command before them.

Source: tailscale cmd/tailscale/cli/ip.go and debug.go (runVia) at v1.102.3.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from farshore.core.address import TAILSCALE_VIA, IPAddress, is_tailscale_address
from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import AddressPrinted, ViaRouteNamed
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner

_COMMAND = re.compile(
    r"(?:^|[\s/])tailscale(?:\.exe)? (?:--?[\w.=/-]{1,80} ){0,3}(?:ip|debug via)\b(?P<asked>.{0,200})$"
)
_SITE = re.compile(r"site (?P<site>\d{1,10}) \(0x[0-9a-f]{1,8}\), (?P<prefix>[\d.]{7,15}/\d{1,2})$")
_MOST_LINES = 40
_SHORTEST_VIA = 96


class _TailscaleAddresses:
    name = "tailscale ip, debug via"

    def recognise(self, document: Document) -> Fit:
        lines = [line.strip() for line in document.head.split("\n") if line.strip()]
        told = [line for line in lines if not _COMMAND.search(line[:400])]
        if not told or len(lines) > _MOST_LINES:
            return Fit.NO
        mine = all(_SITE.match(line) or _via(line) or _address(line) for line in told)
        return Fit.SHAPE if mine else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        facts: list[Fact] = []
        unread: list[Unread] = []
        of = ""
        for number, line in enumerate(document.lines, 1):
            stripped = line.strip()
            command = _COMMAND.search(stripped[:400])
            if command is not None:
                words = [word for word in command["asked"].split() if not word.startswith("-")]
                of = words[0] if len(words) == 1 else ""
            elif stripped:
                fact = _fact(stripped, number, of, origin)
                facts += [] if fact is None else [fact]
                unread += [origin.unread("no Tailscale address", line=number)] if fact is None else []
        return Reading(facts=tuple(facts), unread=tuple(unread))


def _fact(line: str, number: int, of: str, origin: Origin) -> Fact | None:
    evidence = origin.evidence(line, line=number)
    site, via, address = _SITE.match(line), _via(line), _address(line)
    if site is not None:
        prefix = _network(site["prefix"])
        if isinstance(prefix, IPv4Network):
            return ViaRouteNamed(evidence=evidence, site=int(site["site"]), prefix=prefix)
        return None
    if via is not None:
        low = int(via.network_address) & 0xFFFFFFFF
        prefix = ip_network((low, via.prefixlen - _SHORTEST_VIA), strict=False)
        if isinstance(prefix, IPv4Network):
            return ViaRouteNamed(evidence=evidence, site=int(via.network_address) >> 32 & 0xFFFFFFFF, prefix=prefix)
        return None
    return None if address is None else AddressPrinted(evidence=evidence, address=str(address), node=of)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _via(text: str) -> IPv6Network | None:
    network = _network(text) if "/" in text else None
    if not isinstance(network, IPv6Network) or network.prefixlen < _SHORTEST_VIA:
        return None
    return network if network.subnet_of(TAILSCALE_VIA) else None


def _address(text: str) -> IPAddress | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address if is_tailscale_address(address) else None


READER = _TailscaleAddresses()
