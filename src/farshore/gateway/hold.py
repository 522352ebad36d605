"""Holding a client while no path works: it waits, one client of its route looks again for all, and all are let go.

A client is held when its first search has failed, or has heard nothing for a second. The one that has waited longest
looks again twice a second, beside the dials that are still under way; when it finds a path, everybody tries at once.
So two hundred waiting clients dial no more than one. What no other path and no waiting can change is told at once.
"""

import socket

from farshore.core.address import HostPort
from farshore.core.outcome import Code, Phase
from farshore.gateway.attempt import Attempted, Surroundings
from farshore.gateway.dial import PhaseTimes
from farshore.gateway.judge import Failure, no_answer
from farshore.gateway.route import Path, Route
from farshore.gateway.search import Search

SILENCE_S = 1.0
LOOK_S = 0.5
LOOKS_AT_ONCE = 5

# Waiting changes nothing about these: the target itself said no, or nobody knows where it is.
_FINAL = frozenset({Code.TARGET_REFUSED, Code.LEAK, Code.NAME_UNKNOWN, Code.NO_DESCRIPTORS, Code.OWNER_UNCONFIRMED})


class WaitingRoom:
    """The held clients of one route, the longest waiting first."""

    def __init__(self, max_held: int) -> None:
        self._max_held = max_held
        self._waiting: dict[HeldSearch, None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def leads(self, held: "HeldSearch") -> bool:
        """Whether this one looks for all."""
        return next(iter(self._waiting), None) is held

    def enter(self, held: "HeldSearch") -> bool:
        """Take one in; False if there is no room."""
        if len(self._waiting) >= self._max_held:
            return False
        self._waiting[held] = None
        return True

    def leave(self, held: "HeldSearch") -> None:
        """One is let go, or has left; the next one leads. Idempotent."""
        led = self.leads(held)
        self._waiting.pop(held, None)
        leader = next(iter(self._waiting), None)
        if led and leader is not None:
            leader.lead()

    def release(self) -> None:
        """A path works again: everybody is let go and tries at once; who fails comes back."""
        released, self._waiting = self._waiting, {}
        for held in released:
            held.try_at_once()


class HeldSearch:
    """Searches for up to `hold_s`, again and again; otherwise like a single search."""

    def __init__(
        self, route: Route, target: HostPort, room: WaitingRoom, attempted: Attempted, shared: Surroundings
    ) -> None:
        self._route = route
        self._target = target
        self._room = room
        self._attempted = attempted
        self._shared = shared
        self._looks: list[_Look] = []
        self._winner: _Look | None = None
        self._failure: Failure | None = None
        self._is_held = False
        self._over = False
        self._started_s = shared.clock.monotonic_s()
        self._cancel_silence = _nothing
        self._cancel_look = _nothing
        self._cancel_limit = _nothing

    @property
    def path(self) -> Path:
        """The path that won, or the preferred one as long as none has."""
        return self._route.paths[0] if self._winner is None else self._winner.search.path

    @property
    def phase(self) -> Phase:
        """How far it has come."""
        return self._looks[0].search.phase if self._looks else Phase.DIAL

    @property
    def times(self) -> PhaseTimes:
        """What each phase of the winning dial took."""
        return PhaseTimes() if self._winner is None else self._winner.search.times

    def start(self) -> None:
        """Begin; the end may be told before this returns."""
        loop = self._shared.poller.loop
        self._cancel_limit = loop.call_later(self._route.hold_s, self._end_of_patience).cancel
        self._cancel_silence = loop.call_later(SILENCE_S, self._wait).cancel
        self.look()

    def abort(self) -> None:
        """Stop and close everything; nobody is told. Idempotent."""
        self._over = True
        for cancel in (self._cancel_limit, self._cancel_silence, self._cancel_look):
            cancel()
        for look in self._looks:
            look.search.abort()
        self._looks.clear()
        self._room.leave(self)

    def check_deadline(self, now_s: float) -> None:
        """End the dials that have taken too long."""
        for look in list(self._looks):
            look.search.check_deadline(now_s)

    def look(self) -> None:
        """Search once more, beside what is under way; the second oldest search makes room, the first keeps its time."""
        if self._over:
            return
        if len(self._looks) >= LOOKS_AT_ONCE:
            self._looks.pop(1).search.abort()
        look = _Look(self)
        self._looks.append(look)
        look.search = Search(self._route, self._target, look, self._shared)
        look.search.start()

    def try_at_once(self) -> None:
        """It is held no longer: somebody has found a path."""
        self._is_held = False
        self._cancel_look()
        self.look()

    def lead(self) -> None:
        """Look again and again, for everybody who waits."""
        if not self._over:
            self._cancel_look()
            self._cancel_look = self._shared.poller.loop.call_later(LOOK_S, self._look_again).cancel

    def won(self, look: "_Look", upstream: socket.socket, early: bytes) -> None:
        """One of the searches has found a path."""
        self._looks.remove(look)
        self._winner = look
        if self._is_held:
            self._room.leave(self)
            self._room.release()
        self.abort()
        self._attempted.attempt_succeeded(upstream, early)

    def lost(self, look: "_Look", failure: Failure) -> None:
        """One of the searches has failed on every path."""
        self._looks.remove(look)
        self._failure = failure
        if failure.code in _FINAL:
            self._give_up(failure)
        elif not self._looks and not self._is_held:
            self._wait()

    def _wait(self) -> None:
        if self._is_held or self._over:
            return
        self._is_held = self._room.enter(self)
        if not self._is_held:
            if not self._looks and self._failure is not None:
                self._give_up(self._failure)
        elif self._room.leads(self):
            self.lead()

    def _look_again(self) -> None:
        self.lead()
        self.look()

    def _end_of_patience(self) -> None:
        waited_s = self._shared.clock.monotonic_s() - self._started_s
        failure = self._failure or no_answer(Code.NO_ANSWER, waited_s)
        held = f"held for {waited_s:.1f} s; {failure.detail}"
        self._give_up(Failure(code=failure.code, detail=held, leak_connected=failure.leak_connected))

    def _give_up(self, failure: Failure) -> None:
        self.abort()
        self._attempted.attempt_failed(failure)


class _Look:
    """One search of a held one."""

    __slots__ = ("_held", "search")

    def __init__(self, held: HeldSearch) -> None:
        self._held = held
        self.search: Search

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        self._held.won(self, upstream, early)

    def attempt_failed(self, failure: Failure) -> None:
        self._held.lost(self, failure)


def _nothing() -> None:
    """No timer is set."""
