"""The search for a way to the target over all paths of a route: dials as the plan says, and the first answer wins.

The losers are closed without a byte sent. A path that was overtaken gives up its place at once, and a path that
failed while another connected has failed by itself; where all failed, the most telling failure is the answer.
"""

import math
import socket
from dataclasses import dataclass
from enum import Enum

from farshore.core.address import HostPort
from farshore.core.clock import Clock
from farshore.core.events import AttemptFailed, LeakRefused
from farshore.core.outcome import Code, Phase
from farshore.gateway.attempt import Attempt, Attempted, Surroundings
from farshore.gateway.breaker import BreakerState
from farshore.gateway.budget import RetryBudget
from farshore.gateway.dial import PhaseTimes
from farshore.gateway.judge import Failure
from farshore.gateway.order import preferred
from farshore.gateway.plan import NOBODYS_DOING, Candidate, Plan, most_telling
from farshore.gateway.redial import Redial
from farshore.gateway.route import Path, Route

# Below this a busy machine is late oftener than a dial is lost, and each second dial burdens the target.
REDIAL_AFTER_S = 0.04
# What one of a crowd that dials at once takes of a busy processor, here, in tailscaled and in the router.
CROWDED_S = 0.004


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A path that has just answered somebody: it is dialled first, and given `patience_s` before the next one is."""

    path: Path
    patience_s: float


class Search:
    """Reaches the target of a route, `target` with its name resolved, over whichever path answers.

    `dialled` are the paths that it has tried so far.
    """

    def __init__(
        self,
        route: Route,
        target: HostPort,
        attempted: Attempted,
        shared: Surroundings,
        lead: Lead | None = None,
    ) -> None:
        self._route = route
        self._target = target
        self._attempted = attempted
        self._shared = shared
        self._lead = lead
        self._running: dict[int, _Runner] = {}
        self._failed: dict[int, tuple[_Runner, Failure]] = {}
        self._cancel_hedge = _nothing
        self._over = self._has_redialled = False
        self._not_again_before_s = 0.0
        self._winner: _Runner | None = None
        self.dialled: list[Path] = []
        self._connection = 0
        now_s = shared.clock.monotonic_s()
        self._plan = Plan(_candidates(route, lead, now_s))

    @property
    def path(self) -> Path:
        """The path that won, or the preferred one as long as none has."""
        return self._route.paths[0] if self._winner is None else self._winner.path

    @property
    def phase(self) -> Phase:
        """How far it has come."""
        return next((runner.attempt.phase for runner in self._running.values()), Phase.DIAL)

    @property
    def times(self) -> PhaseTimes:
        """What each phase of the winning dial took."""
        return PhaseTimes() if self._winner is None else self._winner.attempt.times

    @property
    def has_dialled_all(self) -> bool:
        """Whether no path in its place is left to be dialled; last resorts are not waited for."""
        return not self._plan.has_another

    def start(self, connection: int = 0) -> None:
        """Begin, for the client connection with this number; the end may be told before this returns."""
        self._connection = connection
        self._go_on()

    def abort(self) -> None:
        """Stop and close everything; nobody is told. Idempotent."""
        self._over = True
        self._cancel_hedge()
        for runner in self._running.values():
            runner.attempt.abort()
            runner.end()
            runner.abandon()
        for runner, _ in self._failed.values():
            runner.abandon()
        self._running.clear()

    def check_deadline(self, now_s: float) -> None:
        """End the dials that have taken too long."""
        for runner in list(self._running.values()):
            runner.attempt.check_deadline(now_s)

    def so_far(self, now_s: float) -> Failure:
        """What it would end with now: a dial that is under way has not been answered."""
        silent = {index: (runner, runner.attempt.silence(now_s)) for index, runner in self._running.items()}
        return _sum_up(self._failed | silent)

    def succeeded(self, winner: "_Runner", upstream: socket.socket, early: bytes) -> None:
        """One dial has found the target: the others have lost."""
        now_s = self._shared.clock.monotonic_s()
        del self._running[winner.index]
        winner.end()
        for runner, failure in self._failed.values():
            if failure.code not in NOBODYS_DOING:
                runner.path.breaker.fail(runner.dial, now_s, failure.detail)
        for runner in self._running.values():
            if runner.started_s < winner.started_s:
                runner.path.breaker.trip(runner.dial, now_s, f"overtaken by {winner.path.name}")
                self._tell(runner, runner.attempt.silence(now_s))
        self._winner = winner
        winner.path.answered_s = now_s
        winner.path.dial_times.note(now_s - winner.started_s)
        winner.path.breaker.succeed(winner.dial, now_s)
        self.abort()
        self._attempted.attempt_succeeded(upstream, early)

    def failed(self, runner: "_Runner", failure: Failure) -> None:
        """One dial has failed: the next one, or the end. Whose doing it was is known when the search is over."""
        del self._running[runner.index]
        runner.end()
        self._failed[runner.index] = runner, failure
        self._tell(runner, failure)
        if failure.code is Code.LEAK:
            self._shared.announce(leak_refused(self._route, runner.path, failure))
        self._plan.failed(runner.index)
        self._go_on()

    def _tell(self, runner: "_Runner", failure: Failure) -> None:
        self._shared.announce(
            AttemptFailed(
                route=self._route.name,
                path=runner.path.name,
                egress=runner.path.egress.name,
                target=str(runner.path.target or self._target),
                code=failure.code,
                detail=failure.detail,
                took_ms=round((self._shared.clock.monotonic_s() - runner.started_s) * 1000, 3),
                connection=self._connection,
            )
        )

    def _go_on(self) -> None:
        now_s = self._shared.clock.monotonic_s()
        while not self._over and (index := self._plan.next(now_s)) is not None:
            path = self._route.paths[index]
            standing = _Standing.LED if self._lead is not None and self._lead.path is path else _standing(path)
            runner = _Runner(self, index, path, now_s, standing)
            self._running[index] = runner
            self.dialled.append(runner.path)
            runner.start(self._target, self._shared, tolerate_leaks=self._route.allow_direct)
        if self._over:
            return
        if self._plan.is_exhausted:
            self._give_up(now_s)
        elif (turn_s := min(self._plan.hedge_at_s, self._redial_at_s)) > now_s:
            self._wait(min(turn_s - now_s, REDIAL_AFTER_S) if self._is_crowded else turn_s - now_s)

    def _wait(self, delay_s: float) -> None:
        self._cancel_hedge()
        self._cancel_hedge = self._shared.poller.loop.call_later(delay_s, self._hedge).cancel

    def _hedge(self) -> None:
        """Look whether an answer is there by now, and only then dial beside it."""
        self._shared.poller.catch_up()
        silent, now_s = self._to_redial, self._shared.clock.monotonic_s()
        if silent is not None and self._redial_at_s <= now_s:
            self._has_redialled = silent.redial(self._shared.clock, self._route.tally.retries)
            self._not_again_before_s = now_s + REDIAL_AFTER_S
        self._go_on()

    @property
    def _is_crowded(self) -> bool:
        return self._to_redial is not None and self._to_redial.path.dials > 1

    @property
    def _redial_at_s(self) -> float:
        """When a path is dialled once more beside its first dial; infinity where none is to be.

        It comes nearer as others who dial the path have their answers: ask again.
        """
        silent = self._to_redial
        if silent is None:
            return math.inf
        crowd = silent.path.dials - 1
        due_s = silent.started_s + max(silent.path.dial_times.patience_s, REDIAL_AFTER_S + crowd * CROWDED_S)
        return max(due_s, self._not_again_before_s)

    @property
    def _to_redial(self) -> "_Runner | None":
        """The dial of the only path that is left in its place, or of the one that has just answered somebody.

        That is where they stood when they were dialled: a crowd that sees one path lose its place must not dial the
        other one twice. What has just answered somebody is no trial, though its breaker wants to see one answer more:
        of those who are let go together a lost dial would wait for the other path, and cost this one its place.
        """
        if self._has_redialled or (self._plan.has_another and self._lead is None):
            return None
        in_place = [runner for runner in self._running.values() if runner.standing is not _Standing.TRIED]
        return in_place[0] if len(in_place) == 1 and in_place[0].may_redial else None

    def _give_up(self, now_s: float) -> None:
        for runner, failure in self._failed.values():
            if failure.code not in NOBODYS_DOING and failure.code is not Code.TARGET_REFUSED:
                runner.path.breaker.fail(runner.dial, now_s, failure.detail)
        self.abort()
        self._attempted.attempt_failed(_sum_up(self._failed))


def leak_refused(route: Route, path: Path, failure: Failure) -> LeakRefused:
    """The event of a dial on that path which would have left, or had left, through this host's own network."""
    return LeakRefused(
        route=route.name,
        egress=path.egress.name,
        target=route.target_text,
        tell=failure.detail,
        connected=failure.leak_connected,
    )


def _candidates(route: Route, lead: Lead | None, now_s: float) -> list[Candidate]:
    candidates = preferred(route.paths, route.balance, route.tally.searches, now_s)
    route.tally.searches += 1
    if lead is None or lead.path not in route.paths:
        return candidates
    led = route.paths.index(lead.path)
    others = [candidate for candidate in candidates if candidate.index != led]
    return [Candidate(index=led, is_admitted=True, patience_s=lead.patience_s), *others]


def _sum_up(failures: "dict[int, tuple[_Runner, Failure]]") -> Failure:
    in_order = [failures[index] for index in sorted(failures)]
    code = most_telling([failure.code for _, failure in in_order])
    detail = "; ".join(f"{runner.path.name}: {failure.detail}" for runner, failure in in_order)
    leaked = any(failure.leak_connected for _, failure in in_order)
    return Failure(code=code, detail=detail, leak_connected=leaked)


def _nothing() -> None:
    """No hedge is waiting."""


class _Standing(Enum):
    """Where a path stood when it was dialled."""

    IN_PLACE = "in its place"
    LED = "has just answered somebody"
    TRIED = "out of its place, and tried"


def _standing(path: Path) -> _Standing:
    return _Standing.IN_PLACE if path.breaker.state is BreakerState.CLOSED else _Standing.TRIED


class _Runner:
    """One dial of a search."""

    __slots__ = ("_search", "attempt", "dial", "index", "path", "standing", "started_s")

    def __init__(self, search: Search, index: int, path: Path, started_s: float, standing: _Standing) -> None:
        self._search = search
        self.index = index
        self.path = path
        self.started_s = started_s
        self.dial = path.breaker.begin(started_s)
        self.standing = standing
        self.attempt: Attempt | Redial

    @property
    def may_redial(self) -> bool:
        """Whether a second dial may find what the first one misses; a path that has to prove itself gets one."""
        state = self.path.breaker.state
        stands = state is BreakerState.CLOSED or (self.standing is _Standing.LED and state is BreakerState.HALF_OPEN)
        return isinstance(self.attempt, Attempt) and stands and not self.path.egress.half_closes

    def start(self, target: HostPort, shared: Surroundings, *, tolerate_leaks: bool) -> None:
        asked_for = target if self.path.target is None else self.path.target
        self.attempt = Attempt(self.path.egress, asked_for, self, shared, tolerate_leaks=tolerate_leaks)
        self.path.connections += 1
        self.path.dials += 1
        self.attempt.start()

    def redial(self, clock: Clock, budget: RetryBudget) -> bool:
        """Dial beside the first dial; False where so much may not be dialled again now."""
        assert isinstance(self.attempt, Attempt)  # noqa: S101 - asked before
        if not budget.take():
            return False
        self.attempt = Redial(self.attempt, self.attempt.again(), self, clock, budget)
        self.attempt.start()
        return True

    def end(self) -> None:
        self.path.connections -= 1
        self.path.dials -= 1

    def abandon(self) -> None:
        self.path.breaker.abandon(self.dial)

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        self._search.succeeded(self, upstream, early)

    def attempt_failed(self, failure: Failure) -> None:
        self._search.failed(self, failure)
