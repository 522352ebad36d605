"""When a route's outage begins and when it is over, so that alerts and remedies can trust it. No sockets.

It begins with the first client that is held. A path that answered ends it, but not before everybody who was held has
been served or has left: who was let go and is held again goes on with the same outage.
"""

from farshore.core.clock import Clock
from farshore.core.events import Announce, OutageEnded, OutageStarted
from farshore.gateway.judge import Failure
from farshore.gateway.sweep import Sweep

FORGOTTEN_AFTER_S = 60.0


class Outage:
    """The outages of one route, one after the other. A sufferer is whoever is held, from then on until its end."""

    def __init__(self, route: str, announce: Announce, clock: Clock, sweep: Sweep) -> None:
        self._route = route
        self._announce = announce
        self._clock = clock
        self._sweep = sweep
        self._sufferers: set[object] = set()
        self._started_s: float | None = None
        self._answered_s: float | None = None
        self._deserted_s = 0.0
        self._served = 0
        self._refused = 0

    def held(self, sufferer: object, failure: Failure) -> None:
        """One is held: no path works for it."""
        self._sufferers.add(sufferer)
        self._answered_s = None
        self._sweep.discard(self)
        if self._started_s is None:
            self._started_s = self._clock.monotonic_s()
            self._served = self._refused = 0
            self._announce(OutageStarted(route=self._route, code=failure.code, detail=failure.detail))

    def served(self, client: object) -> None:
        """A client of the route, held or not, is connected: a path works."""
        self._served += 1
        self._answered(client)

    def refused_by_target(self, client: object) -> None:
        """The target itself has refused a client: a path works."""
        self._refused += 1
        self._answered(client)

    def refused(self, client: object) -> None:
        """A client of the route, held or not, was turned away."""
        self._refused += 1
        self.left(client)

    def left(self, client: object) -> None:
        """A client is there no longer. Idempotent."""
        if client not in self._sufferers:
            return
        self._sufferers.remove(client)
        self._end_if_over()

    def close(self) -> None:
        """The gateway stops: what comes is not known."""
        self._sufferers.clear()
        self._end(self._clock.monotonic_s() if self._answered_s is None else self._answered_s)

    def check_deadline(self, now_s: float) -> None:  # noqa: ARG002 - the sweep calls only when the time is over
        """Nobody has come for a minute since the last one left."""
        self._end(self._deserted_s)

    def _answered(self, client: object) -> None:
        self._sufferers.discard(client)
        if self._answered_s is None:
            self._answered_s = self._clock.monotonic_s()
        self._end_if_over()

    def _end_if_over(self) -> None:
        if self._started_s is None or self._sufferers:
            return
        if self._answered_s is not None:
            self._end(self._answered_s)
            return
        self._deserted_s = self._clock.monotonic_s()
        self._sweep.add(self, self._deserted_s + FORGOTTEN_AFTER_S)

    def _end(self, until_s: float) -> None:
        started_s, self._started_s = self._started_s, None
        self._sweep.discard(self)
        if started_s is None:
            return
        self._announce(
            OutageEnded(
                route=self._route,
                duration_s=round(until_s - started_s, 3),
                served=self._served,
                refused=self._refused,
                proven=self._answered_s is not None,
            )
        )
