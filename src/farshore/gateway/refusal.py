"""How a client that never was served is sent away: in its own protocol where the route has one.

A client of `refuse: protocol` is told the reason in words that its driver prints. It has five seconds to say what it
must say first to be understood, and no more than that many such conversations are open at once: whoever comes beyond
them, or says nothing, is reset as it would have been.
"""

import socket
from collections.abc import Callable
from functools import partial

from farshore.config.model import Protocol, Refuse
from farshore.core.clock import Clock
from farshore.core.outcome import MEANINGS, ClientEnd, Code
from farshore.gateway.closing import Closings, reset
from farshore.gateway.poller import Poller
from farshore.gateway.route import Route
from farshore.gateway.sweep import Sweep
from farshore.gateway.wording import wording
from farshore.wire.refusal import ftp, mysql, ssh
from farshore.wire.refusal.http import HttpRefuser
from farshore.wire.refusal.postgres import PostgresRefuser
from farshore.wire.refusal.tds import TdsRefuser
from farshore.wire.refusal.tls import Offer, no_tls
from farshore.wire.refusal.tns import TnsRefuser
from farshore.wire.refusal.turn import Monologue, Refuser, Words

PATIENCE_S = 5.0
CONVERSATIONS = 256
MAX_BYTES = 262144
_READ_BYTES = 65536

_REFUSERS: dict[str, Callable[[Words], Refuser]] = {
    Protocol.MYSQL: mysql.refuser,
    Protocol.ORACLE: TnsRefuser,
    Protocol.FTP: ftp.refuser,
    Protocol.SFTP: ssh.refuser,
    Protocol.HTTP: HttpRefuser,
}


class Refusals:
    """Sends clients away.

    `remark` says of a route what an incident knows of its outage; empty for nothing. `offer` is the certificate for
    those that encrypt.
    """

    def __init__(self, sweep: Sweep, clock: Clock, poller: Poller, closings: Closings) -> None:
        self.remark: Callable[[str], str] = lambda _route: ""
        self.offer: Offer = no_tls
        self._sweep = sweep
        self._clock = clock
        self._poller = poller
        self._closings = closings
        self._open: set[_Conversation] = set()

    def __len__(self) -> int:
        return len(self._open)

    def send_away(self, client: socket.socket, route: Route, code: Code, detail: str | None, said: bytes) -> ClientEnd:
        """End a client's connection that has been told nothing yet, and has said that much. Tells how it was done.

        No reader or writer may be registered.
        """
        end = MEANINGS[code].client_end
        if route.refuse is Refuse.PROTOCOL and len(self._open) < CONVERSATIONS:
            words = wording(route, code, detail, self.remark(route.name))
            self._begin(client, self._refuser(route, words), said)
            return ClientEnd.TOLD
        if route.refuse is Refuse.CLOSE or end is ClientEnd.FIN:
            self._closings.finish(client)
            return ClientEnd.FIN
        reset(client)
        return ClientEnd.RST

    def close(self) -> None:
        """Reset whoever has not been told yet."""
        for conversation in list(self._open):
            self.forget(conversation, reset)

    def forget(self, conversation: "_Conversation", end: Callable[[socket.socket], None] | None = None) -> None:
        """It is over, and ended so: in order, if nothing else is said."""
        if conversation not in self._open:
            return
        self._open.discard(conversation)
        self._sweep.discard(conversation)
        self._poller.remove_reader(conversation.client.fileno())
        (end or self._closings.finish)(conversation.client)

    def _refuser(self, route: Route, words: Words) -> Refuser:
        """What refuses a client of the route so."""
        match route.protocol:
            case Protocol.POSTGRES:
                return PostgresRefuser(words, self.offer)
            case Protocol.SQLSERVER:
                return TdsRefuser(words, self.offer)
            case _:
                return _REFUSERS.get(route.protocol, partial(_plainly, route.refuse_with))(words)

    def _begin(self, client: socket.socket, refuser: Refuser, said: bytes) -> None:
        conversation = _Conversation(client, refuser, self)
        self._open.add(conversation)
        self._sweep.add(conversation, self._clock.monotonic_s() + PATIENCE_S)
        self._poller.add_reader(client.fileno(), conversation.on_readable)
        conversation.take_in(said)


class _Conversation:
    __slots__ = ("_left_bytes", "_refusals", "_refuser", "client")

    def __init__(self, client: socket.socket, refuser: Refuser, refusals: Refusals) -> None:
        self.client = client
        self._refuser = refuser
        self._refusals = refusals
        self._left_bytes = MAX_BYTES

    def on_readable(self) -> None:
        try:
            data = self.client.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._left_bytes -= len(data)
        if not data or self._left_bytes < 0:
            self._refusals.forget(self, reset)
            return
        self.take_in(data)

    def take_in(self, data: bytes) -> None:
        turn = self._refuser.receive(data)
        try:
            is_sent = not turn.send or self.client.send(turn.send) == len(turn.send)
        except OSError:
            is_sent = False
        if not is_sent:
            self._refusals.forget(self, reset)
        elif turn.is_over:
            self._refusals.forget(self)

    def check_deadline(self, now_s: float) -> None:  # noqa: ARG002 - the sweep calls only when the time is over
        self._refusals.forget(self, reset)


def _plainly(text: str, _words: Words) -> Refuser:
    return Monologue(text.encode())
