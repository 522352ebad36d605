"""TLS for a client that will not listen without it: bytes in, bytes out, over OpenSSL's memory BIOs.

What it says inside TLS is for the codec of its protocol, which reads no more of it than in the clear. Nobody can
resume such a session, and none is ended with a close_notify: OpenSSL would remember each one that is
(`ssl_clear_bad_session` in ssl/ssl_sess.c), and what is told inside carries its own length.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from farshore.wire.refusal.turn import Refuser, Turn

# A record of type handshake (RFC 8446 section 5.1).
_HANDSHAKE = b"\x16"
_CHUNK_BYTES = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Contexts:
    """What a certificate is shown with: to Postgres clients, inside PRELOGIN (TDS 7), and before it (TDS 8)."""

    postgres: ssl.SSLContext
    tds: ssl.SSLContext
    tds_strict: ssl.SSLContext


Offer = Callable[[], Contexts | None]


def contexts(load: Callable[[ssl.SSLContext], None]) -> Contexts:
    """TLS 1.2 and later; `load` puts the certificate in.

    Inside PRELOGIN it is 1.2 alone: the handshake of 1.3 has no end that both sides see at the same byte. The names
    are those that PostgreSQL ("SSL Session Encryption") and MS-TDS 8.0 (1.4) have registered for ALPN.
    """
    wrapped = _context(load)
    wrapped.maximum_version = ssl.TLSVersion.TLSv1_2
    return Contexts(postgres=_context(load, "postgresql"), tds=wrapped, tds_strict=_context(load, "tds/8.0"))


def no_tls() -> None:
    """An offer of none."""


def begins_tls(said: bytes) -> bool:
    """Whether a client that has said this speaks TLS before anything else."""
    return said[:1] == _HANDSHAKE


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a client has said inside TLS, what is sent for TLS's own sake, and whether it can't go on."""

    plain: bytes = b""
    send: bytes = b""
    is_broken: bool = False


class TlsServer:
    """The server's side of one connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.is_up = False

    def receive(self, data: bytes) -> Heard:
        """Take in what has come. Whoever speaks no TLS, will not trust the certificate or ends TLS is broken with."""
        self._incoming.write(data)
        plain = b""
        is_broken = False
        try:
            if not self.is_up:
                self._tls.do_handshake()
                self.is_up = True
            while chunk := self._tls.read(_CHUNK_BYTES):
                plain += chunk
            is_broken = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            is_broken = True
        return Heard(plain=plain, send=self._outgoing.read(), is_broken=is_broken)

    def send(self, plain: bytes) -> bytes:
        """The same inside TLS, which has to be up."""
        if plain:
            self._tls.write(plain)
        return self._outgoing.read()


class InsideTls:
    """A client that begins TLS now; `refuser` hears and answers inside it."""

    def __init__(self, tls: TlsServer, refuser: Refuser) -> None:
        self._tls = tls
        self._refuser = refuser

    def receive(self, data: bytes) -> Turn:
        """Answer all that is whole."""
        heard = self._tls.receive(data)
        if heard.is_broken or not self._tls.is_up:
            return Turn(send=heard.send, is_over=heard.is_broken)
        turn = self._refuser.receive(heard.plain)
        return Turn(send=heard.send + self._tls.send(turn.send), is_over=turn.is_over)


def _context(load: Callable[[ssl.SSLContext], None], *protocols: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.num_tickets = 0
    if protocols:
        context.set_alpn_protocols(protocols)
    load(context)
    return context
