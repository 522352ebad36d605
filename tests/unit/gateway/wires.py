"""Connections in a test's hand: one end each, everything that arrived, and how it ended."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Self

from farshore.core.address import HostPort, parse_host

# How long a test waits for what has to happen; reaching it is a failure, never a measurement.
PATIENCE_S = 30.0
CHUNK_BYTES = 65536
LOOPBACK = "127.0.0.1"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Ending(StrEnum):
    """How the other side ended a connection."""

    FIN = "fin"
    RST = "rst"


class Kind(StrEnum):
    """What a connection runs over."""

    TCP = "tcp"
    UNIX = "unix"


class Wire:
    """One end of a connection."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self.sock = sock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """This end's address as the gateway labels a client."""
        host, port = self.sock.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def send(self, data: bytes) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.get_running_loop().sock_sendall(self.sock, data)

    async def receive(self, count: int) -> bytes:
        """Exactly so many bytes; EOFError if the stream is shorter."""
        data = b""
        async with asyncio.timeout(PATIENCE_S):
            while len(data) < count:
                more = await asyncio.get_running_loop().sock_recv(self.sock, count - len(data))
                if not more:
                    raise EOFError(data)
                data += more
        return data

    async def receive_all(self) -> tuple[bytes, Ending]:
        """Everything up to the end, and which end it was."""
        data = bytearray()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    more = await asyncio.get_running_loop().sock_recv(self.sock, CHUNK_BYTES)
                except ConnectionResetError:
                    return bytes(data), Ending.RST
                if not more:
                    return bytes(data), Ending.FIN
                data += more

    async def ending(self) -> Ending:
        """How it ended, after nothing but that."""
        data, ending = await self.receive_all()
        assert not data
        return ending

    async def fill(self, data: bytes) -> int:
        """Send until nobody takes any more; how many bytes were taken."""
        sent, refusals = 0, 0
        while sent < len(data) and refusals < 30:
            try:
                sent += self.sock.send(data[sent : sent + CHUNK_BYTES])
                refusals = 0
                await asyncio.sleep(0)
            except BlockingIOError:
                refusals += 1
                await asyncio.sleep(0.01)
        return sent

    def finish(self) -> None:
        """Send FIN, and go on reading."""
        self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.sock.close()

    def reset(self) -> None:
        """End with RST, also where nothing is left unread."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.sock.close()


@contextmanager
def pair(kind: Kind = Kind.TCP) -> Iterator[tuple[Wire, Wire]]:
    """The two ends of a connection."""
    with ExitStack() as opened:
        if kind is Kind.UNIX:
            near, far = socket.socketpair()
        else:
            listening = opened.enter_context(socket.create_server((LOOPBACK, 0)))
            near = socket.create_connection(listening.getsockname())
            far, _ = listening.accept()
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield opened.enter_context(Wire(near)), opened.enter_context(Wire(far))


def connect(address: HostPort) -> Wire:
    """Connect at once: the kernel of this host lets in without its server's help.

    Done by the loop instead, a connection that is reset as soon as it is accepted would look as if it had been refused.
    """
    return Wire(socket.create_connection((str(address.host), address.port), timeout=PATIENCE_S))


Script = Callable[[Wire], Awaitable[None]]


class Door:
    """A port or a unix socket whose connections are served by a script, and closed when the script ends."""

    def __init__(self, script: Script, listening: socket.socket) -> None:
        listening.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self.script = script
        self.wires: list[Wire] = []
        self._listening = listening
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(listening.fileno(), self._accept)

    @property
    def accepted(self) -> int:
        return len(self.wires)

    @property
    def address(self) -> HostPort:
        host, port = self._listening.getsockname()[:2]
        return HostPort(parse_host(host), port)

    def close_port(self) -> None:
        """Listen no more; what is served already goes on."""
        if self._listening.fileno() >= 0:
            self._loop.remove_reader(self._listening.fileno())
            self._listening.close()

    async def close(self) -> None:
        self.close_port()
        for task in self._tasks:
            task.cancel()
        mistakes = await asyncio.gather(*self._tasks, return_exceptions=True)
        for wire in self.wires:
            wire.close()
        for mistake in mistakes:
            if isinstance(mistake, Exception):
                raise mistake

    def _accept(self) -> None:
        accepted, _ = self._listening.accept()
        wire = Wire(accepted)
        self.wires.append(wire)
        self._tasks.add(self._loop.create_task(self._serve(wire)))

    async def _serve(self, wire: Wire) -> None:
        with suppress(EOFError, ConnectionError):
            await self.script(wire)
        wire.close()


@asynccontextmanager
async def door(script: Script, where: Path | str = LOOPBACK, *, backlog: int = 512) -> AsyncIterator[Door]:
    """A door that is open for as long as the block runs."""
    if isinstance(where, Path):
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(where))
        listening.listen(backlog)
    else:
        family = socket.AF_INET6 if ":" in where else socket.AF_INET
        listening = socket.create_server((where, 0), family=family, backlog=backlog)
    opened = Door(script, listening)
    try:
        yield opened
    finally:
        await opened.close()


async def echo(wire: Wire) -> None:
    """Say back what is said, until the other side ends."""
    while data := await asyncio.get_running_loop().sock_recv(wire.sock, CHUNK_BYTES):
        await asyncio.get_running_loop().sock_sendall(wire.sock, data)


async def stay_silent(wire: Wire) -> None:
    """Neither read nor write."""
    await asyncio.get_running_loop().create_future()


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that no event tells."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.002)


def noise(count: int, seed: int = 7) -> bytes:
    """Bytes in which every displacement shows."""
    return random.Random(seed).randbytes(count)  # noqa: S311 - no secret


def open_descriptors() -> dict[int, str]:
    """What this process has open, but for the listing itself."""
    found: dict[int, str] = {}
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found[int(link.name)] = str(link.readlink())
    return found


def open_pipes() -> int:
    """How many ends of pipes this process has open."""
    return sum(target.startswith("pipe:") for target in open_descriptors().values())
