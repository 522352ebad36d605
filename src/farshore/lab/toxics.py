"""What can happen to bytes on their way. Each is a small value; they compose by standing one after the other."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

Bytes = AsyncIterator[bytes]


class Toxic(Protocol):
    """Takes one direction of a connection and gives it back changed. Cancelled at any await."""

    def apply(self, source: Bytes) -> Bytes:
        """The changed direction; its end is the connection's end."""
        ...


@dataclass(frozen=True, slots=True)
class Latency:
    """Every chunk is late by so many seconds."""

    delay_s: float

    async def apply(self, source: Bytes) -> Bytes:
        """Hold each chunk back."""
        async for chunk in source:
            await asyncio.sleep(self.delay_s)
            yield chunk


@dataclass(frozen=True, slots=True)
class BlackHole:
    """Bytes are taken and never arrive; neither does their end."""

    async def apply(self, source: Bytes) -> Bytes:
        """Swallow everything, then wait for somebody else to give up."""
        async for _ in source:
            pass
        await asyncio.get_running_loop().create_future()
        yield b""


@dataclass(frozen=True, slots=True)
class Slicer:
    """Bytes arrive in slices of at most so many bytes, each in a segment of its own."""

    size_bytes: int
    gap_s: float = 0.0

    async def apply(self, source: Bytes) -> Bytes:
        """Cut every chunk."""
        async for chunk in source:
            for start in range(0, len(chunk), self.size_bytes):
                yield chunk[start : start + self.size_bytes]
                await asyncio.sleep(self.gap_s)


@dataclass(frozen=True, slots=True)
class LimitData:
    """The connection ends in order after so many bytes."""

    limit_bytes: int

    async def apply(self, source: Bytes) -> Bytes:
        """Pass the first bytes on, then end."""
        left = self.limit_bytes
        async for chunk in source:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection ends with a reset after so many bytes."""

    after_bytes: int

    async def apply(self, source: Bytes) -> Bytes:
        """Pass the first bytes on, then raise ConnectionResetError."""
        left = self.after_bytes
        async for chunk in source:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                raise ConnectionResetError


@dataclass(frozen=True, slots=True)
class SlowClose:
    """The end of the stream is late by so many seconds."""

    delay_s: float

    async def apply(self, source: Bytes) -> Bytes:
        """Hold the end back."""
        async for chunk in source:
            yield chunk
        await asyncio.sleep(self.delay_s)
