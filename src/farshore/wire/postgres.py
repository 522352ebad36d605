"""Postgres's protocol, as far as its opening goes: bytes in, values out.

Laid out as the PostgreSQL documentation says, "Frontend/Backend Protocol", "Message Formats".
"""

import struct

from farshore.wire.first_message import FirstMessage, starts_like

_HEAD = struct.Struct(">II")
_SSL_REQUEST, _GSS_ENC_REQUEST = 80877103, 80877104
_MAJOR = 3
# MAX_STARTUP_PACKET_LENGTH in src/include/libpq/pqcomm.h: a server takes no more.
_MAX_STARTUP_BYTES = 10000


def first_message(data: bytes) -> FirstMessage:
    """Whether this is an SSLRequest, a GSSENCRequest or a StartupMessage of protocol 3, and nothing else.

    A CancelRequest is none: it does something, and nobody answers it.
    """
    if not starts_like(data, b"\0\0"):
        return FirstMessage.OTHER
    if len(data) < _HEAD.size:
        return FirstMessage.INCOMPLETE
    size, code = _HEAD.unpack_from(data)
    if code in {_SSL_REQUEST, _GSS_ENC_REQUEST}:
        return FirstMessage.HARMLESS if size == len(data) == _HEAD.size else FirstMessage.OTHER
    if code >> 16 != _MAJOR or not _HEAD.size < size <= _MAX_STARTUP_BYTES or len(data) > size:
        return FirstMessage.OTHER
    if len(data) < size:
        return FirstMessage.INCOMPLETE
    return FirstMessage.HARMLESS if _lists_parameters(data[_HEAD.size :]) else FirstMessage.OTHER


def _lists_parameters(body: bytes) -> bool:
    """Whether names and values, each ended by a zero, are ended by one more where a name would stand."""
    *texts, after = body.split(b"\0")
    if after or not texts or texts.pop():
        return False
    return len(texts) % 2 == 0 and all(texts[::2])
