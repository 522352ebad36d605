from collections.abc import Callable
from random import Random
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from farshore.gateway.breaker import Breaker, BreakerRules, BreakerState

RULES = BreakerRules()
MAX_JITTER = 1.25


def breaker() -> Breaker:
    return Breaker(Random(7))  # noqa: S311 - no secret


def opened(at_s: float = 0.0) -> Breaker:
    made = breaker()
    made.trip(made.begin(at_s), at_s)
    return made


def state_of(made: Breaker) -> BreakerState:
    """Read anew each time: what it was says nothing about what it is."""
    return made.state


def wait_of(opened: Breaker, since_s: float) -> float:
    """How long after `since_s` the path is admitted again, to the tenth of a second above."""
    return next(tenths / 10 for tenths in range(1, 1000) if opened.admits(since_s + tenths / 10))


def test_five_failures_in_a_row_open_it_and_a_success_between_them_does_not() -> None:
    made = breaker()
    for _ in range(4):
        made.fail(made.begin(0), 0)
    made.succeed(made.begin(0), 0)
    for _ in range(4):
        made.fail(made.begin(0), 0)
    assert state_of(made) is BreakerState.CLOSED
    made.fail(made.begin(0), 0)
    assert state_of(made) is BreakerState.OPEN
    assert not made.admits(0)


def test_half_of_twenty_dials_open_it_and_half_of_eighteen_do_not() -> None:
    made = breaker()
    for _ in range(9):
        made.succeed(made.begin(0), 0)
        made.fail(made.begin(0), 0)
    assert state_of(made) is BreakerState.CLOSED
    made.succeed(made.begin(0), 0)
    made.fail(made.begin(0), 0)
    assert state_of(made) is BreakerState.OPEN


def test_failures_that_are_long_past_do_not_count() -> None:
    made = breaker()
    for _ in range(9):
        made.fail(made.begin(0), 0)
        made.succeed(made.begin(0), 0)
    for _ in range(18):
        made.succeed(made.begin(RULES.window_s + 1), RULES.window_s + 1)
    made.fail(made.begin(RULES.window_s + 1), RULES.window_s + 1)
    made.fail(made.begin(RULES.window_s + 1), RULES.window_s + 1)
    assert state_of(made) is BreakerState.CLOSED


def test_an_overtaken_dial_opens_it_at_once_for_five_seconds_and_some() -> None:
    made = opened()
    assert state_of(made) is BreakerState.OPEN
    assert not made.admits(RULES.open_s - 0.1)
    assert made.admits(RULES.open_s * MAX_JITTER)


def test_each_failed_probe_doubles_the_wait_up_to_a_minute() -> None:
    made, now_s, waits = opened(), 0.0, [0.0]
    for _ in range(6):
        waits.append(wait_of(made, now_s))
        now_s += waits[-1]
        made.fail(made.begin(now_s), now_s)
    expected = [5, 10, 20, 40, 60, 60]
    for wait_s, least_s in zip(waits[1:], expected, strict=True):
        assert least_s <= wait_s <= least_s * MAX_JITTER + 0.1


def test_two_probes_that_succeed_close_it_and_after_some_calm_the_next_wait_is_short_again() -> None:
    made, now_s = opened(), 0.0
    for _ in range(2):
        now_s += wait_of(made, now_s)
        made.fail(made.begin(now_s), now_s)
    now_s += wait_of(made, now_s)
    made.succeed(made.begin(now_s), now_s)
    assert state_of(made) is BreakerState.HALF_OPEN
    made.succeed(made.begin(now_s), now_s)
    assert state_of(made) is BreakerState.CLOSED
    now_s += RULES.calm_s
    made.trip(made.begin(now_s), now_s)
    assert wait_of(made, now_s) <= RULES.open_s * MAX_JITTER + 0.1


def test_a_path_that_flaps_waits_twice_as_long_each_time_although_each_probe_succeeds() -> None:
    made, now_s, waits = opened(), 0.0, [0.0]
    for _ in range(6):
        waits.append(wait_of(made, now_s))
        now_s += waits[-1]
        for _ in range(RULES.successes_to_close):
            made.succeed(made.begin(now_s), now_s)
        assert state_of(made) is BreakerState.CLOSED
        now_s += RULES.calm_s - 0.1
        made.trip(made.begin(now_s), now_s)
    expected = [5, 10, 20, 40, 60, 60]
    for wait_s, least_s in zip(waits[1:], expected, strict=True):
        assert least_s <= wait_s <= least_s * MAX_JITTER + 0.1


def test_one_probe_at_a_time_and_the_next_once_it_was_given_up() -> None:
    made = opened()
    probe = made.begin(10)
    assert state_of(made) is BreakerState.HALF_OPEN
    assert not made.admits(10)
    made.abandon(probe)
    assert made.admits(10)


def test_dials_from_before_end_without_a_word_on_the_probe() -> None:
    made = breaker()
    old = [made.begin(0) for _ in range(4)]
    made.trip(old[0], 0)
    made.begin(10)
    made.abandon(old[1])
    assert not made.admits(10)
    made.fail(old[2], 10)
    made.trip(old[3], 10)
    assert state_of(made) is BreakerState.HALF_OPEN
    assert not made.admits(10)


def test_a_dial_that_is_overtaken_while_it_is_open_does_not_extend_the_wait() -> None:
    made = breaker()
    first, second, third = (made.begin(0) for _ in range(3))
    made.trip(first, 0)
    wait_s = wait_of(made, 0)
    made.trip(second, wait_s - 0.2)
    made.fail(third, wait_s)
    assert made.admits(wait_s)


def test_a_last_resort_that_succeeds_is_the_first_success() -> None:
    made = opened()
    made.succeed(made.begin(1), 1)
    assert state_of(made) is BreakerState.HALF_OPEN
    made.succeed(made.begin(1), 1)
    assert state_of(made) is BreakerState.CLOSED


def lost(made: Breaker, now_s: float = 0.0) -> None:
    made.succeed(made.begin(now_s), now_s)
    made.lose(now_s, "closed before the target had spoken")


def test_a_connection_that_dies_before_the_target_speaks_is_a_failure_and_no_success() -> None:
    made = breaker()
    for _ in range(RULES.consecutive - 1):
        lost(made)
    assert state_of(made) is BreakerState.CLOSED
    lost(made)
    assert state_of(made) is BreakerState.OPEN


def test_connections_that_die_together_are_a_row_as_well() -> None:
    made = breaker()
    for dial in [made.begin(0) for _ in range(RULES.consecutive)]:
        made.succeed(dial, 0)
    for _ in range(RULES.consecutive - 1):
        made.lose(0, "closed")
    assert state_of(made) is BreakerState.CLOSED
    made.lose(0, "closed")
    assert state_of(made) is BreakerState.OPEN


def test_one_that_lives_ends_the_row_of_those_that_die_and_half_of_them_are_still_too_many() -> None:
    made = breaker()
    for _ in range(RULES.share_of_at_least // 2 - 1):
        lost(made)
        made.succeed(made.begin(0), 0)
    assert state_of(made) is BreakerState.CLOSED
    made.succeed(made.begin(0), 0)
    lost(made)
    assert state_of(made) is BreakerState.OPEN


def test_a_path_that_is_tried_again_and_loses_the_connection_waits_longer() -> None:
    made = opened()
    now_s = wait_of(made, 0)
    lost(made, now_s)
    assert state_of(made) is BreakerState.OPEN
    assert RULES.open_s * 2 <= wait_of(made, now_s) <= RULES.open_s * 2 * MAX_JITTER + 0.1


class Machine(RuleBasedStateMachine):
    """Any dials at any times, ended in any order; the model keeps what a person could know from outside."""

    dials: ClassVar[Bundle[int]] = Bundle("dials")

    def __init__(self) -> None:
        super().__init__()
        self.breaker = breaker()
        self.now_s = 0.0
        self.probes: set[int] = set()
        self.opened_at_s = 0.0
        self.bound_s = RULES.open_s
        self.closed_at_s = -RULES.calm_s

    @rule(seconds=st.sampled_from([0.0, 0.5, 4.0, 6.5, 31.0, 80.0]))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(target=dials)
    def dial(self) -> int:
        """As a search does: in its place where the breaker admits it, and as a last resort where it does not."""
        tries_again = self.breaker.admits(self.now_s) and state_of(self.breaker) is not BreakerState.CLOSED
        dial = self.breaker.begin(self.now_s)
        if tries_again:
            assert not self.probes
            self.probes.add(dial)
        return dial

    @rule(dial=consumes(dials))
    def succeeds(self, dial: int) -> None:
        before = self.breaker.state
        self.breaker.succeed(dial, self.now_s)
        self._ended(dial)
        assert state_of(self.breaker) is not BreakerState.OPEN
        if state_of(self.breaker) is BreakerState.CLOSED:
            assert before is not BreakerState.OPEN
            self.probes.clear()
            if before is not BreakerState.CLOSED:
                self.closed_at_s = self.now_s

    @rule(dial=consumes(dials))
    def fails(self, dial: int) -> None:
        self._ends_badly(dial, self.breaker.fail)

    @rule(dial=consumes(dials))
    def is_overtaken(self, dial: int) -> None:
        was_closed = state_of(self.breaker) is BreakerState.CLOSED
        self._ends_badly(dial, self.breaker.trip)
        assert not was_closed or state_of(self.breaker) is BreakerState.OPEN

    @rule()
    def loses_one_that_had_succeeded(self) -> None:
        """Told without a number, and no more than another dial that fails now."""
        dial = -1
        if self.breaker.admits(self.now_s) and state_of(self.breaker) is not BreakerState.CLOSED:
            self.probes.add(dial)
        self._ends_badly(dial, lambda _, now_s: self.breaker.lose(now_s, "it was lost"))

    @rule(dial=consumes(dials))
    def is_given_up(self, dial: int) -> None:
        before = self.breaker.state
        self.breaker.abandon(dial)
        self._ended(dial)
        assert state_of(self.breaker) is before

    @precondition(lambda self: state_of(self.breaker) is BreakerState.CLOSED)
    @rule(dial=dials)
    def is_admitted_while_closed(self, dial: int) -> None:
        assert dial not in self.probes
        assert self.breaker.admits(self.now_s)

    @invariant()
    def nothing_is_forbidden_for_ever(self) -> None:
        later_s = self.opened_at_s + RULES.max_open_s * MAX_JITTER
        assert self.breaker.admits(max(later_s, self.now_s)) or self.probes

    @invariant()
    def an_open_one_waits_at_least_its_time_and_at_most_a_quarter_more(self) -> None:
        if state_of(self.breaker) is BreakerState.OPEN:
            assert not self.breaker.admits(self.opened_at_s + self.bound_s - 0.01)
            assert self.breaker.admits(self.opened_at_s + self.bound_s * MAX_JITTER)

    def _ends_badly(self, dial: int, tell: Callable[[int, float], None]) -> None:
        before, was_probe = self.breaker.state, dial in self.probes
        tell(dial, self.now_s)
        self._ended(dial)
        has_opened = before is BreakerState.CLOSED and state_of(self.breaker) is BreakerState.OPEN
        if was_probe or (has_opened and self.now_s - self.closed_at_s < RULES.calm_s):
            self.bound_s = min(self.bound_s * 2, RULES.max_open_s)
        elif has_opened:
            self.bound_s = RULES.open_s
        if was_probe or has_opened:
            assert state_of(self.breaker) is BreakerState.OPEN
            self.opened_at_s = self.now_s
        else:
            assert state_of(self.breaker) is before

    def _ended(self, dial: int) -> None:
        self.probes.discard(dial)


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_every_change_is_told_once_with_what_it_was_and_why() -> None:
    told: list[tuple[str, str, str]] = []
    made = Breaker(Random(7), changed=lambda state, was, why: told.append((was.value, state.value, why)))  # noqa: S311 - no secret
    for _ in range(RULES.consecutive):
        made.fail(made.begin(0), 0, "no route to host")
    made.fail(made.begin(0), 0, "no route to host")
    for now_s in (60.0, 61.0):
        made.succeed(made.begin(now_s), now_s)
    assert told == [
        ("closed", "open", "5 failures in a row, the last: no route to host"),
        ("open", "half-open", "it has waited its time: one client tries it"),
        ("half-open", "closed", "2 dials in a row succeeded"),
    ]
