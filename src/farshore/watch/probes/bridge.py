"""A loopback port for one driver, bound to one connection that is there already.

A driver dials by itself, and would go its own way: it is given a port that leads over the path that is probed and
nowhere else. The port takes one connection; a second dial of the driver's is refused.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from farshore.core.address import LOOPBACK

READ_BYTES = 65536
MAX_ANSWER_BYTES = 1 << 24

# Told the target's first bytes; what it says against passing them on, None for nothing.
Guard = Callable[[bytes], str | None]


def passes(_: bytes) -> None:
    """Nothing is held back."""


def most() -> int:
    """What a target may send in all."""
    return MAX_ANSWER_BYTES


class Bridge:
    """Open it around the driver's work. `upstream` stays the caller's; `early` is what it has already said.

    A target that has sent more than `bound()` bytes is heard no further: `is_flooded`. Drivers take what comes into
    memory, and some take the longer for each byte the more they have.

    Raises:
        OSError: on entering, no port is to be had.
    """

    def __init__(
        self, upstream: socket.socket, early: bytes, guard: Guard = passes, bound: Callable[[], int] = most
    ) -> None:
        self._upstream = upstream
        self._early = early
        self._guard = guard
        self._bound = bound
        self._listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._driver: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None
        self.objection: str | None = None
        self.is_flooded = False

    @property
    def address(self) -> tuple[str, int]:
        """Where the driver dials."""
        host, port = self._listening.getsockname()
        return str(host), int(port)

    async def __aenter__(self) -> Self:
        try:
            self._listening.bind((str(LOOPBACK), 0))
            self._listening.listen(1)
        except OSError:
            self._listening.close()
            raise
        self._task = asyncio.get_running_loop().create_task(self._serve())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def cut(self) -> None:
        """End it, whatever the driver waits for. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._listening.close()
        if self._driver is not None:
            self._driver.close()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._driver, _ = await loop.sock_accept(self._listening)
        self._listening.close()
        down = loop.create_task(self._carry_down(self._driver))
        up = loop.create_task(_carry(self._driver, self._upstream))
        try:
            await asyncio.wait([down, up], return_when=asyncio.FIRST_COMPLETED)
            # The target may have answered a driver that has said its last; not the other way round.
            if not down.done():
                await asyncio.wait([down])
        finally:
            for task in (down, up):
                task.cancel()
            await asyncio.gather(down, up, return_exceptions=True)
            self._driver.close()
            # Some wait for the far side's end before they go on: ProFTPD for 10 s after each listing (TimeoutLinger).
            with suppress(OSError):
                self._upstream.shutdown(socket.SHUT_WR)

    async def _carry_down(self, driver: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        first = self._early
        with suppress(OSError):
            first = first or await loop.sock_recv(self._upstream, READ_BYTES)
            self.objection = self._guard(first)
            data = b"" if self.objection is not None else first
            count = 0
            while data:
                count += len(data)
                if count > self._bound():
                    self.is_flooded = True
                    return
                await loop.sock_sendall(driver, data)
                data = await loop.sock_recv(self._upstream, READ_BYTES)
            driver.shutdown(socket.SHUT_WR)


async def _carry(source: socket.socket, sink: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while data := await loop.sock_recv(source, READ_BYTES):
            await loop.sock_sendall(sink, data)
        sink.shutdown(socket.SHUT_WR)
