"""What is to be done about the child tailscaled, given what was seen of it. No I/O; time and chance are parameters.

One life of the child: started, answering, logged in, in the tailnet, with routes; then ended by whatever cause, and
after a pause the next one. `NEXT` is the whole of it.
"""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from farshore.core.clock import Clock
from farshore.tailnet.status import RUNNING

MAX_NAMED = 5


class Phase(StrEnum):
    """Where the child stands."""

    STARTING = "starting"
    LOGGING_IN = "logging-in"
    NEEDS_LOGIN = "needs-login"
    CONNECTING = "connecting"
    WAITING_FOR_ROUTES = "waiting-for-routes"
    RUNNING = "running"
    BACKING_OFF = "backing-off"
    GIVEN_UP = "given-up"
    STOPPED = "stopped"


_ENDINGS = frozenset({Phase.BACKING_OFF, Phase.GIVEN_UP, Phase.STOPPED})
_IN_THE_TAILNET = frozenset({Phase.WAITING_FOR_ROUTES, Phase.RUNNING})
_ALIVE = frozenset({Phase.LOGGING_IN, Phase.NEEDS_LOGIN, Phase.CONNECTING, *_IN_THE_TAILNET})

NEXT: dict[Phase, frozenset[Phase]] = {
    Phase.STARTING: _ALIVE | _ENDINGS,
    Phase.LOGGING_IN: _ALIVE | _ENDINGS,
    Phase.NEEDS_LOGIN: _ALIVE | _ENDINGS,
    Phase.CONNECTING: _ALIVE | _ENDINGS,
    Phase.WAITING_FOR_ROUTES: _ALIVE | _ENDINGS,
    Phase.RUNNING: _ALIVE | _ENDINGS,
    Phase.BACKING_OFF: frozenset({Phase.STARTING, Phase.STOPPED}),
    Phase.GIVEN_UP: frozenset({Phase.STOPPED}),
    Phase.STOPPED: frozenset(),
}


class Step(StrEnum):
    """What the child's keeper has to do now."""

    NOTHING = "nothing"
    LOG_IN = "log-in"
    KILL = "kill"
    GIVE_UP = "give-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Bounds. Seconds; `lives` is how many in a row may come to nothing."""

    lives: int = 8
    routes_s: float = 30.0
    first_answer_s: float = 30.0
    unanswered: int = 3
    refusal_s: float = 1.0
    steady_s: float = 60.0
    first_pause_s: float = 0.25
    longest_pause_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One answer of the child's LocalAPI. `missing` are the targets without an owner, in words.

    `login_url` is where a person may log it in, `refusal` why the control server did not take the key, `trouble` what
    else keeps it out of the tailnet.
    """

    backend_state: str
    trouble: str = ""
    login_url: str = ""
    refusal: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the child stands, and why or what it waits for, in words."""

    phase: Phase
    reason: str


@dataclass(slots=True, kw_only=True)
class _Life:
    started_s: float
    answered: bool = False
    unanswered: int = 0
    hung: str | None = None
    login_asked_s: float | None = None
    running_since_s: float | None = None


class Machine:
    """Remembers one child over all its lives."""

    def __init__(self, policy: Policy, clock: Clock, random: Random) -> None:
        self._policy = policy
        self._clock = clock
        self._random = random
        self.standing = Standing(phase=Phase.BACKING_OFF, reason="tailscaled has not been started yet")
        self.starts = 0
        self._fruitless = 0
        self._life = _Life(started_s=clock.monotonic_s())

    def started(self) -> None:
        """A new life has begun."""
        self.starts += 1
        self._life = _Life(started_s=self._clock.monotonic_s())
        self._to(Phase.STARTING, "tailscaled is starting")

    def seen(self, sight: Sight) -> Step:
        """The child has answered."""
        self._life.answered = True
        self._life.unanswered = 0
        if sight.backend_state == RUNNING:
            self._in_the_tailnet(sight)
            return Step.NOTHING
        self._life.running_since_s = None
        if sight.backend_state == "NeedsLogin":
            return self._needs_login(sight)
        if sight.backend_state == "NeedsMachineAuth":
            self._to(Phase.NEEDS_LOGIN, "the tailnet's administrator has to approve this machine")
        elif sight.backend_state == "Stopped":
            self._to(Phase.CONNECTING, "tailscaled was told to stay out of the tailnet (`tailscale up` undoes it)")
        else:
            self._to(Phase.CONNECTING, _because("tailscaled is not in the tailnet yet", sight.trouble))
        return Step.NOTHING

    def waits_for_key(self, why: str) -> None:
        """No key could be had yet; it will be asked for again."""
        self._to(Phase.LOGGING_IN, why)

    def login_asked(self, *, with_key: str | None) -> None:
        """The child was asked to log in: with the key of that source, or else by a person."""
        self._life.login_asked_s = self._clock.monotonic_s()
        reason = f"logging in with the key in {with_key}" if with_key else "logging in"
        self._to(Phase.LOGGING_IN, reason)

    def unanswered(self, detail: str) -> Step:
        """The child did not answer in time, or not sensibly."""
        now_s = self._clock.monotonic_s()
        self._life.unanswered += 1
        if self._life.answered:
            hangs = self._life.unanswered >= self._policy.unanswered
        else:
            hangs = now_s - self._life.started_s >= self._policy.first_answer_s
        if not hangs:
            return Step.NOTHING
        self._life.hung = f"tailscaled does not answer ({detail})"
        return Step.KILL

    def ended(self, how: str) -> float | None:
        """The child is gone: seconds to wait before the next life, None to give up."""
        now_s = self._clock.monotonic_s()
        how = self._life.hung or how
        if self._life.running_since_s is not None and now_s - self._life.running_since_s >= self._policy.steady_s:
            self._fruitless = 0
        self._fruitless += 1
        if self._fruitless >= self._policy.lives:
            self._to(Phase.GIVEN_UP, f"{how}; {self._fruitless} starts in a row came to nothing")
            return None
        self._to(Phase.BACKING_OFF, how)
        longest_s = min(self._policy.first_pause_s * 2.0 ** (self._fruitless - 1), self._policy.longest_pause_s)
        return longest_s * self._random.uniform(0.5, 1.0)

    def restarted(self, why: str) -> None:
        """The child was ended on purpose, and the next life begins at once; that is nobody's failure."""
        self._to(Phase.BACKING_OFF, why)

    def refused(self, why: str) -> Step:
        """It cannot be logged in, and trying again would not help."""
        self._to(Phase.GIVEN_UP, why)
        return Step.GIVE_UP

    def stopped(self) -> None:
        """Farshore itself ends."""
        self._to(Phase.STOPPED, "stopped")

    def _needs_login(self, sight: Sight) -> Step:
        if self._life.login_asked_s is None:
            return Step.LOG_IN
        # What stands there in the first moment may be the answer to an earlier attempt.
        if sight.refusal and self._clock.monotonic_s() - self._life.login_asked_s >= self._policy.refusal_s:
            return self.refused(sight.refusal)
        if sight.login_url:
            self._to(Phase.NEEDS_LOGIN, f"somebody has to open {sight.login_url}")
        elif sight.trouble and not sight.refusal:
            self._to(Phase.LOGGING_IN, _because("tailscaled is not logged in yet", sight.trouble))
        return Step.NOTHING

    def _in_the_tailnet(self, sight: Sight) -> None:
        now_s = self._clock.monotonic_s()
        self._life.login_asked_s = None
        if self._life.running_since_s is None:
            self._life.running_since_s = now_s
        waits = sight.missing and now_s - self._life.running_since_s < self._policy.routes_s
        if self.standing.phase is Phase.RUNNING or not waits:
            reason = (
                f"in the tailnet, without a route to {_named(sight.missing)}" if sight.missing else "in the tailnet"
            )
            self._to(Phase.RUNNING, reason)
        else:
            self._to(Phase.WAITING_FOR_ROUTES, f"in the tailnet, and waits for a route to {_named(sight.missing)}")

    def _to(self, phase: Phase, reason: str) -> None:
        current = self.standing.phase
        if phase is not current and phase not in NEXT[current]:
            msg = f"a child that is {current} cannot become {phase}"
            raise AssertionError(msg)
        self.standing = Standing(phase=phase, reason=reason)


def _because(what: str, trouble: str) -> str:
    return f"{what}: {trouble}" if trouble else what


def _named(targets: tuple[str, ...]) -> str:
    more = len(targets) - MAX_NAMED
    return ", ".join(targets[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
