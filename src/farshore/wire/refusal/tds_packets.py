"""The packets that all of TDS comes in (MS-TDS 2.2.3)."""

import struct
from dataclasses import dataclass

PRELOGIN, LOGIN7, REPLY = 0x12, 0x10, 0x04
_HEADER = struct.Struct(">BBHHBB")
_END_OF_MESSAGE = 0x01
# What a packet holds before another size is agreed on (2.2.3.1.3).
_MAX_PACKET_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """`size` counts the header, too; `body` is what has come of it."""

    kind: int
    size: int
    body: bytes

    @property
    def is_whole(self) -> bool:
        """Whether all of it has come."""
        return len(self.body) == self.size - _HEADER.size


def first_packet(said: bytes) -> Packet | None:
    """The packet that these bytes begin with; None before its header is there. One without a sense has the kind -1."""
    if len(said) < _HEADER.size:
        return None
    kind, _, size = _HEADER.unpack_from(said)[:3]
    if size < _HEADER.size:
        return Packet(kind=-1, size=size, body=b"")
    return Packet(kind=kind, size=size, body=said[_HEADER.size : size])


def packets(kind: int, message: bytes) -> bytes:
    """A message in as many packets as it takes; nothing for an empty one."""
    room = _MAX_PACKET_BYTES - _HEADER.size
    sent = b""
    for number, at in enumerate(range(0, len(message), room), 1):
        body = message[at : at + room]
        status = _END_OF_MESSAGE if at + room >= len(message) else 0
        sent += _HEADER.pack(kind, status, _HEADER.size + len(body), 0, number % 256, 0) + body
    return sent
