"""Calls a target as a client's connection would: one dial, and a second one beside it where the first hears nothing.

The same dial over the same egress to the same address, with the same proof: it never leaks.
"""

import asyncio
import socket
from dataclasses import dataclass

from farshore.core.address import HostPort
from farshore.core.outcome import Phase
from farshore.gateway.attempt import Attempt, Surroundings
from farshore.gateway.dial import PhaseTimes
from farshore.gateway.egress import Egress
from farshore.gateway.judge import Failure
from farshore.gateway.redial import Redial
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Path, Route

LOOK_S = 0.25

Ending = Failure | tuple[socket.socket, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited for an answer, and when it is asked a second time, in seconds."""

    limit_s: float
    redial_s: float


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


class Call:
    """One call of an address over an egress; `run` it once."""

    def __init__(
        self, egress: Egress, target: HostPort, shared: Surroundings, patience: Patience, *, tolerate_leaks: bool
    ) -> None:
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._shared = shared
        self._patience = patience
        self._may_redial = not egress.half_closes
        self._first = Attempt(egress, target, self, shared, tolerate_leaks=tolerate_leaks)
        self._reach: Attempt | Redial = self._first

    @property
    def phase(self) -> Phase:
        """How far it has come."""
        return self._reach.phase

    @property
    def times(self) -> PhaseTimes:
        """What each phase of the dial that answered took."""
        return self._reach.times

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        """Told by the attempt."""
        self._shared.poller.remove_reader(upstream.fileno())
        self._ending.set_result((upstream, early))

    def attempt_failed(self, failure: Failure) -> None:
        """Told by the attempt."""
        self._ending.set_result(failure)

    async def run(self) -> Ending:
        """Why there is no connection, or one, the caller's to close, and what the target has already sent."""
        patience = self._patience
        try:
            self._first.start()
            await self._wait(min(patience.redial_s, patience.limit_s))
            if not self._ending.done() and self._may_redial and patience.redial_s < patience.limit_s:
                self._reach = Redial(self._first, self._first.again(), self, self._shared.clock)
                self._reach.start()
            await self._wait(patience.limit_s - patience.redial_s)
            if self._ending.done():
                return self._ending.result()
            return self._first.silence(self._shared.clock.monotonic_s())
        except asyncio.CancelledError:
            if self._ending.done() and not isinstance(ending := self._ending.result(), Failure):
                ending[0].close()
            raise
        finally:
            self._reach.abort()

    async def _wait(self, time_s: float) -> None:
        """Until the end, or so long; what has taken too long by itself is ended meanwhile."""
        while time_s > 0 and not self._ending.done():
            await asyncio.wait([self._ending], timeout=min(LOOK_S, time_s))
            time_s -= LOOK_S
            if not self._ending.done():
                self._reach.check_deadline(self._shared.clock.monotonic_s())
