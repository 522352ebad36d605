"""What the text of a dial's error gives away: gVisor's words came through the tailnet, the kernel's did not.

Sources: gVisor pkg/tcpip/errors.go and adapters/gonet (`connect tcp X: connection was refused`), Go's net and syscall
(`dial tcp X: connect: connection refused`), Windows' own words behind
Go's `connectex:` (Winsock error codes 10051, 10060, 10061 and 10065), tailscale net/socks5/socks5.go at v1.102.3.
"""

import re

from farshore.core.address import HostPort
from farshore.diagnosis.facts.base import target_of
from farshore.diagnosis.facts.dials import Wording

_OPERATION = re.compile(r"\b(connect|dial) (?:tcp[46]?|udp[46]?) ([^\s,]{3,80})")

_ANYWHERE = (
    ("no such host", Wording.NAME_UNKNOWN),
    ("dial-self", Wording.DIAL_SELF),
    ("general socks server failure", Wording.SOCKS_GENERAL),
    ("context deadline exceeded", Wording.DEADLINE),
)
_TAILNET = (
    ("connection was refused", Wording.TAILNET_REFUSED),
    ("no route to host", Wording.TAILNET_UNREACHABLE),
    ("network is unreachable", Wording.TAILNET_UNREACHABLE),
    ("operation timed out", Wording.DEADLINE),
)
_KERNEL = (
    ("connection refused", Wording.KERNEL_REFUSED),
    ("i/o timeout", Wording.KERNEL_TIMEOUT),
    ("timed out", Wording.KERNEL_TIMEOUT),
    ("no route to host", Wording.KERNEL_UNREACHABLE),
    ("network is unreachable", Wording.KERNEL_UNREACHABLE),
    ("actively refused", Wording.KERNEL_REFUSED),
    ("did not properly respond", Wording.KERNEL_TIMEOUT),
    ("to an unreachable ", Wording.KERNEL_UNREACHABLE),
)


def wording_of(text: str) -> Wording:
    """Who can have written a dial error, and what it says."""
    lowered = text.lower()
    for words, wording in _ANYWHERE:
        if words in lowered:
            return wording
    operation = _OPERATION.search(lowered)
    table = _KERNEL if operation is not None and operation[1] == "dial" else _TAILNET
    return next((wording for words, wording in table if words in lowered), Wording.OTHER)


def dialled(text: str) -> HostPort | None:
    """The address that the error's operation was about."""
    operation = _OPERATION.search(text)
    return None if operation is None else target_of(operation[2].rstrip(":"))
