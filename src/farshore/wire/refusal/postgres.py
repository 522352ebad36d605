"""Postgres: a FATAL ErrorResponse to the startup message ("Frontend/Backend Protocol", "Message Formats").

57P03, "cannot connect now", is what cannot be reached and what is going away. libpq, since 14, tries the next host of
its list after it and after no other state, does not try again in the clear where it only prefers TLS, and `pg_isready`
says "rejecting connections": after any other state it says "accepting" (PQconnectPoll, internal_ping in fe-connect.c).
53300 is what is full, 08004 what is not let in; Npgsql counts all but 08004 among the transient ones. None of them is
of class 28, which pools take for bad credentials.
"""

import struct

from farshore.wire.refusal.tls import Contexts, InsideTls, Offer, TlsServer, begins_tls, no_tls
from farshore.wire.refusal.turn import Refuser, Turn, Why, Words

_HEAD = struct.Struct(">II")
_SSL_REQUEST, _GSS_ENC_REQUEST = 80877103, 80877104
_MAJOR = 3
# MAX_STARTUP_PACKET_LENGTH in src/include/libpq/pqcomm.h.
_MAX_STARTUP_BYTES = 10000
_STATES = {Why.NO_WAY: "57P03", Why.FULL: "53300", Why.NOT_ALLOWED: "08004", Why.ENDING: "57P03"}
_YES, _NO = b"S", b"N"


class PostgresRefuser:
    """Reads the startup message and answers it, inside TLS where that is asked for and on offer.

    A CancelRequest is closed without a word.
    """

    def __init__(self, words: Words, offer: Offer = no_tls) -> None:
        self._words = words
        self._offer = offer
        self._said = b""
        self._inside: Refuser | None = None

    def receive(self, data: bytes) -> Turn:
        """Answer all that is whole."""
        if self._inside is not None:
            return self._inside.receive(data)
        self._said += data
        if begins_tls(self._said) and (tls := self._offer()) is not None:
            return self._begin_tls(b"", tls)
        answered = b""
        while len(self._said) >= _HEAD.size:
            size, code = _HEAD.unpack_from(self._said)
            if code not in {_SSL_REQUEST, _GSS_ENC_REQUEST} or size != _HEAD.size:
                return self._answer_startup(answered, size, code)
            self._said = self._said[size:]
            if code == _SSL_REQUEST and (tls := self._offer()) is not None:
                return self._begin_tls(answered + _YES, tls)
            answered += _NO
        return Turn(send=answered)

    def _begin_tls(self, answered: bytes, tls: Contexts) -> Turn:
        self._inside = InsideTls(TlsServer(tls.postgres), PostgresRefuser(self._words))
        said, self._said = self._said, b""
        turn = self._inside.receive(said)
        return Turn(send=answered + turn.send, is_over=turn.is_over)

    def _answer_startup(self, answered: bytes, size: int, code: int) -> Turn:
        if code >> 16 != _MAJOR or not _HEAD.size < size <= _MAX_STARTUP_BYTES:
            return Turn(send=answered, is_over=True)
        if len(self._said) < size:
            return Turn(send=answered)
        return Turn(send=answered + _error_response(self._words), is_over=True)


def _error_response(words: Words) -> bytes:
    said = {"S": "FATAL", "V": "FATAL", "C": _STATES[words.why], "M": words.text, "D": words.detail, "H": words.hint}
    body = b"".join(kind.encode() + text.encode() + b"\0" for kind, text in said.items() if text) + b"\0"
    return b"E" + struct.pack(">I", 4 + len(body)) + body
