"""Connects to a target as a client's connection would, waits for its first word where that is wanted, and hangs up.

The same dial over the same egress to the same address, with the same proof: it never leaks, and what the configuration
does not allow to be dialled is not dialled here. One connection, or two where the first hears nothing for 1.5 s.
"""

import asyncio
import socket

from farshore.config import model
from farshore.gateway.attempt import Surroundings
from farshore.gateway.judge import Failure
from farshore.gateway.redial import REDIAL_S
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Path, Route
from farshore.watch.call import Call, Patience, address_of
from farshore.watch.verdict import Probe, Probed, probed
from farshore.wire.greeting import request_of

LIMIT_S = 3.0
GREETING_S = 2.0


async def probe(route: Route, path: Path, shared: Surroundings, resolver: Resolver) -> Probed:
    """Dial the target of the route over the path, for at most 3 s."""
    target = await address_of(route, path, resolver)
    if isinstance(target, Failure):
        return probed(target)
    begun_s = shared.clock.monotonic_s()
    patience = Patience(limit_s=LIMIT_S, redial_s=REDIAL_S)
    ending = await Call(path.egress, target, shared, patience, tolerate_leaks=route.allow_direct).run()
    if isinstance(ending, Failure):
        return probed(ending)
    upstream, early = ending
    with upstream:
        elapsed_ms = (shared.clock.monotonic_s() - begun_s) * 1000
        silence = None if early or route.probe is not model.Probe.GREETING else await _await_greeting(route, upstream)
    if silence is not None:
        return Probed(probe=Probe.SILENT, detail=f"connected in {elapsed_ms:.0f} ms, and the target {silence}")
    return Probed(probe=Probe.CONNECTED, detail=f"connected in {elapsed_ms:.0f} ms")


async def _await_greeting(route: Route, upstream: socket.socket) -> str | None:
    """Wait for the first byte; what the target did instead, None if it came."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(GREETING_S):
            await loop.sock_sendall(upstream, request_of(route.protocol))
            heard = await loop.sock_recv(upstream, 1)
    except TimeoutError:
        return f"said nothing for {GREETING_S:g} s"
    except OSError as error:
        return f"broke off: {error.strerror}"
    return None if heard else "hung up without a word"
