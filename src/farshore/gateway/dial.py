"""One dial: reach a port or socket, shake hands, hand over a connected socket.

Callbacks and no coroutine: this is the most expensive moment in a connection's life.
"""

import errno
import socket
from dataclasses import dataclass
from typing import Protocol

from farshore.config.model import Keepalive
from farshore.core.clock import Clock
from farshore.core.outcome import Code, Phase
from farshore.gateway.judge import Failure, judge_connect, judge_decline, judge_direct, no_answer
from farshore.gateway.poller import Callback, Poller
from farshore.wire.handshake import Declined, Established, Handshake

REPLY_BYTES = 16384
BUSY_RETRY_S = 0.005

SocketAddress = str | tuple[str, int]


@dataclass(slots=True)
class PhaseTimes:
    """Milliseconds each phase of a dial took; None where it was not reached."""

    connect_ms: float | None = None
    handshake_ms: float | None = None
    dial_ms: float | None = None


class Dialled(Protocol):
    """Who is told how a dial ends; exactly one call, unless it was aborted."""

    def dial_succeeded(self, upstream: socket.socket, established: Established) -> None:
        """A connected, non-blocking socket, the caller's to close. The dial's reader is still registered: replace it.

        Taking the reader off and on again would cost as much as the handshake itself.
        """

    def dial_failed(self, failure: Failure) -> None:
        """There is no connection, and nothing is left open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """Where a dial goes, and how long each step may take, in seconds.

    `is_target`: this is the target itself, with nobody in between. `greets`: the egress answers before it dials.
    `keepalive`: the far end is not on this host, and may vanish without a word.
    """

    family: socket.AddressFamily
    address: SocketAddress
    label: str
    connect_s: float
    reply_s: float
    is_target: bool = False
    greets: bool = False
    keepalive: Keepalive | None = None


class Dial:
    """Connects to `port`, speaks `handshake` if there is one, and tells `dialled`.

    `check_deadline` has to be called from time to time: one sweep for all dials is cheaper than a timer for each.
    `reply_bytes` of the egress's reply are read at once: with 1 of them nothing is taken that follows it.
    """

    __slots__ = ("_clock", "_deadline_s", "_dialled", "_handshake", "_poller", "_port", "_retry", "_socket",
                 "_started_s", "_unsent", "_writing", "phase", "reply_bytes",
                 "times")  # fmt: skip

    def __init__(self, port: Port, handshake: Handshake | None, dialled: Dialled, clock: Clock,
                 poller: Poller) -> None:  # fmt: skip
        self._port = port
        self.reply_bytes = REPLY_BYTES
        self._handshake = handshake
        self._dialled = dialled
        self._clock = clock
        self._poller = poller
        self._socket: socket.socket | None = None
        self._retry = False
        self._unsent = b""
        self._writing = False
        self._started_s = clock.monotonic_s()
        self._deadline_s = self._started_s + port.connect_s
        self.phase = Phase.DIAL if port.is_target else Phase.CONNECT
        self.times = PhaseTimes()

    def start(self) -> None:
        """Begin; the end may be told before this returns."""
        try:
            self._socket = socket.socket(self._port.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            self._fail(judge_connect(error.errno or 0, self._port.label))
            return
        if self._port.family != socket.AF_UNIX:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._port.keepalive is not None:
            keep_alive(self._socket, self._port.keepalive)
        self._connect(self._socket)

    def abort(self) -> None:
        """Stop and close; nobody is told. Idempotent."""
        if self._socket is not None:
            self._stop_writing(self._socket)
            self._poller.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def check_deadline(self, now_s: float) -> None:
        """End the dial if its phase has taken too long; `now_s` is the clock's monotonic time."""
        if self._socket is not None and now_s >= self._deadline_s:
            self._fail(self.silence(now_s))

    def silence(self, now_s: float) -> Failure:
        """What it means that nobody has answered up to now."""
        elapsed_s = now_s - self._started_s
        match self.phase:
            case Phase.CONNECT:
                return judge_connect(errno.ETIMEDOUT, self._port.label)
            case Phase.HANDSHAKE:
                detail = f"{self._port.label}: accepted, then said nothing for {elapsed_s:.1f} s"
                return Failure(code=Code.HANDSHAKE_TIMEOUT, detail=detail)
            case _:
                return no_answer(Code.TARGET_SILENT if self._port.is_target else Code.NO_ANSWER, elapsed_s)

    def _connect(self, upstream: socket.socket) -> None:
        """Begin to connect, or see how far it has come: connect(2) answers both on a non-blocking socket."""
        self._retry = False
        error = upstream.connect_ex(self._port.address)
        if error == errno.EINPROGRESS:  # on loopback it has often succeeded by the time that this is known
            error = upstream.connect_ex(self._port.address)
        if not error:
            self._stop_writing(upstream)
            self._connected(upstream)
        elif error == errno.EALREADY:
            self._start_writing(upstream, self._connect_on)
        elif error == errno.EAGAIN:  # a unix socket whose backlog is full: nothing will wake us
            self._retry = True
            self._poller.loop.call_later(BUSY_RETRY_S, self._connect_again)
        else:
            self._fail(self._judge_errno(error))

    def _connect_on(self) -> None:
        if self._socket is not None:
            self._connect(self._socket)

    def _connect_again(self) -> None:
        if self._retry:
            self._connect_on()

    def _connected(self, upstream: socket.socket) -> None:
        elapsed_ms = self._lap_ms(self._port.reply_s)
        if self._handshake is None:
            self.times.dial_ms = elapsed_ms
            self._succeed(upstream, Established(early=b""))
            return
        self.times.connect_ms = elapsed_ms
        self.phase = Phase.HANDSHAKE if self._port.greets else Phase.DIAL
        self._unsent = self._handshake.request()
        self._poller.add_reader(upstream.fileno(), self._on_readable)
        self._send()

    def _send(self) -> None:
        upstream = self._socket
        if upstream is None:
            return
        try:
            sent = upstream.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # the reader is told the same, with what the egress had to say before
        self._unsent = self._unsent[sent:]
        if self._unsent:
            self._start_writing(upstream, self._on_writable)

    def _on_writable(self) -> None:
        if self._socket is not None:
            self._stop_writing(self._socket)
            self._send()

    def _on_readable(self) -> None:
        upstream, handshake = self._socket, self._handshake
        if upstream is None or handshake is None:
            return
        try:
            data = upstream.recv(self.reply_bytes)
        except BlockingIOError:
            return
        except OSError as error:
            detail = f"{self._port.label}: {error.strerror}"
            self._fail(Failure(code=Code.HANDSHAKE_CLOSED, detail=detail))
            return
        progress = handshake.receive(data) if data else handshake.receive_eof()
        if progress is None:
            if self.phase is Phase.HANDSHAKE:
                self.phase = Phase.DIAL
                self.times.handshake_ms = self._lap_ms(self._port.reply_s)
        elif isinstance(progress, Declined):
            elapsed_s = self._clock.monotonic_s() - self._started_s
            self._fail(judge_decline(progress, elapsed_s))
        else:
            self.times.dial_ms = self._lap_ms(0.0)
            self._succeed(upstream, progress)

    def _judge_errno(self, error: int) -> Failure:
        return judge_direct(error, self._port.label) if self._port.is_target else judge_connect(error, self._port.label)

    def _lap_ms(self, next_s: float) -> float:
        now_s = self._clock.monotonic_s()
        elapsed_ms = round((now_s - self._started_s) * 1000, 3)
        self._started_s = now_s
        self._deadline_s = now_s + next_s
        return elapsed_ms

    def _start_writing(self, upstream: socket.socket, callback: Callback) -> None:
        self._writing = True
        self._poller.add_writer(upstream.fileno(), callback)

    def _stop_writing(self, upstream: socket.socket) -> None:
        if self._writing:
            self._writing = False
            self._poller.remove_writer(upstream.fileno())

    def _succeed(self, upstream: socket.socket, established: Established) -> None:
        self._stop_writing(upstream)
        self._socket = None
        self._dialled.dial_succeeded(upstream, established)

    def _fail(self, failure: Failure) -> None:
        self.abort()
        self._dialled.dial_failed(failure)


def keep_alive(connection: socket.socket, keepalive: Keepalive) -> None:
    """Have the kernel probe a quiet peer, so that one that has vanished is noticed (tcp(7))."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, keepalive.idle_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, keepalive.interval_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, keepalive.probes)
