"""A socket that reads ahead of its parser, and a door that serves one coroutine per connection.

The lab works on bare sockets: it must be able to end a connection with FIN or RST on purpose, to send two things in one
segment or one thing in many, and to leave what it has not asked for unread.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import NoReturn, Self

from farshore.core.address import LOOPBACK, HostPort

CHUNK_BYTES = 65536
MAX_LINE_BYTES = 65536
BACKLOG = 512
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Serve = Callable[["Stream"], Awaitable[None]]


class Stream:
    """One connection. Reading beyond its end raises EOFError; other failures are OSError."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._ahead = bytearray()
        self._loop = asyncio.get_running_loop()
        self.rx_bytes = 0
        sock.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def has_ahead(self) -> bool:
        """Whether bytes have been read that nobody has taken yet."""
        return bool(self._ahead)

    @property
    def local_port(self) -> int:
        """This side's TCP port."""
        return int(self._sock.getsockname()[1])

    async def readable(self) -> None:
        """Return once a read would not wait. Safe to cancel: nothing is consumed."""
        if self._ahead:
            return
        ready = asyncio.Event()
        self._loop.add_reader(self._sock, ready.set)
        try:
            await ready.wait()
        finally:
            self._loop.remove_reader(self._sock)

    async def gone(self) -> None:
        """Return once the other side has ended its direction; never, if it says something more first."""
        await self.readable()
        with contextlib.suppress(OSError):
            if self._ahead or self._sock.recv(1, socket.MSG_PEEK):
                await forever()

    async def read(self) -> bytes:
        """Whatever comes next; empty at the end of the stream."""
        if self._ahead:
            taken = bytes(self._ahead)
            self._ahead.clear()
            return taken
        return await self._receive()

    async def read_exactly(self, count: int) -> bytes:
        """Exactly so many bytes."""
        while len(self._ahead) < count:
            await self._read_ahead()
        return self._take(count)

    async def read_until(self, separator: bytes) -> bytes:
        """All bytes up to and including the separator; ValueError beyond 64 KiB without one."""
        while (found := self._ahead.find(separator)) < 0:
            if len(self._ahead) > MAX_LINE_BYTES:
                msg = f"no {separator!r} in {MAX_LINE_BYTES} bytes"
                raise ValueError(msg)
            await self._read_ahead()
        return self._take(found + len(separator))

    async def write(self, data: bytes) -> None:
        """Send all of it."""
        await self._loop.sock_sendall(self._sock, data)

    def end_writing(self) -> None:
        """Send FIN and go on reading."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End with FIN; the kernel makes it RST where received bytes were left unread."""
        self._sock.close()

    def reset(self) -> None:
        """End with RST."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._sock.close()

    async def _read_ahead(self) -> None:
        data = await self._receive()
        if not data:
            raise EOFError
        self._ahead += data

    async def _receive(self) -> bytes:
        data = await self._loop.sock_recv(self._sock, CHUNK_BYTES)
        self.rx_bytes += len(data)
        return data

    def _take(self, count: int) -> bytes:
        taken = bytes(self._ahead[:count])
        del self._ahead[:count]
        return taken


async def connect(address: HostPort | Path) -> Stream:
    """Connect to a TCP port by its literal address, or to a unix socket.

    Raises:
        OSError: nobody listens there, or the address may not be used.
    """
    family, where = _family_and_name(address)
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    try:
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return Stream(sock)


class Listener:
    """A port or unix socket whose connections are served until the listener is closed, and not a moment longer.

    It counts what it was sent, so that a test can say that an impostor got nothing.
    """

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._sock: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._serving: dict[asyncio.Task[None], Stream] = {}
        self._past_rx_bytes = 0
        self.accepted = 0
        self.mistakes: list[BaseException] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def address(self) -> HostPort:
        """Where it listens, or listened last, on TCP."""
        return self._address

    @property
    def rx_bytes(self) -> int:
        """Bytes that clients have sent and this side has read, over all connections."""
        return self._past_rx_bytes + sum(stream.rx_bytes for stream in self._serving.values())

    @property
    def active(self) -> int:
        """Connections being served now."""
        return len(self._serving)

    def open(self, where: HostPort | Path = HostPort(LOOPBACK, 0)) -> Self:  # noqa: B008 - a frozen value
        """Listen there, at once; a path that an earlier daemon left behind is taken over.

        Raises:
            OSError: the port is in use or the path may not be written.
        """
        family, name = _family_and_name(where)
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            if isinstance(where, Path):
                where.unlink(missing_ok=True)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(name)
            sock.listen(BACKLOG)
            sock.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        except OSError:
            sock.close()
            raise
        if isinstance(where, HostPort):
            self._address = HostPort(where.host, sock.getsockname()[1])
        self._sock = sock
        self._accepting = asyncio.get_running_loop().create_task(self._accept_all(sock))
        return self

    async def close(self) -> None:
        """Stop listening and end every connection, as the end of the process would."""
        accepting, self._accepting = self._accepting, None
        if accepting is None or self._sock is None:
            return
        tasks = [accepting, *self._serving]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._sock.close()

    async def _accept_all(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            accepted, _ = await loop.sock_accept(sock)
            self.accepted += 1
            stream = Stream(accepted)
            task = loop.create_task(self._serve_one(stream))
            self._serving[task] = stream
            task.add_done_callback(self._served)

    async def _serve_one(self, stream: Stream) -> None:
        with contextlib.suppress(EOFError, OSError):
            await self._serve(stream)

    def _served(self, task: asyncio.Task[None]) -> None:
        stream = self._serving.pop(task)
        stream.close()
        self._past_rx_bytes += stream.rx_bytes
        if not task.cancelled() and (mistake := task.exception()) is not None:
            self.mistakes.append(mistake)


async def forever() -> NoReturn:
    """Wait until cancelled."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError


def _family_and_name(address: HostPort | Path) -> tuple[socket.AddressFamily, str | tuple[str, int]]:
    if isinstance(address, Path):
        return socket.AF_UNIX, str(address)
    family = socket.AF_INET if isinstance(address.host, IPv4Address) else socket.AF_INET6
    return family, (str(address.host), address.port)
