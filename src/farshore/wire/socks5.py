"""The client half of SOCKS5 (RFC 1928), without login.

Greeting and CONNECT request leave together, which saves a round trip; tailscaled's server takes them so (executed
against 1.102.3). tailscaled answers every failed dial with code 1, and an established one with the local address of
its outgoing connection (tailscale net/socks5/socks5.go at v1.102.3).
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from farshore.core.address import HostPort
from farshore.wire.excerpt import one_line, unexpected
from farshore.wire.handshake import Decline, Declined, Established

ATYP_IPV4, ATYP_NAME, ATYP_IPV6 = b"\x01", b"\x03", b"\x04"
NO_ACCEPTABLE_METHOD = 0xFF
MAX_NAME = 255

# Version 5, one method offered: no login; then version 5, CONNECT, reserved.
_GREETING_AND_CONNECT = b"\x05\x01\x00\x05\x01\x00"
# Version 5, no login; then version 5, succeeded, reserved.
_GRANTED = b"\x05\x00\x05\x00\x00"
_METHOD_REPLY = 2
_PORT = 2

# RFC 1928 section 6.
_REPLY_TEXTS = {
    1: "general SOCKS server failure",
    2: "connection not allowed by ruleset",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
}
_COMMAND_NOT_SUPPORTED, _ADDRESS_TYPE_NOT_SUPPORTED = 7, 8


class Socks5Handshake:
    """Asks a SOCKS5 server to connect to the target.

    Holds at most the 264 bytes of the longest reply. A verdict is given at the first byte that settles it.

    Raises:
        ValueError: the target is a name that is empty, not ASCII or longer than 255 bytes.
    """

    __slots__ = ("_held", "_request")

    def __init__(self, target: HostPort) -> None:
        host = target.host
        if isinstance(host, IPv4Address):
            address = ATYP_IPV4 + host.packed
        elif isinstance(host, IPv6Address):
            address = ATYP_IPV6 + host.packed
        else:
            address = _name(host)
        self._request = _GREETING_AND_CONNECT + address + target.port.to_bytes(_PORT, "big")
        self._held = b""

    def request(self) -> bytes:
        """Greeting and CONNECT request."""
        return self._request

    def receive(self, data: bytes) -> Established | Declined | None:
        """Take what arrived, cut anywhere."""
        reply = self._held + data if self._held else data
        verdict = _read(reply)
        if verdict is None:
            self._held = reply
        return verdict

    def receive_eof(self) -> Declined:
        """The server closed before its reply was whole."""
        held = self._held
        if not held:
            stage = "without a byte"
        elif len(held) < _METHOD_REPLY:
            stage = "within its answer to the greeting"
        elif len(held) == _METHOD_REPLY:
            stage = "after the greeting, before its answer to the request"
        else:
            stage = f"within its answer to the request, after {held[_METHOD_REPLY:].hex(' ')}"
        return Declined(reason=Decline.CLOSED, detail=f"the SOCKS5 server closed {stage}")


def _name(host: str) -> bytes:
    name = host.encode("ascii")
    if not 0 < len(name) <= MAX_NAME:
        msg = f"expected a host name of 1 to {MAX_NAME} bytes, found {len(name)}"
        raise ValueError(msg)
    return ATYP_NAME + bytes((len(name),)) + name


def _read(reply: bytes) -> Established | Declined | None:
    """The verdict on everything that has arrived: method reply and connect reply (RFC 1928 sections 3 and 6)."""
    if reply.startswith(_GRANTED):
        return _read_bound(reply)
    if _GRANTED.startswith(reply):
        return None
    match next(at for at, (found, granted) in enumerate(zip(reply, _GRANTED, strict=False)) if found != granted):
        case 1:
            return _declined_method(reply)
        case 3:
            return _declined_request(reply[3])
        case 4:
            return _malformed("a zero as the reserved byte", reply[_METHOD_REPLY:])
        case at:
            return _malformed("a SOCKS5 reply", reply[at:])


@lru_cache(maxsize=64)
def _ipv4(packed: bytes) -> IPv4Address:
    """The bound address is one of a daemon's few own ones, again and again."""
    return IPv4Address(packed)


def _read_bound(reply: bytes) -> Established | Declined | None:
    kind, length = reply[5:6], reply[6:7]
    if kind == ATYP_IPV4:
        start, end = 6, 10
    elif kind == ATYP_IPV6:
        start, end = 6, 22
    elif kind == ATYP_NAME and length:
        start, end = 7, 7 + length[0]
    elif kind in {b"", ATYP_NAME}:
        return None
    else:
        return _malformed("an address type of 1, 3 or 4", reply[_METHOD_REPLY:])
    if len(reply) < end + _PORT:
        return None
    address = reply[start:end]
    bound: IPv4Address | IPv6Address | str
    if kind == ATYP_IPV4:
        bound = _ipv4(address)
    elif kind == ATYP_IPV6:
        bound = IPv6Address(address)
    else:
        bound = one_line(address)
    port = int.from_bytes(reply[end : end + _PORT], "big")
    return Established(early=reply[end + _PORT :], bound=HostPort(bound, port))


def _declined_method(reply: bytes) -> Declined:
    if reply[1] == NO_ACCEPTABLE_METHOD:
        return Declined(reason=Decline.REFUSED, detail="the SOCKS5 server wants a login; tailscaled's own never does")
    return _malformed("a SOCKS5 reply that takes the one method offered", reply)


def _declined_request(code: int) -> Declined:
    text = _REPLY_TEXTS.get(code, "not assigned by RFC 1928")
    refused = code in {_COMMAND_NOT_SUPPORTED, _ADDRESS_TYPE_NOT_SUPPORTED}
    reason = Decline.REFUSED if refused else Decline.DIAL_FAILED
    return Declined(reason=reason, detail=f"SOCKS5 reply code {code}: {text}")


def _malformed(expected: str, found: bytes) -> Declined:
    return Declined(reason=Decline.MALFORMED, detail=f"expected {expected}, found {unexpected(found)}")
