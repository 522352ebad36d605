"""How the target of a client is reached: one dial, a search over the paths, or one that holds the client."""

from farshore.core.address import HostPort
from farshore.core.outcome import Code, Phase
from farshore.gateway.attempt import Attempt, Attempted, Surroundings
from farshore.gateway.dial import PhaseTimes
from farshore.gateway.hold import HeldSearch, WaitingRoom
from farshore.gateway.judge import Failure
from farshore.gateway.redial import REDIAL_S, Redial
from farshore.gateway.route import Path, Route
from farshore.gateway.search import Search, leak_refused


class Reach:
    """What a route asks for, begun once for a client. `target` is the route's, with its name resolved.

    `budget` bounds what is dialled again for the route.
    """

    __slots__ = ("_attempted", "_by", "_started_s",
                 "budget", "route", "shared", "target")  # fmt: skip

    def __init__(
        self, route: Route, target: HostPort, attempted: Attempted, shared: Surroundings, room: WaitingRoom
    ) -> None:
        self.target = target
        self.route = route
        self._attempted = attempted
        self.shared = shared
        self.budget = room.budget
        self._started_s = shared.clock.monotonic_s()
        self._by: Attempt | Redial | Search | HeldSearch
        if route.hold_s:
            self._by = HeldSearch(route, target, room, attempted, shared)
        elif len(route.paths) > 1:
            self._by = Search(route, target, attempted, shared)
        else:
            only = route.paths[0]
            asked_for = only.target or target
            self._by = Attempt(only.egress, asked_for, attempted, shared, tolerate_leaks=route.allow_direct)

    @property
    def phase(self) -> Phase:
        """How far it has come."""
        return self._by.phase

    @property
    def times(self) -> PhaseTimes:
        """What each phase of the dial that answered took."""
        return self._by.times

    @property
    def path(self) -> Path:
        """The path that won, or the preferred one as long as none has."""
        return self._by.path if isinstance(self._by, Search | HeldSearch) else self.route.paths[0]

    @property
    def is_held(self) -> bool:
        """Whether no path works now, and the client waits until one does."""
        return isinstance(self._by, HeldSearch) and self._by.is_held

    def start(self, connection: int = 0) -> None:
        """Begin, for the client connection with this number; the end may be told before this returns."""
        if isinstance(self._by, Search | HeldSearch):
            self._by.start(connection)
        else:
            self._by.start()

    def abort(self) -> None:
        """Stop and close everything; nobody is told. Idempotent."""
        self._by.abort()

    def check_deadline(self, now_s: float) -> None:
        """End what has taken too long, or dial the only path once more where it has been silent for long."""
        first = self._by
        is_late = now_s - self._started_s >= REDIAL_S and not self.route.egress.half_closes
        if is_late and isinstance(first, Attempt) and self.budget.take():
            self._by = Redial(first, first.again(), self._attempted, self.shared.clock, self.budget)
            self._by.start()
        else:
            first.check_deadline(now_s)

    def announce_leak(self, failure: Failure) -> None:
        """Tell of a leak that ended a single dial; a search tells of each of its own."""
        if failure.code is Code.LEAK and isinstance(self._by, Attempt | Redial):
            self.shared.announce(leak_refused(self.route, self.path, failure))
