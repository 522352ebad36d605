"""Connects to a target as a client's connection would, waits for its first word where that is wanted, and hangs up.

The same dial over the same egress to the same address, with the same proof: it never leaks, and what the configuration
does not allow to be dialled is not dialled here. One connection, or two where the first hears nothing for 1.5 s.
"""

import asyncio
import socket

from farshore.config import model
from farshore.core.address import HostPort
from farshore.gateway.attempt import Attempt, Surroundings
from farshore.gateway.egress import Egress
from farshore.gateway.judge import Failure
from farshore.gateway.redial import REDIAL_S, Redial
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Path, Route
from farshore.watch.verdict import Probe, Probed, probed
from farshore.wire.greeting import request_of

LIMIT_S = 3.0
GREETING_S = 2.0

Ending = Failure | tuple[socket.socket, bytes]


async def probe(route: Route, path: Path, shared: Surroundings, resolver: Resolver) -> Probed:
    """Dial the target of the route over the path, for at most 3 s."""
    target = await address_of(route, path, resolver)
    if isinstance(target, Failure):
        return probed(target)
    begun_s = shared.clock.monotonic_s()
    ending = await _Dial(path.egress, target, shared, tolerate_leaks=route.allow_direct).run()
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


async def address_of(route: Route, path: Path, resolver: Resolver) -> HostPort | Failure:
    """What the path dials, its name resolved as for a client."""
    asked_for = path.target or route.target
    if not asked_for.is_name:
        return asked_for
    resolved: asyncio.Future[HostPort | Failure] = asyncio.get_running_loop().create_future()

    def tell(answer: HostPort | Failure) -> None:
        if not resolved.done():
            resolved.set_result(answer)

    resolver.resolve(route, tell, tell)
    return await resolved


class _Dial:
    """One attempt, and a second one beside it where the first hears nothing."""

    def __init__(self, egress: Egress, target: HostPort, shared: Surroundings, *, tolerate_leaks: bool) -> None:
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._shared = shared
        self._may_redial = not egress.half_closes
        self._first = Attempt(egress, target, self, shared, tolerate_leaks=tolerate_leaks)
        self._reach: Attempt | Redial = self._first

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        self._shared.poller.remove_reader(upstream.fileno())
        self._ending.set_result((upstream, early))

    def attempt_failed(self, failure: Failure) -> None:
        self._ending.set_result(failure)

    async def run(self) -> Ending:
        try:
            self._first.start()
            await asyncio.wait([self._ending], timeout=REDIAL_S)
            if not self._ending.done() and self._may_redial:
                self._reach = Redial(self._first, self._first.again(), self, self._shared.clock)
                self._reach.start()
            await asyncio.wait([self._ending], timeout=LIMIT_S - REDIAL_S)
            if self._ending.done():
                return self._ending.result()
            return self._first.silence(self._shared.clock.monotonic_s())
        except asyncio.CancelledError:
            if self._ending.done() and not isinstance(ending := self._ending.result(), Failure):
                ending[0].close()
            raise
        finally:
            self._reach.abort()
