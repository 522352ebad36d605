"""From single checks to a path's health. Decides; no I/O, no clock.

    unknown  --answered-->  up          up       --failed, doubtful-->  suspect
    unknown  --failed-->    suspect     suspect  --answered twice-->    up
    suspect  --failed, the third in a row-->  down
    down     --answered twice-->  up
    any      --nothing learned, the third in a row-->  unknown

Only what is the path's own doing counts as failed: a tailscaled that does not answer teaches nothing, and a target that
nobody reaches makes a path suspect at most. (Rise and fall are HAProxy's; the numbers are in the configuration.)
"""

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import assert_never

from farshore.core.events import Health

# A suspect path is looked at in haste for so many checks; then whoever makes it suspect is not going away by haste.
HASTY_CHECKS = 10
JITTER = 0.1


class Result(StrEnum):
    """What one check of a path has shown."""

    ANSWERED = "answered"
    FAILED = "failed"
    DOUBTFUL = "doubtful"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthRules:
    """How often to look, in seconds, and how many checks in a row it takes."""

    every_s: float = 10.0
    in_doubt_s: float = 2.0
    fall: int = 3
    rise: int = 2


class Track:
    """The health of one path, from one check to the next; other `rules` are for the checks to come."""

    __slots__ = ("_hasty", "_in_a_row", "_last", "_random", "health", "rules")

    def __init__(self, rules: HealthRules, random: Random) -> None:
        self.rules = rules
        self._random = random
        self._last: Result | None = None
        self._in_a_row = 0
        self._hasty = 0
        self.health = Health.UNKNOWN

    def note(self, result: Result) -> Health:
        """Take in what a check has shown; what the health is now."""
        self._count(result)
        before, self.health = self.health, self._after(result)
        is_settled = self.health is Health.UP or (self.health is Health.DOWN and result is not Result.ANSWERED)
        self._hasty = 0 if is_settled or self.health is not before else self._hasty + 1
        return self.health

    def first_check_in_s(self) -> float:
        """How long to wait before the first check: not all paths at once."""
        return self._random.uniform(0.0, self.rules.in_doubt_s / 2)

    def next_check_in_s(self) -> float:
        """How long after the begin of the last check the next one is due, with jitter."""
        is_hasty = self._is_in_doubt() and self._hasty < HASTY_CHECKS
        interval_s = self.rules.in_doubt_s if is_hasty else self.rules.every_s
        return interval_s * self._random.uniform(1 - JITTER, 1 + JITTER)

    def _is_in_doubt(self) -> bool:
        match self.health:
            case Health.UP:
                return self._last is not Result.ANSWERED
            case Health.DOWN:
                return self._last is Result.ANSWERED
            case Health.SUSPECT | Health.UNKNOWN:
                return True
            case unreachable:
                assert_never(unreachable)

    def _count(self, result: Result) -> None:
        self._in_a_row = self._in_a_row + 1 if result is self._last else 1
        self._last = result

    def _after(self, result: Result) -> Health:
        match result:
            case Result.ANSWERED:
                is_enough = self._in_a_row >= self.rules.rise or self.health in {Health.UNKNOWN, Health.UP}
                return Health.UP if is_enough else self.health
            case Result.FAILED:
                is_enough = self._in_a_row >= self.rules.fall or self.health is Health.DOWN
                return Health.DOWN if is_enough else Health.SUSPECT
            case Result.DOUBTFUL:
                return Health.DOWN if self.health is Health.DOWN else Health.SUSPECT
            case Result.NOTHING:
                return Health.UNKNOWN if self._in_a_row >= self.rules.fall else self.health
            case unreachable:
                assert_never(unreachable)
