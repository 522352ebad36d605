"""One direction of a relayed connection: read here, write there, hold back when the other side is slow.

Small reads go through one shared buffer. A direction that fills it moves bulk and is promoted to `splice`, which
never brings the bytes into this process; it is demoted when its moves become small, or by `demote` when it is idle.
"""

import os
from socket import socket
from typing import Protocol

from farshore.gateway.pipes import BUFFER_BYTES, PIPE_BYTES, Pipe, Pipes
from farshore.gateway.poller import Poller

SMALL_MOVE_BYTES = 8192
SMALL_MOVES_BEFORE_DEMOTION = 16
_FLAGS = os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK


class Ends(Protocol):
    """Who is told about a direction; after an ending the direction has stopped by itself."""

    last_spoke: "Pump | None"

    def first_bytes_passed(self, pump: "Pump", data: bytes | memoryview) -> None:
        """The direction carries its first bytes, these."""

    def source_finished(self, pump: "Pump") -> None:
        """The source ended in order, and everything it sent has been written to the sink."""

    def source_failed(self, pump: "Pump", error: OSError) -> None:
        """The source was reset."""

    def sink_failed(self, pump: "Pump", error: OSError) -> None:
        """The sink takes no more."""


class Pump:
    """One direction. `total_bytes` counts what was taken from the source; `stop` may be called at any time."""

    __slots__ = ("_buffer", "_ends", "_held", "_in_pipe", "_pipe", "_pipes", "_poller", "_recv_into", "_send",
                 "_small_moves", "sink", "source", "stopped", "total_bytes")  # fmt: skip

    def __init__(self, source: socket, sink: socket, ends: Ends, pipes: Pipes, poller: Poller) -> None:
        self.source = source
        self.sink = sink
        self.total_bytes = 0
        self.stopped = False
        self._ends = ends
        self._pipes = pipes
        self._poller = poller
        self._held = b""
        # Bound once: looking these up is a tenth of a small request's cost.
        self._recv_into = source.recv_into
        self._send = sink.send
        self._buffer = pipes.buffer
        self._pipe: Pipe | None = None
        self._in_pipe = 0
        self._small_moves = 0

    def start(self, already_read: bytes) -> None:
        """Pass on what was read before, then begin to read."""
        if already_read:
            self._ends.first_bytes_passed(self, already_read)
            self.total_bytes += len(already_read)
            self._ends.last_spoke = self
            self._write(already_read)
        if not self._held and not self.stopped:
            self._read()

    def stop(self) -> None:
        """Neither read nor write any more; what is held is lost. Idempotent."""
        if self.stopped:
            return
        self.stopped = True
        self._poller.remove_reader(self.source.fileno())
        if self._held or self._in_pipe:
            self._poller.remove_writer(self.sink.fileno())
        self._held = b""
        if self._pipe is not None:
            if self._in_pipe:
                self._pipes.discard(self._pipe)
            else:
                self._pipes.take_back(self._pipe)
            self._pipe = None

    @property
    def is_held_back(self) -> bool:
        """Whether bytes wait for the sink."""
        return bool(self._held or self._in_pipe)

    def demote(self) -> None:
        """Give the pipe back if it is empty; reads go through the shared buffer again."""
        if self._pipe is not None and not self._in_pipe:
            self._pipes.take_back(self._pipe)
            self._pipe = None
            self._read()

    def _read(self) -> None:
        callback = self._on_readable if self._pipe is None else self._on_spliceable
        self._poller.add_reader(self.source.fileno(), callback)

    def _on_readable(self) -> None:
        try:
            count = self._recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail_source(error)
            return
        if not count:
            self._finish()
            return
        if not self.total_bytes:
            self._ends.first_bytes_passed(self, self._buffer[:count])
        self.total_bytes += count
        self._ends.last_spoke = self
        try:
            sent = self._send(self._buffer[:count])
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._fail_sink(error)
            return
        if sent < count:
            self._hold(bytes(self._buffer[sent:count]))
        elif count == BUFFER_BYTES:
            self._promote()

    def _write(self, data: bytes) -> None:
        try:
            sent = self.sink.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._fail_sink(error)
            return
        if sent < len(data):
            self._hold(data[sent:])

    def _hold(self, rest: bytes) -> None:
        self._held = rest
        self._poller.remove_reader(self.source.fileno())
        self._poller.add_writer(self.sink.fileno(), self._on_writable)

    def _on_writable(self) -> None:
        rest, self._held = self._held, b""
        self._poller.remove_writer(self.sink.fileno())
        self._write(rest)
        if not self._held and not self.stopped:
            self._read()

    def _promote(self) -> None:
        self._pipe = self._pipes.lend()
        if self._pipe is not None:
            self._small_moves = 0
            self._read()

    def _on_spliceable(self) -> None:
        assert self._pipe is not None  # noqa: S101 - this reader is registered only while a pipe is held
        try:
            count = os.splice(self.source.fileno(), self._pipe[1], PIPE_BYTES, flags=_FLAGS)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail_source(error)
            return
        if not count:
            self._finish()
            return
        self.total_bytes += count
        self._ends.last_spoke = self
        self._in_pipe = count
        self._empty_pipe(self._pipe)
        if self.stopped:
            return
        if self._in_pipe:
            self._poller.remove_reader(self.source.fileno())
            self._poller.add_writer(self.sink.fileno(), self._on_pipe_writable)
        elif count >= SMALL_MOVE_BYTES:
            self._small_moves = 0
        else:
            self._small_moves += 1
            if self._small_moves >= SMALL_MOVES_BEFORE_DEMOTION:
                self.demote()

    def _on_pipe_writable(self) -> None:
        assert self._pipe is not None  # noqa: S101 - this writer is registered only while a pipe is held
        self._empty_pipe(self._pipe)
        if not self._in_pipe and not self.stopped:
            self._poller.remove_writer(self.sink.fileno())
            self._read()

    def _empty_pipe(self, pipe: Pipe) -> None:
        try:
            while self._in_pipe:
                self._in_pipe -= os.splice(pipe[0], self.sink.fileno(), self._in_pipe, flags=_FLAGS)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail_sink(error)

    def _finish(self) -> None:
        self.stop()
        self._ends.source_finished(self)

    def _fail_source(self, error: OSError) -> None:
        self.stop()
        self._ends.source_failed(self, error)

    def _fail_sink(self, error: OSError) -> None:
        self.stop()
        self._ends.sink_failed(self, error)
