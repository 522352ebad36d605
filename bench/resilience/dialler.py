"""The independent dialler: asks tailscaled's own SOCKS5 port for a router's own address of the target's host.

It shares nothing with Farshore. Only a greeting that was agreed on counts, so that a dial that leaks out of the tailnet
to somebody else is not taken for a path.
"""

import asyncio
import socket
import time

from bench.resilience.seen import Dial

LOOK_S = 5.0


async def dial(path: str, socks_port: int, address: str, port: int, greeting: bytes) -> Dial:
    """One look."""
    at_s, is_through = time.monotonic(), False
    try:
        async with asyncio.timeout(LOOK_S):
            is_through = await _reads(socks_port, address, port, greeting)
    except (OSError, asyncio.IncompleteReadError, TimeoutError):
        is_through = False
    return Dial(path=path, at_s=at_s, took_s=time.monotonic() - at_s, is_through=is_through)


async def _reads(socks_port: int, address: str, port: int, greeting: bytes) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", socks_port)
    try:
        request = b"\x05\x01\x00\x04" + socket.inet_pton(socket.AF_INET6, address) + port.to_bytes(2, "big")
        writer.write(b"\x05\x01\x00" + request)
        reply = await reader.readexactly(6)
        if reply[3] != 0:
            return False
        await reader.readexactly({1: 6, 4: 18}[reply[5]])
        return await reader.readexactly(len(greeting)) == greeting
    finally:
        writer.close()
