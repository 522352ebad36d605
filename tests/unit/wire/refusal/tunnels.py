"""A client's side of TLS, in pieces of any size, in the clear of a TCP stream or in packets of PRELOGIN."""

import ssl
from contextlib import suppress
from functools import cache

from farshore.core.clock import SystemClock
from farshore.gateway.certificate import NotCertified, SelfMade
from farshore.wire.refusal.tds_packets import PRELOGIN, packets
from farshore.wire.refusal.tls import Contexts
from farshore.wire.refusal.turn import Refuser, Turn

WHOLE = 1 << 20
SIZES = [1, 2, 3, 7, 100, WHOLE]


@cache
def offered() -> Contexts:
    """A certificate that nobody knows."""
    made = SelfMade(SystemClock()).make()
    assert not isinstance(made, NotCertified), made.reason
    return made


def tell(refuser: Refuser, said: bytes, size: int) -> Turn:
    """What comes of saying this in pieces; nothing is said after the end."""
    sent = b""
    for at in range(0, len(said), size):
        turn = refuser.receive(said[at : at + size])
        sent += turn.send
        if turn.is_over:
            return Turn(send=sent, is_over=True)
    return Turn(send=sent)


def unwrapped(said: bytes) -> bytes:
    """What stands in packets of PRELOGIN, and nothing else."""
    inside = b""
    while said:
        assert said[0] == PRELOGIN
        size = int.from_bytes(said[2:4])
        inside, said = inside + said[8:size], said[size:]
    return inside


class Tunnel:
    """A client that trusts anybody, or nobody where it `verifies`."""

    def __init__(self, *alpn: str, verifies: bool = False) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED if verifies else ssl.CERT_NONE
        if alpn:
            context.set_alpn_protocols(alpn)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out)
        self.is_up = False

    def shake(self, refuser: Refuser, size: int, *, in_prelogin: bool = False) -> None:
        """Go through the handshake."""
        said = self.hello()
        while said:
            turn = tell(refuser, packets(PRELOGIN, said) if in_prelogin else said, size)
            assert not turn.is_over
            said = self.answer(unwrapped(turn.send) if in_prelogin else turn.send)
        assert self.is_up

    def say(self, plain: bytes) -> bytes:
        """The same inside TLS."""
        self.tls.write(plain)
        return self._out.read()

    def hear(self, sent: bytes) -> bytes:
        """What has been said inside TLS."""
        self._in.write(sent)
        plain = b""
        with suppress(ssl.SSLWantReadError):
            while chunk := self.tls.read(WHOLE):
                plain += chunk
        return plain

    def hello(self) -> bytes:
        """The first thing that it says."""
        return self.answer(b"")

    def answer(self, sent: bytes) -> bytes:
        """What it says to that, on its way to a tunnel that is up."""
        self._in.write(sent)
        with suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
            self.is_up = True
        return self._out.read()

    def goodbye(self) -> bytes:
        """The end of TLS."""
        with suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        return self._out.read()

    def complain(self, sent: bytes) -> bytes:
        """What it says to a server that it does not trust."""
        self._in.write(sent)
        try:
            self.tls.do_handshake()
        except ssl.SSLCertVerificationError:
            return self._out.read()
        raise AssertionError
