"""Connects to a target as a client's connection would, hears its greeting where that is wanted, and hangs up.

The same dial over the same egress to the same address, with the same proof: it never leaks, and what the configuration
does not allow to be dialled is not dialled here. One connection, or two where the first hears nothing for 1.5 s.
"""

import asyncio
import socket

from farshore.config import model
from farshore.core.outcome import Code
from farshore.gateway.attempt import Surroundings
from farshore.gateway.judge import Failure
from farshore.gateway.redial import REDIAL_S
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Path, Route
from farshore.watch.call import Call, Patience, address_of
from farshore.watch.probes.kind import PlainTcp, Talked, kind_of
from farshore.watch.probes.leave import leave
from farshore.watch.verdict import Probe, Probed, probed

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
        connected = f"connected in {elapsed_ms:.0f} ms"
        if route.probe is not model.Probe.GREETING:
            return Probed(probe=Probe.CONNECTED, detail=connected)
        kind = kind_of(route.protocol)
        if isinstance(kind, PlainTcp):
            silence = None if early else await _await_first_byte(upstream)
            return _greeted(connected, silence)
        talked = await kind.talk(upstream, early, GREETING_S)
        await leave(upstream, talked.goodbye)
        return _talked(connected, talked)


def _talked(connected: str, talked: Talked) -> Probed:
    """What a conversation says about the path: whoever speaks has been reached, even who declines or is another."""
    if talked.code is Code.GREETING_DECLINED:
        return Probed(probe=Probe.CONNECTED, detail=f"{connected}, and the target declines: {talked.detail}")
    if talked.code is Code.GREETING_FOREIGN:
        return Probed(probe=Probe.CONNECTED, detail=f"{connected}, to another protocol: {talked.detail}")
    return _greeted(connected, None if talked.code is None else talked.detail)


def _greeted(connected: str, silence: str | None) -> Probed:
    if silence is None:
        return Probed(probe=Probe.CONNECTED, detail=connected)
    return Probed(probe=Probe.SILENT, detail=f"{connected}, and the target {silence}")


async def _await_first_byte(upstream: socket.socket) -> str | None:
    """Wait for it, of a target that is not known to speak; what it did instead, None if it came."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(GREETING_S):
            heard = await loop.sock_recv(upstream, 1)
    except TimeoutError:
        return f"said nothing for {GREETING_S:g} s"
    except OSError as error:
        return f"broke off: {error.strerror}"
    return None if heard else "hung up without a word"
