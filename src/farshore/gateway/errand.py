"""A connection that this program wants for itself: reached as a client's would be, and handed over as a socket."""

import asyncio
import socket
from dataclasses import replace

from farshore.core.address import HostPort
from farshore.gateway.attempt import Surroundings
from farshore.gateway.hold import WaitingRoom
from farshore.gateway.judge import Failure
from farshore.gateway.reach import Reach
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Route
from farshore.gateway.sweep import Sweep

# What a target says first may follow the egress's reply at once, and has to stay in the socket.
_REPLY_BYTES = 1


class Errand:
    """One way to the target of a route, over all its paths, and held while none of them works."""

    def __init__(self, route: Route, room: WaitingRoom, shared: Surroundings) -> None:
        self._route = route
        self._room = room
        self._shared = replace(shared, reply_bytes=_REPLY_BYTES)
        self._ended: asyncio.Future[socket.socket | Failure] = shared.poller.loop.create_future()
        self._reach: Reach | None = None

    async def run(self) -> socket.socket | Failure:
        """The connected, non-blocking socket, the caller's to close, or why there is none. Once only."""
        sweep, resolver = Sweep(self._shared.clock, self._shared.poller.loop), Resolver()
        sweep.add(self)
        try:
            if self._route.target.is_name:
                resolver.resolve(self._route, self._dial, self.attempt_failed)
            else:
                self._dial(self._route.target)
            return await self._ended
        except asyncio.CancelledError:
            self._drop_what_nobody_takes()
            raise
        finally:
            sweep.close()
            await resolver.close()

    def check_deadline(self, now_s: float) -> None:
        """End a dial that takes too long."""
        if self._reach is not None:
            self._reach.check_deadline(now_s)

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        """The target is connected and proven."""
        assert not early  # noqa: S101 - a reply is read byte by byte
        self._reach = None
        self._shared.poller.remove_reader(upstream.fileno())
        self._ended.set_result(upstream)

    def attempt_failed(self, failure: Failure) -> None:
        """There is no way to the target."""
        if self._reach is not None:
            self._reach.announce_leak(failure)
            self._reach = None
        self._ended.set_result(failure)

    def _dial(self, target: HostPort) -> None:
        self._reach = Reach(self._route, target, self, self._shared, self._room)
        self._reach.start()

    def _drop_what_nobody_takes(self) -> None:
        if self._reach is not None:
            self._reach.abort()
        if (
            self._ended.done()
            and not self._ended.cancelled()
            and isinstance(taken := self._ended.result(), socket.socket)
        ):
            taken.close()
