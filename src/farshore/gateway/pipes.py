"""What relayed connections share: one buffer for small reads, and pipes for directions that move bulk."""

import os
import socket
from contextlib import suppress
from fcntl import F_SETPIPE_SZ, fcntl

BUFFER_BYTES = 65536
PIPE_BYTES = 1 << 20
IDLE_PIPES_KEPT = 16

Pipe = tuple[int, int]


class Pipes:
    """Lends empty pipes (reading end, writing end) and takes them back empty."""

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(BUFFER_BYTES))
        self._idle: list[Pipe] = []
        self._can_splice = _can_splice()

    def lend(self) -> Pipe | None:
        """An empty pipe, or None where this kernel cannot splice or no descriptors are left."""
        if self._idle:
            return self._idle.pop()
        if not self._can_splice:
            return None
        try:
            pipe = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        # An unprivileged user's quota (pipe(7)) may refuse: the default size works, only slower.
        with suppress(OSError):
            fcntl(pipe[1], F_SETPIPE_SZ, PIPE_BYTES)
        return pipe

    def take_back(self, pipe: Pipe) -> None:
        """An empty pipe, no longer needed."""
        if len(self._idle) < IDLE_PIPES_KEPT:
            self._idle.append(pipe)
        else:
            self.discard(pipe)

    @staticmethod
    def discard(pipe: Pipe) -> None:
        """A pipe that still holds bytes nobody wants."""
        os.close(pipe[0])
        os.close(pipe[1])

    def close(self) -> None:
        """Close what is lying idle."""
        while self._idle:
            self.discard(self._idle.pop())


def _can_splice() -> bool:
    """Some sandboxed kernels have no splice for sockets; one byte through a pair tells."""
    near, far = socket.socketpair()
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        near.send(b"?")
        return os.splice(far.fileno(), writing, 1) == 1 and os.splice(reading, far.fileno(), 1) == 1
    except OSError:
        return False
    finally:
        near.close()
        far.close()
        os.close(reading)
        os.close(writing)
