"""An Oracle listener is pinged: a CONNECT that asks for no service, as Oracle's own `tnsping` sends.

It answers with a REFUSE that holds no error, and with its version. No database hears of it; the listener's own log gets
one line, no error. A listener that redirects or accepts all the same is understood, too. The layout is that of
Wireshark's dissector (epan/dissectors/packet-tns.c); Oracle publishes none.
"""

import re
import struct

from farshore.wire.excerpt import one_line, unexpected
from farshore.wire.openings.opening import MAX_GREETING_BYTES, Foreign, Greeted, Heard, Say, TurnedDown

_HEADER = struct.Struct(">HHBBH")
_CONNECT, _ACCEPT, _REFUSE, _REDIRECT, _DATA, _RESEND = 1, 2, 4, 5, 6, 11
_PING = b"(DESCRIPTION=(CONNECT_DATA=(COMMAND=ping)))"
# Version 310, understands 300; no options; SDU and TDU; what the protocol can do; no turnaround; 1 in this byte order;
# the connect data's length and place; the most to receive; no flags; and 24 bytes of a trace that there is none of.
_BODY = struct.Struct(">HHHHHHHHHHIBB24x")
_DATA_AT = _HEADER.size + _BODY.size
_VERSION, _OLDEST, _SDU, _TDU, _ABILITIES = 310, 300, 2048, 0x7FFF, 0x7F08
MAX_RESENDS = 3
_PACKET = _HEADER.pack(_DATA_AT + len(_PING), 0, _CONNECT, 0, 0) + _BODY.pack(
    _VERSION, _OLDEST, 0, _SDU, _TDU, _ABILITIES, 0, 1, len(_PING), _DATA_AT, 0, 0, 0
)
PING = _PACKET + _PING

_TYPES = frozenset({_ACCEPT, _REFUSE, _REDIRECT, _RESEND})
# After a REFUSE's header: two reasons, then the length of its data; after a REDIRECT's only that.
_REFUSE_HEAD, _REDIRECT_HEAD = struct.Struct(">BBH"), struct.Struct(">H")
_VSNNUM = re.compile(r"\(VSNNUM=(\d{1,10})\)")
_ERR = re.compile(r"\((?:ERR|CODE)=(\d{1,5})\)")
_HOST = re.compile(r"\(HOST=([^()\s]{1,255})\)")
_PORT = re.compile(r"\(PORT=(\d{1,5})\)")
# Since 18 the second number is the release update's, and takes eight bits.
_FIRST_WITH_UPDATES = 18


class TnsOpening:
    """Pings a listener, again where it asks for that, and hears its answer."""

    __slots__ = ("_held", "_resends")

    def __init__(self) -> None:
        self._held = b""
        self._resends = 0

    def begin(self) -> bytes:
        """The ping."""
        return PING

    def receive(self, data: bytes) -> Heard:
        """Take what arrived, cut anywhere."""
        held = self._held = self._held + data
        if not _begins_like_an_answer(held):
            return Foreign(says=unexpected(held))
        size = int.from_bytes(held[:2])
        if len(held) < _HEADER.size or len(held) < size:
            return Say()
        kind, body = held[4], held[_HEADER.size : size]
        if kind != _RESEND:
            return _read(kind, body, held[size:])
        self._held = held[size:]
        self._resends += 1
        if self._resends > MAX_RESENDS or self._held:
            return Foreign(says=f"a listener that asks for the same {self._resends} times")
        return Say(data=PING)


def _begins_like_an_answer(held: bytes) -> bool:
    size = int.from_bytes(held[:2])
    if len(held) >= 2 and not _HEADER.size <= size <= MAX_GREETING_BYTES:  # noqa: PLR2004 - the bytes of a length
        return False
    return b"\0\0".startswith(held[2:4]) and (len(held) <= 4 or held[4] in _TYPES)  # noqa: PLR2004 - and a checksum


def _read(kind: int, body: bytes, rest: bytes) -> Heard:
    if kind == _ACCEPT:
        return Greeted(server="Oracle listener, accepts")
    if kind == _REDIRECT:
        # Long data follow in a packet of their own, which need not be here yet: that it redirects is enough.
        return Greeted(server=f"Oracle listener, redirects{_to(_text(body[_REDIRECT_HEAD.size :] + rest))}")
    text = _text(body[_REFUSE_HEAD.size :])
    error = _ERR.search(text)
    version = _VSNNUM.search(text)
    server = f"Oracle listener {_version(int(version[1]))}" if version else "Oracle listener"
    if error is not None and int(error[1]):
        return TurnedDown(server=server, says=f"ORA-{int(error[1]):05d}: {text}")
    return Greeted(server=server)


def _text(data: bytes) -> str:
    return one_line(data)


def _to(text: str) -> str:
    host, port = _HOST.search(text), _PORT.search(text)
    return f" to {host[1]}:{port[1]}" if host and port else ""


def _version(number: int) -> str:
    major = number >> 24
    if major >= _FIRST_WITH_UPDATES:
        rest = (number >> 16 & 0xFF, number >> 12 & 0xF, number >> 4 & 0xFF, number & 0xF)
    else:
        rest = (number >> 20 & 0xF, number >> 12 & 0xFF, number >> 8 & 0xF, number & 0xFF)
    return ".".join(map(str, (major, *rest)))
