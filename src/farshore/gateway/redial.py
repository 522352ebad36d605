"""A second dial of the same path, beside a first one that hears nothing.

A netstack router keeps a connection that the target ended for 60 s in TIME-WAIT and ignores a new one from the same
source port, which tailscaled picks at random: under churn some dials in a hundred are never answered (executed on
tailscaled 1.102.3). A second dial comes from another port. No client byte has been sent by then.
"""

import socket

from farshore.core.clock import Clock
from farshore.core.outcome import Phase
from farshore.gateway.attempt import Attempt, Attempted
from farshore.gateway.budget import RetryBudget
from farshore.gateway.dial import PhaseTimes
from farshore.gateway.judge import Failure

REDIAL_S = 1.5
# A router that gives up on the host gives up on both dials at once; only the first one's time tells what that means.
FIRST_MAY_ANSWER_S = 0.25


class Redial:
    """Two attempts on one path: the first success wins; of two failures the first attempt's is told.

    Where there is a `budget`, one of it has been taken for the second; it is given back in the end.
    """

    def __init__(
        self, first: Attempt, second: Attempt, attempted: Attempted, clock: Clock, budget: RetryBudget | None = None
    ) -> None:
        self._attempted = attempted
        self._budget = budget
        self._attempts = (first, second)
        self._winner = first
        self._clock = clock
        self._failure: Failure | None = None
        self._failed_at_s = 0.0

    @property
    def phase(self) -> Phase:
        """How far the first one has come."""
        return self._attempts[0].phase

    @property
    def times(self) -> PhaseTimes:
        """What each phase of the one that answered took."""
        return self._winner.times

    def silence(self, now_s: float) -> Failure:
        """What it means that nobody has answered up to now; the first one's time is the path's."""
        return self._attempts[0].silence(now_s)

    def start(self) -> None:
        """Begin the second one; the end may be told before this returns."""
        for attempt in self._attempts:
            attempt.tell(_Told(self, attempt))
        self._attempts[1].start()

    def abort(self) -> None:
        """Stop and close both; nobody is told. Idempotent."""
        self._give_back()
        for attempt in self._attempts:
            attempt.abort()

    def check_deadline(self, now_s: float) -> None:
        """End what has taken too long."""
        for attempt in self._attempts:
            attempt.check_deadline(now_s)
        if self._failure is not None and now_s - self._failed_at_s >= FIRST_MAY_ANSWER_S:
            self._decide(self._attempts[1], self._failure)

    def succeeded(self, winner: Attempt, upstream: socket.socket, early: bytes) -> None:
        """One of them has found the target."""
        self._settle(winner)
        self._attempted.attempt_succeeded(upstream, early)

    def failed(self, loser: Attempt, failure: Failure) -> None:
        """One of them has an answer, or its time is over."""
        if loser is self._attempts[0]:
            self._decide(loser, failure)
        else:
            self._failure, self._failed_at_s = failure, self._clock.monotonic_s()

    def _decide(self, loser: Attempt, failure: Failure) -> None:
        self._failure = None
        self._settle(loser)
        self._attempted.attempt_failed(failure)

    def _give_back(self) -> None:
        budget, self._budget = self._budget, None
        if budget is not None:
            budget.give_back()

    def _settle(self, decided: Attempt) -> None:
        self._give_back()
        self._winner = decided
        for attempt in self._attempts:
            if attempt is not decided:
                attempt.abort()


class _Told:
    """Says which of the two it was."""

    __slots__ = ("_attempt", "_redial")

    def __init__(self, redial: Redial, attempt: Attempt) -> None:
        self._redial = redial
        self._attempt = attempt

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        self._redial.succeeded(self._attempt, upstream, early)

    def attempt_failed(self, failure: Failure) -> None:
        self._redial.failed(self._attempt, failure)
