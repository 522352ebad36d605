"""Postgres: a FATAL ErrorResponse to the startup message ("Frontend/Backend Protocol", "Message Formats").

08001 is what cannot be reached, 53300 what is full, 08004 what is not let in, 57P03 what is going away: libpq tries the
next host of its list after each, Npgsql counts all but 08004 among the transient ones, and none of them is of class 28,
which pools take for bad credentials.
"""

import struct

from farshore.wire.refusal.turn import Turn, Why, Words

_HEAD = struct.Struct(">II")
_SSL_REQUEST, _GSS_ENC_REQUEST = 80877103, 80877104
_MAJOR = 3
# MAX_STARTUP_PACKET_LENGTH in src/include/libpq/pqcomm.h.
_MAX_STARTUP_BYTES = 10000
_STATES = {Why.NO_WAY: "08001", Why.FULL: "53300", Why.NOT_ALLOWED: "08004", Why.ENDING: "57P03"}
_NO = b"N"


class PostgresRefuser:
    """Declines encryption, reads the startup message and answers it. A CancelRequest is closed without a word."""

    def __init__(self, words: Words) -> None:
        self._answer = _error_response(words)
        self._said = b""

    def receive(self, data: bytes) -> Turn:
        """Answer all that is whole."""
        self._said += data
        declined = b""
        while len(self._said) >= _HEAD.size:
            size, code = _HEAD.unpack_from(self._said)
            if code not in {_SSL_REQUEST, _GSS_ENC_REQUEST} or size != _HEAD.size:
                return self._answer_startup(declined, size, code)
            declined += _NO
            self._said = self._said[size:]
        return Turn(send=declined)

    def _answer_startup(self, declined: bytes, size: int, code: int) -> Turn:
        if code >> 16 != _MAJOR or not _HEAD.size < size <= _MAX_STARTUP_BYTES:
            return Turn(send=declined, is_over=True)
        if len(self._said) < size:
            return Turn(send=declined)
        return Turn(send=declined + self._answer, is_over=True)


def _error_response(words: Words) -> bytes:
    fields = (("S", "FATAL"), ("V", "FATAL"), ("C", _STATES[words.why]), ("M", words.text))
    body = b"".join(kind.encode() + text.encode() + b"\0" for kind, text in fields) + b"\0"
    return b"E" + struct.pack(">I", 4 + len(body)) + body
