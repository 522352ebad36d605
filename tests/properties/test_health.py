"""A path's health under any checks whatever: what may never be said of it."""

from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from farshore.core.events import Health
from farshore.watch.health import JITTER, HealthRules, Result, Track


class PathHealth(RuleBasedStateMachine):
    """Any results in any order, beside the plainest memory of them."""

    @initialize(fall=st.integers(1, 5), rise=st.integers(1, 5), seed=st.integers(0, 1 << 32))
    def begin(self, fall: int, rise: int, seed: int) -> None:
        self.given = HealthRules(every_s=10.0, in_doubt_s=2.0, fall=fall, rise=rise)
        self.track = Track(self.given, Random(seed))  # noqa: S311 - no secrets here
        self.seen: list[Result] = []
        self.was = Health.UNKNOWN

    @rule(result=st.sampled_from(Result), times=st.integers(1, 4))
    def check(self, result: Result, times: int) -> None:
        for _ in range(times):
            self.was = self.track.health
            self.seen.append(result)
            told = self.track.note(result)
            assert told is self.track.health
            self._follows(result)

    def _last(self, result: Result, count: int) -> bool:
        return self.seen[-count:] == [result] * count

    def _follows(self, result: Result) -> None:
        before, now = self.was, self.track.health
        if now is Health.DOWN and before is not Health.DOWN:
            assert self._last(Result.FAILED, self.given.fall)
        if self._last(Result.FAILED, self.given.fall):
            assert now is Health.DOWN
        if before is Health.DOWN and now is Health.UP:
            assert self._last(Result.ANSWERED, self.given.rise)
        if self._last(Result.ANSWERED, self.given.rise):
            assert now is Health.UP
        if now is Health.UNKNOWN and before is not Health.UNKNOWN:
            assert self._last(Result.NOTHING, self.given.fall)
        if self._last(Result.NOTHING, self.given.fall):
            assert now is Health.UNKNOWN
        if result in {Result.FAILED, Result.DOUBTFUL}:
            assert now in {Health.SUSPECT, Health.DOWN}
        if before is Health.DOWN:
            assert now is not Health.SUSPECT

    @invariant()
    def never_looks_too_often_or_too_rarely(self) -> None:
        if hasattr(self, "track"):
            delay_s = self.track.next_check_in_s()
            assert self.given.in_doubt_s * (1 - JITTER) <= delay_s <= self.given.every_s * (1 + JITTER)
            if self.track.health is Health.UP and self._last(Result.ANSWERED, 1):
                assert delay_s >= self.given.every_s * (1 - JITTER)


TestPathHealth = PathHealth.TestCase
