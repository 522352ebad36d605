"""Small servers in this process, on a listening socket of any namespace, that count what reaches them."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.tailnet.harness.waiting import until

READ_SIZE = 65536


class Server:
    """A listening socket and what it says to each connection, in a thread a connection.

    `talk` gets the connection and the server; it returns to close in order. It reads with `server.read`, which counts.
    """

    def __init__(self, listener: socket.socket, host: str, port: int, talk: "Talk") -> None:
        """Serve at once; `host` and `port` are where clients find it. The socket is closed in the end."""
        self.host = host
        self.port = port
        self.connections = 0
        self.received = 0
        self.ends = 0
        self.resets = 0
        self.peers: list[str] = []
        self._talk = talk
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = listener
        self._thread = threading.Thread(target=self._accept, name=f"server-{host}-{port}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, connection: socket.socket) -> bytes:
        """What arrived, counted; empty at the end. `ends` counts the orderly ends, `resets` the others."""
        try:
            data = connection.recv(READ_SIZE)
        except OSError:
            with self._lock:
                self.resets += 1
            return b""
        with self._lock:
            self.received += len(data)
            self.ends += not data
        return data

    @property
    def open(self) -> int:
        """How many connections are open now."""
        return len(self._snapshot())

    def forget(self) -> None:
        """Count from zero again, once what is open has ended."""
        until(lambda: not self._snapshot(), f"the connections to {self.host}:{self.port} to end")
        with self._lock:
            self.connections = self.received = self.ends = self.resets = 0
            self.peers.clear()

    def reset_all(self) -> None:
        """End every open connection with RST: its reader sees an end, and its close is then not an orderly one."""
        for connection in self._snapshot():
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        """Stop listening and end what is open; the port refuses from now on."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection in self._snapshot():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _snapshot(self) -> list[socket.socket]:
        with self._lock:
            return list(self._open)

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self.peers.append(str(peer[0]))
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self._talk(connection, self)
        with self._lock:
            self._open.discard(connection)
        connection.close()


Talk = Callable[[socket.socket, Server], None]


def echo(connection: socket.socket, server: Server) -> None:
    """Send back what comes."""
    while data := server.read(connection):
        connection.sendall(data)


def swallow(connection: socket.socket, server: Server) -> None:
    """Read all and say nothing."""
    while server.read(connection):
        pass


def greet(greeting: bytes) -> Talk:
    """Speak first, then echo."""

    def talk(connection: socket.socket, server: Server) -> None:
        connection.sendall(greeting)
        echo(connection, server)

    return talk


def pour(total_bytes: int) -> Talk:
    """Send so many bytes as fast as they are taken, then read what comes until the end."""

    def talk(connection: socket.socket, server: Server) -> None:
        block = bytes(READ_SIZE)
        for start in range(0, total_bytes, READ_SIZE):
            connection.sendall(block[: total_bytes - start])
        swallow(connection, server)

    return talk


def answer_after_eof(answer: bytes) -> Talk:
    """Read until the client has shut down its side, then answer and close."""

    def talk(connection: socket.socket, server: Server) -> None:
        swallow(connection, server)
        connection.sendall(answer)

    return talk
