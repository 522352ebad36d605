"""One client connection, from accept to its outcome.

It holds what the client sends while the target is dialled, joins the two when the dial is proven, and ends both on
purpose. Every ending passes through `end`, once.
"""

import socket

from farshore.config import model
from farshore.core.address import HostPort
from farshore.core.outcome import MEANINGS, ClientEnd, Code, Phase
from farshore.gateway.account import account
from farshore.gateway.closing import finish_sending, reset
from farshore.gateway.dial import PhaseTimes
from farshore.gateway.first_flight import LOOK_S, MAX_BYTES, FirstFlight, expects_an_answer, is_kept
from farshore.gateway.household import Household
from farshore.gateway.identity import ENDS_OF_A_MISTAKE, mistaken_for
from farshore.gateway.judge import Failure
from farshore.gateway.peer import Peer
from farshore.gateway.plan import most_telling
from farshore.gateway.pump import Pump
from farshore.gateway.quiet import Quiet
from farshore.gateway.reach import Reach
from farshore.gateway.relay import directions
from farshore.gateway.route import Path, Route
from farshore.gateway.search import Search

# How long a client that has closed after its last reply may still be owed something.
QUIET_AFTER_REPLY_S = 0.25
# How long the port of a killed process may outlive its connections: the kernel closes what was opened last first.
DEATH_S = 0.05


class Session:
    """A client, its route, and whatever stands between them at the moment."""

    __slots__ = ("_client_finished", "_down", "_early", "_flight", "_house", "_joined_s", "_mistaken", "_owed_a_reply",
                 "_path", "_quiet", "_reach", "_started_s", "_up", "_upstream", "client", "first_byte_ms",
                 "last_spoke", "number", "over", "peer", "reached_ms", "route", "started_at_s", "times")  # fmt: skip

    def __init__(self, number: int, client: socket.socket, peer: Peer, route: Route, house: Household) -> None:
        self.number = number
        self.client = client
        self.peer = peer
        self.route = route
        self.over = False
        self.last_spoke: Pump | None = None
        self._house = house
        self._started_s = self._joined_s = house.clock.monotonic_s()
        self.started_at_s = round(house.clock.wall_s(), 3)
        self._early = b""
        self._reach: Reach | None = None
        self._flight: FirstFlight | None = None
        self._path: Path = route.paths[0]
        self.times = PhaseTimes()
        self.first_byte_ms: float | None = None
        self.reached_ms: float | None = None
        self._upstream: socket.socket | None = None
        self._up: Pump | None = None
        self._down: Pump | None = None
        self._client_finished = False
        self._owed_a_reply = False
        self._mistaken = ""
        self._quiet = Quiet(self._started_s)

    @property
    def phase(self) -> Phase:
        """How far the connection has come."""
        if self._down is not None:
            return Phase.TRANSFER if self._down.total_bytes else Phase.FIRST_BYTE
        return Phase.ACCEPT if self._reach is None else self._reach.phase

    @property
    def is_joined(self) -> bool:
        """Whether client and target are connected with each other."""
        return self._down is not None

    @property
    def path(self) -> Path:
        """The path that carries it, or the preferred one as long as none does."""
        return self._path

    @property
    def awaits_answer(self) -> bool:
        """Whether it is the target's turn to speak: the client spoke last, or the target has yet to greet."""
        if self.last_spoke is None:
            return self.route.target_speaks_first
        return self.last_spoke is self._up

    @property
    def age_s(self) -> float:
        """Seconds since it was accepted."""
        return self._house.clock.monotonic_s() - self._started_s

    @property
    def client_bytes(self) -> int:
        """Bytes taken from the client."""
        return len(self._early) if self._up is None else self._up.total_bytes

    @property
    def upstream_bytes(self) -> int:
        """Bytes taken from the target."""
        return 0 if self._down is None else self._down.total_bytes

    def holds(self, fd: int) -> bool:
        """Whether the descriptor is the client's, or that of the connection it has been joined with."""
        return fd == self.client.fileno() or (self._upstream is not None and fd == self._upstream.fileno())

    def start(self) -> None:
        """Take in what the client says, and reach for the target."""
        house = self._house
        house.poller.add_reader(self.client.fileno(), self._on_early)
        house.sweep.add(self)
        if self.route.target.is_name:
            house.resolver.resolve(self.route, self._dial, self.attempt_failed)
        else:
            self._dial(self.route.target)

    def check_deadline(self, now_s: float) -> None:
        """End a dial that takes too long, or a half-closed connection that nobody finishes."""
        if self._reach is not None:
            if self._client_finished and self._reach.is_held and expects_an_answer(self.route, self._early):
                self.end(Code.CLIENT_GONE_EARLY, "closed while it was held, and its first message does nothing alone")
            else:
                self._reach.check_deadline(now_s)
        elif self._flight is not None:
            self._house.sweep.add(self, now_s + LOOK_S)
            self._flight.check_deadline(now_s)
        elif self._down is not None:
            self._check_quiet(self._down, now_s)

    def check_idle(self, now_s: float) -> None:
        """End a connection that has not carried a byte for too long; give idle pipes back."""
        if self._up is None or self._down is None or self._client_finished:
            return
        quiet_s = self._quiet.for_s(self._progress, now_s)
        if quiet_s is None:
            return
        self._up.demote()
        self._down.demote()
        if quiet_s >= self._house.timeouts.idle_s:
            self.end(Code.IDLE, f"no byte for {quiet_s:.0f} s")

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        """The target is connected and proven: join it with the client."""
        house, reach = self._house, self._reach
        path = self._path
        if reach is not None:
            self.times, path = reach.times, reach.path
        self._reach = None
        house.sweep.discard(self)
        held = self._early
        self._early = held if self.route.refuse is model.Refuse.PROTOCOL and len(held) <= MAX_BYTES else b""
        up = self._join(upstream, early, path)
        if self.over:
            return
        if reach is None or early or not is_kept(self.route):
            up.start(held)
            return
        self._flight = FirstFlight(self.client, held, reach, self)
        house.sweep.add(self, self._joined_s + LOOK_S)
        self._flight.begin(path)

    def attempt_failed(self, failure: Failure) -> None:
        """There is no way to the target."""
        if self._reach is not None:
            self.times = self._reach.times
            self._reach.announce_leak(failure)
        self.end(failure.code, failure.detail, leaked_dial=failure.leak_connected)

    def first_bytes_passed(self, pump: Pump, data: bytes | memoryview) -> None:
        """Note how long the target took to speak, and whether it speaks what it should."""
        if pump is self._down:
            self._mistaken = mistaken_for(self.route, data)
            self.first_byte_ms = round((self._house.clock.monotonic_s() - self._joined_s) * 1000, 3)
            if (flight := self._forget_flight()) is not None:
                flight.answered()
            self._early = b""

    def source_finished(self, pump: Pump) -> None:
        """One side has said all it had to say."""
        if pump is self._up:
            self._client_has_finished()
        else:
            self._upstream_has_finished()

    def source_failed(self, pump: Pump, error: OSError) -> None:
        """One side was reset."""
        if pump is self._up:
            self.end(Code.CLIENT_RESET, error.strerror)
        else:
            self._end_by_upstream(Code.UPSTREAM_RESET, Code.UPSTREAM_RESET_SILENT, error.strerror)

    def sink_failed(self, pump: Pump, error: OSError) -> None:
        """One side takes no more. What the upstream had to say before is still read; it also tells how it ended."""
        if pump is self._down:
            self.end(Code.CLIENT_CLOSED if self._client_finished else Code.CLIENT_RESET, error.strerror)
        else:
            self._wait_for_upstream()

    def end(self, code: Code, detail: str | None = None, *, leaked_dial: bool = False) -> None:
        """End both connections, tell how it came, and forget everything. Idempotent."""
        if self.over:
            return
        self.over = True
        if self._mistaken and code in ENDS_OF_A_MISTAKE:
            code, detail = Code.TARGET_MISTAKEN, self._mistaken
        self._path.connections -= self.is_joined
        said = self._all_it_said()
        self._release()
        client_end = MEANINGS[code].client_end
        if self._upstream is not None:
            is_cut = client_end is ClientEnd.RST or code is Code.CLIENT_RESET
            (reset if is_cut else socket.socket.close)(self._upstream)
        if said is None or not MEANINGS[code].is_failure:
            self._house.closings.end(self.client, client_end, has_finished=self._client_finished)
        else:
            client_end = self._house.refusals.send_away(self.client, self.route, code, detail, said)
        self._house.announce(account(self, code, detail, client_end, leaked_dial=leaked_dial))
        self._house.keeper.session_ended(self, code)

    def has_said_no_more_than(self, count: int) -> bool:
        """Whether the client is still there, has said so many bytes and not one more, and has heard none."""
        return not self._client_finished and self.client_bytes == count and not self.upstream_bytes

    def fly(self, said: bytes) -> None:
        """Carry the first flight, and whatever follows it."""
        if self._up is not None:
            self._up.start(said)

    def land(self, upstream: socket.socket, early: bytes, search: Search) -> None:
        """Go on over another connection than before."""
        former = self._upstream
        self._stop()
        self._path.connections -= 1
        if former is not None:
            reset(former)
        self.times, self.last_spoke = search.times, None
        self._join(upstream, early, search.path)
        if self._flight is not None:
            self._flight.begin(search.path)

    def crash(self, lost: Failure | None, failure: Failure | None) -> None:
        """The first flight has found no other way."""
        self._forget_flight()
        if lost is None:
            return
        if failure is None or most_telling([lost.code, failure.code]) is lost.code:
            self._end_by_upstream(lost.code, lost.code, lost.detail)
        else:
            self.end(failure.code, f"{lost.detail}; {failure.detail}", leaked_dial=failure.leak_connected)

    def _all_it_said(self) -> bytes | None:
        """Everything that the client has said, if it has heard nothing, listens, and that much is known."""
        if self._client_finished or self.upstream_bytes:
            return None
        said = self._early if self._flight is None else self._flight.said
        return said if len(said) == self.client_bytes or not self.is_joined else None

    def _dial(self, target: HostPort) -> None:
        if self.over:
            return
        room = self._house.keeper.waiting_room(self.route)
        self._reach = Reach(self.route, target, self, self._house.surroundings, room)
        self._reach.start(self.number)

    def _join(self, upstream: socket.socket, early: bytes, path: Path) -> Pump:
        house = self._house
        self._joined_s = house.clock.monotonic_s()
        self.reached_ms = round((self._joined_s - self._started_s) * 1000, 3)
        self._upstream, self._path = upstream, path
        path.connections += 1
        self._up, self._down = up, down = directions(self, upstream, house)
        down.start(early)
        return up

    def _forget_flight(self) -> FirstFlight | None:
        flight, self._flight = self._flight, None
        if flight is not None:
            self._early = flight.said
            self._house.sweep.discard(self)
        return flight

    def _on_early(self) -> None:
        limit = self._house.limits.early_bytes
        try:
            data = self.client.recv(limit - len(self._early))
        except BlockingIOError:
            return
        except OSError as error:
            self.end(Code.CLIENT_GONE_EARLY, error.strerror)
            return
        self._early += data
        if not self._early:
            self.end(Code.CLIENT_GONE_EARLY, "closed before it had sent anything")
        elif not data or len(self._early) >= limit:
            self._client_finished = not data
            self._house.poller.remove_reader(self.client.fileno())

    def _client_has_finished(self) -> None:
        down, upstream = self._down, self._upstream
        if down is None or upstream is None:
            return
        self._client_finished = True
        if (flight := self._forget_flight()) is not None:
            flight.end()
        self._owed_a_reply = self.last_spoke is not down and self.client_bytes > 0
        if down.stopped or self.route.is_one_way:
            self.end(Code.UPSTREAM_CLOSED if down.stopped else Code.CLIENT_CLOSED)
            return
        if self._path.egress.half_closes:
            finish_sending(upstream)
        self._wait_for_upstream()

    def _upstream_has_finished(self) -> None:
        if self._client_finished:
            self.end(Code.CLIENT_CLOSED)
        elif self._path.egress.half_closes and self.upstream_bytes:
            finish_sending(self.client)
            self._wait_for_upstream()
        else:
            self._end_by_upstream(Code.UPSTREAM_CLOSED, Code.UPSTREAM_CLOSED_SILENT, None)

    def _end_by_upstream(self, code: Code, silent: Code, detail: str | None) -> None:
        """Tell the far side's ending from the egress's death: a killed one closes its connections before its port."""
        ending = code if self.upstream_bytes or self.route.is_one_way else silent
        if self._flight is not None and self._up is not None:
            self._up.stop()
            died = Failure(code=ending, detail=f"{self._path.name}: {detail or 'closed'} before the target had spoken")
            self._house.sweep.add(self)
            if self._flight.lost(died):
                return
        if self._client_finished:
            self.end(Code.CLIENT_CLOSED, detail)
        elif self._path.egress.way.port is None:
            self.end(ending, detail)
        elif not self._path.egress.is_alive():
            self._end_by_upstream_or_death(ending, detail)
        else:
            if self._up is not None:
                self._up.stop()
            self._house.poller.loop.call_later(DEATH_S, self._end_by_upstream_or_death, ending, detail)

    def _end_by_upstream_or_death(self, ending: Code, detail: str | None) -> None:
        if self.over:
            return
        if self._path.egress.is_alive():
            self.end(ending, detail)
        else:
            self.end(Code.EGRESS_DIED, f"nothing accepts on {self._path.egress.name}'s port any more")

    def _wait_for_upstream(self) -> None:
        """Give the far side a bounded time to end: the rest follows from what it does."""
        now_s = self._house.clock.monotonic_s()
        self._quiet.begin(self._progress, now_s)
        self._house.sweep.add(self, now_s + self._patience_s)

    @property
    def _progress(self) -> int:
        """Changes with every byte taken in, and when the client falls behind or has caught up."""
        is_behind = self._down is not None and self._down.is_held_back
        return 2 * (self.client_bytes + self.upstream_bytes) + is_behind

    @property
    def _patience_s(self) -> float:
        patience_s = self._house.timeouts.half_close_s
        is_content = self._client_finished and not self._owed_a_reply
        return min(patience_s, QUIET_AFTER_REPLY_S) if is_content else patience_s

    def _check_quiet(self, down: Pump, now_s: float) -> None:
        quiet_s = self._quiet.for_s(self._progress, now_s)
        if quiet_s is None:
            return
        if down.is_held_back:
            if quiet_s >= self._house.timeouts.idle_s:
                self.end(Code.IDLE, f"the client took no byte for {quiet_s:.0f} s")
            return
        if quiet_s < self._patience_s:
            return
        if self._client_finished:
            self.end(Code.HALF_CLOSE if self._owed_a_reply else Code.CLIENT_CLOSED)
        else:
            self._end_by_upstream(Code.UPSTREAM_CLOSED, Code.UPSTREAM_CLOSED_SILENT, "the client did not follow")

    def _release(self) -> None:
        house = self._house
        house.sweep.discard(self)
        if self._reach is not None:
            self._reach.abort()
            self._reach = None
        if (flight := self._forget_flight()) is not None:
            flight.end()
        house.poller.remove_reader(self.client.fileno())
        self._stop()

    def _stop(self) -> None:
        if self._up is not None and self._down is not None:
            self._up.stop()
            self._down.stop()
