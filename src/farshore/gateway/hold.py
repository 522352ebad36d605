"""Holding a client while no path works: it waits, one client of its route looks again for all, and all are let go.

A client is held when its first search has failed, or has heard nothing for a second. The first one goes on, and looks
again within half a second. Who is held after it gives up its own dials and waits, and who comes while nobody has found
a path waits without a dial: two hundred dial no more than one, and no crowd of old dials arrives at the target together
when a path is back. When anybody finds a path, everybody dials that path at once, and no other for as long as the crowd
may take. What no other path and no waiting can change is told at once. There are no timers: the sweep asks each
connection in the order in which they came.

A dial that a dead router does not answer is not lost: the tailnet keeps it and delivers it when the router is back, and
the target sees it as one connection more. So who comes while others have heard nothing for half a second waits as well,
and where somebody pings the routers instead (`rest`), hardly anything is dialled until one answers (`look_over`).
"""

import math
import socket
from random import Random

from farshore.core.address import HostPort
from farshore.core.outcome import Code, Phase
from farshore.gateway.attempt import Attempted, Surroundings
from farshore.gateway.budget import Backoff, RetryBudget
from farshore.gateway.dial import PhaseTimes
from farshore.gateway.judge import Failure
from farshore.gateway.outage import Outage
from farshore.gateway.plan import most_telling
from farshore.gateway.redial import FIRST_MAY_ANSWER_S
from farshore.gateway.route import Path, Route
from farshore.gateway.search import Lead, Search

SILENCE_S = 1.0
MAX_SILENCE_S = 3.0
LOOK_S = 0.5
FIRST_LOOK_S = 0.25
LOOKS_AT_ONCE = 5
# How often is looked while pings tell that no router of the route answers: they could be wrong.
RESTING_LOOK_S = 4.0
# What nobody has answered for so long, on any path, is not asked by one more.
IN_DOUBT_S = 0.5
# A router's ARP asks for a missing host for 3 s, whoever's dial it was for, and then refuses what waits.
ECHO_S = 3.5

# Waiting changes nothing about these: the target itself said no, or nobody knows where it is.
_FINAL = frozenset({Code.TARGET_REFUSED, Code.NAME_UNKNOWN, Code.NO_DESCRIPTORS})


class WaitingRoom:
    """The held clients of one route, and its outage. `failure` is the latest that one of them was told."""

    def __init__(self, max_held: int, outage: Outage, budget: RetryBudget, random: Random) -> None:
        self.max_held = max_held
        self.outage = outage
        self.budget = budget
        self._backoff = Backoff(random, first_s=FIRST_LOOK_S, max_s=LOOK_S)
        self.failure: Failure | None = None
        self.unreachable_at_s = -math.inf
        self._waiting: dict[HeldSearch, None] = {}
        self._searching: dict[HeldSearch, None] = {}
        self._ill_since_s = math.inf
        self._ill_route: Route | None = None
        self._answered_s = -math.inf
        self._look_at_s: dict[Route, float] = {}
        self._looked_s: dict[Route, float] = {}
        self._rests_until_s: dict[Route, float] = {}
        self._release_at_s = -math.inf

    def __len__(self) -> int:
        return len(self._waiting)

    def tells(self, route: Route, now_s: float) -> Failure | None:
        """Why a newcomer need not dial: nobody has found a path since the first of those who wait began to search.

        The same where nobody waits yet, and the oldest search has heard nothing for half a second on any path.
        None where somebody was connected meanwhile: one dial's bad luck holds up nobody else. None also where the route
        was changed since: the newcomer's paths are others.
        """
        if self._waiting:
            is_ill = self._ill_route is route and self._answered_s <= self._ill_since_s
            return self.failure if is_ill else None
        oldest = next(iter(self._searching), None)
        if oldest is None or oldest.route is not route or self._answered_s >= oldest.searching_since_s:
            return None
        return oldest.doubt(now_s)

    def searches(self, held: "HeldSearch") -> None:
        """One dials for itself, until it is held or leaves."""
        self._searching[held] = None

    def enter(self, held: "HeldSearch", now_s: float, failure: Failure) -> bool:
        """Take one in, with what it has seen so far; False if there is no room."""
        if len(self._waiting) >= self.max_held:
            return False
        if not self._waiting:
            self.failure = failure
            self._ill_since_s, self._ill_route = held.searching_since_s, held.route
            self._look_at_s.clear()
            self._backoff.reset()
        if held.route not in self._look_at_s:
            self._look_at_s[held.route] = now_s + self._backoff.next_s()
            self._looked_s[held.route] = now_s
        self._searching.pop(held, None)
        self._waiting[held] = None
        self.outage.held(held, failure)
        return True

    def wants_a_look(self, now_s: float, route: Route) -> bool:
        """Whether it is time to look again: who asks first does it for all of its route, as it is or was written."""
        is_resting = now_s < self._rests_until_s.get(route, -math.inf)
        if now_s < self._look_at_s[route] or (is_resting and now_s - self._looked_s[route] < RESTING_LOOK_S):
            return False
        self._look_at_s[route] = now_s + self._backoff.next_s()
        self._looked_s[route] = now_s
        return True

    def rest(self, route: Route, until_s: float) -> None:
        """Until then somebody pings all routers of the route, and none answers: it is looked only every 4 s."""
        self._rests_until_s[route] = until_s

    def look_over(self, route: Route, path: Path) -> None:
        """The router of that path has just answered a ping: one of those who wait looks at once, there first."""
        self._rests_until_s.pop(route, None)
        first = next((held for held in self._waiting if held.route is route), None)
        if first is not None:
            first.look_over(path)

    @property
    def has_a_dial(self) -> bool:
        """Whether one of those who wait has a dial under way, for all."""
        return any(held.has_a_dial for held in self._waiting)

    def leave(self, held: "HeldSearch") -> None:
        """One waits no longer, and searches no longer. Idempotent."""
        self._waiting.pop(held, None)
        self._searching.pop(held, None)

    def release(self, now_s: float, took_s: float, path: Path | None) -> None:
        """Somebody has an answer, in so many seconds: everybody is let go and tries at once; who fails comes back.

        Not more often than is looked: a path that works for some and not for others makes nobody dial without end.
        `path` is the one that led to the target, None where the answer was a refusal.
        """
        self._answered_s = now_s
        if not self._waiting or now_s < self._release_at_s:
            return
        self._release_at_s = now_s + LOOK_S
        released, self._waiting = self._waiting, {}
        silence_s = min(max(2 * took_s, SILENCE_S), MAX_SILENCE_S)
        lead = None if path is None else Lead(path=path, patience_s=silence_s)
        for held in released:
            held.try_at_once(silence_s, lead)


class HeldSearch:
    """Searches for up to `hold_s`, again and again; otherwise like a single search."""

    def __init__(
        self, route: Route, target: HostPort, room: WaitingRoom, attempted: Attempted, shared: Surroundings
    ) -> None:
        self.route = route
        self._target = target
        self._room = room
        self._attempted = attempted
        self._shared = shared
        self._looks: list[_Look] = []
        self._winner: _Look | None = None
        self._connection = 0
        self._failure: Failure | None = None
        self._doubted: tuple[float, Failure] | None = None
        self.is_held = False
        self._over = False
        self._started_s = self.searching_since_s = shared.clock.monotonic_s()
        self._silent_at_s = self._started_s + SILENCE_S

    @property
    def path(self) -> Path:
        """The path that won, or the preferred one as long as none has."""
        return self.route.paths[0] if self._winner is None else self._winner.search.path

    @property
    def phase(self) -> Phase:
        """How far it has come."""
        return self._looks[0].search.phase if self._looks else Phase.DIAL

    @property
    def times(self) -> PhaseTimes:
        """What each phase of the winning dial took."""
        return PhaseTimes() if self._winner is None else self._winner.search.times

    @property
    def has_a_dial(self) -> bool:
        """Whether it dials."""
        return bool(self._looks)

    def doubt(self, now_s: float) -> Failure | None:
        """What it would end with where it has heard nothing on any path for so long that another need not try."""
        patience_s = max(IN_DOUBT_S, *(path.dial_times.patience_s for path in self.route.paths))
        if not self._looks or now_s - self.searching_since_s < patience_s:
            return None
        search = self._looks[0].search
        so_far = search.so_far(now_s)
        return so_far if search.has_dialled_all and so_far.code is Code.NO_ANSWER else None

    def start(self, connection: int = 0) -> None:
        """Begin, for the client connection with this number; the end may be told before this returns."""
        self._connection = connection
        told = self._room.tells(self.route, self._started_s)
        if told is None:
            self._room.searches(self)
            self._look()
            return
        self.is_held = self._room.enter(self, self._started_s, told)
        if not self.is_held:
            self._give_up(told, self._not_held(told))

    def abort(self) -> None:
        """Stop and close everything; nobody is told. Idempotent."""
        self._room.outage.left(self)
        self._close()

    def check_deadline(self, now_s: float) -> None:
        """End the dials that have taken too long, and do what it is time for."""
        for look in list(self._looks):
            look.search.check_deadline(now_s)
        if self._over:
            return
        if self._doubted is not None and now_s - self._doubted[0] >= FIRST_MAY_ANSWER_S:
            self._say_no(self._doubted[1])
        elif now_s - self._started_s >= self.route.hold_s:
            self._end_of_patience(now_s)
        elif self.is_held:
            if self._room.wants_a_look(now_s, self.route):
                self._look_again()
        elif now_s >= self._silent_at_s:
            self._has_heard_nothing(now_s)

    def try_at_once(self, silence_s: float, lead: Lead | None) -> None:
        """It is held no longer, unless it hears nothing for so long: somebody has found a path."""
        self.is_held = False
        self.searching_since_s = self._shared.clock.monotonic_s()
        self._silent_at_s = self.searching_since_s + silence_s
        self._room.searches(self)
        self._look(lead)

    def look_over(self, path: Path) -> None:
        """Look once more, beside what is under way, on that path first."""
        self._look_again(Lead(path=path, patience_s=SILENCE_S))

    def won(self, look: "_Look", upstream: socket.socket, early: bytes) -> None:
        """One of the searches has found a path."""
        self._looks.remove(look)
        self._winner = look
        self._close()
        self._room.outage.served(self)
        self._attempted.attempt_succeeded(upstream, early)
        now_s = self._shared.clock.monotonic_s()
        self._room.release(now_s, now_s - look.started_s, look.search.path)

    def lost(self, look: "_Look", failure: Failure) -> None:
        """One of the searches has failed on every path."""
        self._looks.remove(look)
        now_s = self._shared.clock.monotonic_s()
        if self._may_be_an_echo(look, failure, now_s):
            return
        self._failure = self._room.failure = failure
        # A route is missing too while a tailscaled that was gone is only just starting: then others are held already.
        if failure.code in _FINAL or (failure.code is Code.LEAK and not len(self._room)):
            self._say_no(failure)
        elif not self._looks and not self.is_held:
            self.is_held = self._room.enter(self, now_s, failure)
            if not self.is_held:
                self._give_up(failure, self._not_held(failure))

    def _may_be_an_echo(self, look: "_Look", failure: Failure, now_s: float) -> bool:
        """A router that gives up on a missing host refuses all dials at once; only the oldest one's time tells that."""
        if failure.code is Code.TARGET_UNREACHABLE:
            self._room.unreachable_at_s, self._doubted = now_s, None
        if failure.code is not Code.TARGET_REFUSED:
            return False
        if now_s - self._room.unreachable_at_s < ECHO_S:
            return True
        is_younger = any(other.started_s < look.started_s for other in self._looks)
        if is_younger:
            self._doubted = now_s, failure
        return is_younger

    def _say_no(self, failure: Failure) -> None:
        """Waiting changes nothing, for nobody."""
        self._give_up(failure, failure.detail)
        self._room.release(self._shared.clock.monotonic_s(), 0.0, None)

    def _has_heard_nothing(self, now_s: float) -> None:
        """Wait; where somebody looks already, without dials. Where one path refuses, the silent ones change nothing."""
        so_far = self._looks[0].search.so_far(now_s)
        if so_far.code is Code.TARGET_REFUSED:
            self._give_up(so_far, so_far.detail)
            return
        is_first = not self._room.has_a_dial
        self.is_held = self._room.enter(self, now_s, so_far)
        if not self.is_held:
            self._give_up(so_far, self._not_held(so_far))
        elif not is_first:
            self._failure = so_far
            self._stop_looking()

    def _not_held(self, failure: Failure) -> str:
        return f"not held beside {self._room.max_held} others; {failure.detail}"

    def _look(self, lead: Lead | None = None) -> None:
        if self._over:
            return
        look = _Look(self, self._shared.clock.monotonic_s())
        self._begin(look, lead)

    def _look_again(self, lead: Lead | None = None) -> None:
        """Search once more, beside what is under way; the second oldest search makes room, the first keeps its time."""
        if len(self._looks) >= LOOKS_AT_ONCE:
            self._make_room()
        while not self._room.budget.take():
            if len(self._looks) < 2:  # noqa: PLR2004 - the first and one to give up
                return
            self._make_room()
        self._begin(_Look(self, self._shared.clock.monotonic_s(), self._room.budget), lead)

    def _make_room(self) -> None:
        second = self._looks.pop(1)
        self._room.failure = second.search.so_far(self._shared.clock.monotonic_s())
        second.abort()

    def _begin(self, look: "_Look", lead: Lead | None) -> None:
        self._looks.append(look)
        look.search = Search(self.route, self._target, look, self._shared, lead)
        look.search.start(self._connection)

    def _close(self) -> None:
        self._over = True
        self._room.leave(self)
        self._stop_looking()

    def _stop_looking(self) -> None:
        for look in self._looks:
            look.abort()
        self._looks.clear()

    def _end_of_patience(self, now_s: float) -> None:
        own = [] if self._failure is None else [self._failure]
        own += [look.search.so_far(now_s) for look in self._looks]
        told = own if self._room.failure is None else [*own, self._room.failure]
        code = most_telling([failure.code for failure in told])
        failure = next(failure for failure in told if failure.code is code)
        self._give_up(failure, f"held for {now_s - self._started_s:.1f} s; {failure.detail}")

    def _give_up(self, failure: Failure, detail: str) -> None:
        self._close()
        if failure.code is Code.TARGET_REFUSED:
            self._room.outage.refused_by_target(self)
        else:
            self._room.outage.refused(self)
        self._attempted.attempt_failed(Failure(code=failure.code, detail=detail, leak_connected=failure.leak_connected))


class _Look:
    """One search of a held one."""

    __slots__ = ("_budget", "_held", "search", "started_s")

    def __init__(self, held: HeldSearch, started_s: float, budget: RetryBudget | None = None) -> None:
        self._held = held
        self._budget = budget
        self.started_s = started_s
        self.search: Search

    def abort(self) -> None:
        self.search.abort()
        self._give_back()

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        self._give_back()
        self._held.won(self, upstream, early)

    def attempt_failed(self, failure: Failure) -> None:
        self._give_back()
        self._held.lost(self, failure)

    def _give_back(self) -> None:
        budget, self._budget = self._budget, None
        if budget is not None:
            budget.give_back()
