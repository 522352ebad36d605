"""SQL Server's protocol, as far as its opening goes (MS-TDS): bytes in, values out."""

import struct

from farshore.wire.first_message import FirstMessage, starts_like

HEADER_BYTES = 8
# Type 0x12 and the only packet of its message (2.2.3.1.1, 2.2.3.1.2).
_PRELOGIN_STARTS = b"\x12\x01"
# All options that are defined take less than 300 bytes; more than a packet before negotiation (2.2.3.1.3) is none.
_MAX_PRELOGIN_BYTES = 4096
_VERSION = 0x00
_TERMINATOR = 0xFF
_OPTION = struct.Struct(">BHH")


def first_message(data: bytes) -> FirstMessage:
    """Whether this is a PRELOGIN (2.2.6.5) and nothing else. A TLS handshake in a packet of that type is none."""
    if not starts_like(data, _PRELOGIN_STARTS):
        return FirstMessage.OTHER
    if len(data) < HEADER_BYTES:
        return FirstMessage.INCOMPLETE
    size = int.from_bytes(data[2:4])
    if not HEADER_BYTES < size <= _MAX_PRELOGIN_BYTES or len(data) > size:
        return FirstMessage.OTHER
    if data[HEADER_BYTES : HEADER_BYTES + 1] not in {b"", bytes([_VERSION])}:
        return FirstMessage.OTHER
    if len(data) < size:
        return FirstMessage.INCOMPLETE
    return FirstMessage.HARMLESS if _lists_options(data[HEADER_BYTES:]) else FirstMessage.OTHER


def _lists_options(body: bytes) -> bool:
    """Whether options with places inside the body are followed by the terminator."""
    at = 0
    while at + _OPTION.size <= len(body) and body[at] != _TERMINATOR:
        _, offset, size = _OPTION.unpack_from(body, at)
        if offset + size > len(body):
            return False
        at += _OPTION.size
    return at < len(body) and body[at] == _TERMINATOR
