"""Postgres is asked for GSSAPI encryption, and answers with one byte.

A server since 12 logs nothing when the connection then ends (executed on 15), where an SSLRequest or a StartupMessage
leaves a line in its log. Before the login it does not tell its version. ("Frontend/Backend Protocol", "Message Flow",
GSSAPI Session Encryption.)
"""

import re
import struct

from farshore.wire.excerpt import one_line, unexpected
from farshore.wire.openings.opening import MAX_GREETING_BYTES, Foreign, Greeted, Heard, Say, TurnedDown

GSS_ENC_REQUEST = struct.pack(">II", 8, 80877104)
_ANSWERS = {b"N": "PostgreSQL, no GSSAPI encryption", b"G": "PostgreSQL, GSSAPI encryption"}
_ERROR = b"E"
_LENGTH = struct.Struct(">I")
_LEAST_ERROR = 6
# Each field is ended by a zero, and all of them by one more.
_END = b"\0\0"
# A server before 12 takes the request for a version of the protocol that it does not know.
_UNKNOWN_VERSION = re.compile(r"unsupported frontend protocol")


class PostgresOpening:
    """Asks for GSSAPI encryption and hears one byte, or the error of a server before 12."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def begin(self) -> bytes:
        """The request."""
        return GSS_ENC_REQUEST

    def receive(self, data: bytes) -> Heard:
        """Take what arrived, cut anywhere."""
        held = self._held = self._held + data
        if held in _ANSWERS:
            return Greeted(server=_ANSWERS[held])
        if held[:1] != _ERROR:
            return Foreign(says=unexpected(held))
        if len(held) <= _LENGTH.size + 1:
            return Say()
        (size,) = _LENGTH.unpack_from(held, 1)
        if not _LEAST_ERROR <= size < MAX_GREETING_BYTES or not held[5:6].isalpha():
            return Foreign(says=unexpected(held))
        if len(held) <= size:
            return Say()
        fields = held[5 : size + 1]
        return _error(fields) if fields.endswith(_END) else Foreign(says=unexpected(held))


def _error(fields: bytes) -> Heard:
    """An ErrorResponse: a letter and a text, each ended by a zero ("Message Formats")."""
    texts = {field[:1]: one_line(field[1:]) for field in fields.split(b"\0") if field}
    message = texts.get(b"M", "")
    if _UNKNOWN_VERSION.search(message):
        return Greeted(server="PostgreSQL before 12")
    return TurnedDown(server="PostgreSQL", says=message or "an error without a message")
