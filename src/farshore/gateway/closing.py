"""How a client's connection is ended on purpose: with a FIN that destroys nothing, or with a reset.

Closing a socket whose receive buffer is not empty sends a reset, which may destroy what the client has not read yet
(RFC 1122 section 4.2.2.13). So an orderly end is sent first, what still arrives is thrown away, and then it is closed.
"""

import socket
import struct
from contextlib import suppress

from farshore.core.clock import Clock
from farshore.core.outcome import ClientEnd
from farshore.gateway.poller import Poller
from farshore.gateway.sweep import Sweep

LINGER_S = 2.0
DISCARD_BYTES = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def reset(connection: socket.socket) -> None:
    """Close with a RST. No reader or writer may be registered."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    connection.close()


def finish_sending(connection: socket.socket) -> None:
    """Send a FIN, and go on reading. Harmless where the connection is gone."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)


class Closings:
    """Connections whose end has been sent and whose peer has not finished yet, for at most two seconds each."""

    def __init__(self, sweep: Sweep, clock: Clock, poller: Poller) -> None:
        self._sweep = sweep
        self._clock = clock
        self._poller = poller
        self._open: set[_Closing] = set()

    def __len__(self) -> int:
        return len(self._open)

    def end(self, connection: socket.socket, how: ClientEnd, *, has_finished: bool) -> None:
        """End a connection so; one that has finished itself needs no FIN any more."""
        if how is ClientEnd.RST:
            reset(connection)
        elif how is ClientEnd.FIN and not has_finished:
            self.finish(connection)
        else:
            connection.close()

    def finish(self, connection: socket.socket) -> None:
        """Send a FIN and close as soon as the peer has, too. No reader or writer may be registered."""
        try:
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            connection.close()
            return
        closing = _Closing(connection, self)
        self._open.add(closing)
        self._sweep.add(closing, self._clock.monotonic_s() + LINGER_S)
        self._poller.add_reader(connection.fileno(), closing.on_readable)
        closing.on_readable()

    def close(self) -> None:
        """Close them all at once."""
        for closing in list(self._open):
            self.forget(closing)

    def forget(self, closing: "_Closing") -> None:
        """The peer has finished, or has had its time."""
        if closing not in self._open:
            return
        self._open.discard(closing)
        self._sweep.discard(closing)
        self._poller.remove_reader(closing.connection.fileno())
        closing.connection.close()


class _Closing:
    __slots__ = ("_closings", "connection")

    def __init__(self, connection: socket.socket, closings: Closings) -> None:
        self.connection = connection
        self._closings = closings

    def on_readable(self) -> None:
        try:
            if self.connection.recv(DISCARD_BYTES):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._closings.forget(self)

    def check_deadline(self, now_s: float) -> None:  # noqa: ARG002 - the sweep calls only when the time is over
        self._closings.forget(self)
