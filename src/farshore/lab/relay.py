"""Carries bytes as tailscaled does: until the first of the two directions ends, then both ends are closed.

Up to 1.102.3 there is no half-close: what the other direction had still to say is lost (net/socks5/socks5.go:245-260,
cmd/tailscaled/proxy.go, ipn/localapi/localapi.go `serveDial`). A reset by the target arrives as an orderly end.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

from farshore.lab.account import Account
from farshore.lab.stream import Stream
from farshore.lab.tailnet import Link
from farshore.lab.toxics import Bytes, Toxic


async def relay(client: Stream, target: Stream, link: Link, account: Account) -> None:
    """Carry both directions until one ends; the caller closes both.

    A `Reset` toxic resets the client, which no target behind a real tailscaled can.
    """
    upward = _carry(_read(client), link.to_target, target, account.sent)
    downward = _carry(_read(target), link.from_target, client, account.received)
    loop = asyncio.get_running_loop()
    directions = [loop.create_task(upward), loop.create_task(downward)]
    try:
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for direction in directions:
            direction.cancel()
        endings = await asyncio.gather(*directions, return_exceptions=True)
    if any(isinstance(ending, ConnectionResetError) for ending in endings):
        client.reset()


async def _carry(source: Bytes, toxics: Iterable[Toxic], sink: Stream, count: Callable[[int], None]) -> None:
    for toxic in toxics:
        source = toxic.apply(source)
    async for chunk in source:
        try:
            await sink.write(chunk)
        except OSError:
            return
        count(len(chunk))


async def _read(stream: Stream) -> Bytes:
    with contextlib.suppress(OSError):
        while chunk := await stream.read():
            yield chunk
