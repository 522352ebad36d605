"""Leaves a target as its protocol wants it, so that it counts as little as it can."""

import asyncio
import socket
from contextlib import suppress

from farshore.wire.openings.opening import Goodbye

# What is waited for the far end to hang up, and heard of it meanwhile.
GOODBYE_S = 2.0
READ_BYTES = 4096
MAX_READS = 16


async def leave(upstream: socket.socket, goodbye: Goodbye | None) -> None:
    """Say good-bye and let the far end hang up first: what reaches a closed socket is answered with a reset.

    Takes 2 s at most, and hears no more than 64 KiB. `upstream` stays open.
    """
    if goodbye is None:
        return
    loop = asyncio.get_running_loop()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(GOODBYE_S):
            await loop.sock_sendall(upstream, goodbye.begin())
            for _ in range(MAX_READS):
                data = await loop.sock_recv(upstream, READ_BYTES)
                if not data:
                    return
                await loop.sock_sendall(upstream, goodbye.receive(data))
