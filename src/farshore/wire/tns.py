"""Oracle Net's protocol, as far as its opening goes: bytes in, values out.

Oracle publishes no specification. The layout is that of Wireshark's dissector (epan/dissectors/packet-tns.c) and of
python-oracledb's thin mode (impl/thin/messages/connect.pyx), which sends it.
"""

import struct

from farshore.wire.first_message import FirstMessage

# Length, checksum, type, flags, checksum of the header.
_HEADER = struct.Struct(">HHBBH")
_CONNECT, _DATA = 1, 6
# Where CONNECT says how long its connect data is, and where they begin in the packet.
_CONNECT_DATA = struct.Struct(">HH")
_CONNECT_DATA_AT = 24
_LEAST_BYTES = _CONNECT_DATA_AT + _CONNECT_DATA.size
_DATA_FLAGS_BYTES = 2
_MAX_PACKET_BYTES = 8192


def first_message(data: bytes) -> FirstMessage:
    """Whether this is a CONNECT and nothing else; long connect data follow it in a DATA packet of their own."""
    if data[4:5] not in {b"", bytes([_CONNECT])}:
        return FirstMessage.OTHER
    if len(data) < _HEADER.size:
        return FirstMessage.INCOMPLETE
    size = int.from_bytes(data[:2])
    if not _LEAST_BYTES <= size <= _MAX_PACKET_BYTES:
        return FirstMessage.OTHER
    if len(data) < size:
        return FirstMessage.INCOMPLETE
    count, offset = _CONNECT_DATA.unpack_from(data, _CONNECT_DATA_AT)
    if offset + count == size:
        return FirstMessage.HARMLESS if len(data) == size else FirstMessage.OTHER
    return _connect_data(data[size:], count) if offset == size else FirstMessage.OTHER


def _connect_data(rest: bytes, count: int) -> FirstMessage:
    """The same for what follows a CONNECT whose data, so many bytes, are not in it."""
    size = _HEADER.size + _DATA_FLAGS_BYTES + count
    if size > _MAX_PACKET_BYTES or len(rest) > size or rest[4:5] not in {b"", bytes([_DATA])}:
        return FirstMessage.OTHER
    if not size.to_bytes(2).startswith(rest[:2]):
        return FirstMessage.OTHER
    return FirstMessage.HARMLESS if len(rest) == size else FirstMessage.INCOMPLETE
