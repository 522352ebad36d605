"""When a route counts as failing, and when it is well again. Pure; times are seconds since the Unix epoch.

It fails with the first of

- failures: `FAILURES` connections in a row have failed within `TOGETHER_S`;
- resets: more than 5 % of at least `ENOUGH` connections of the last minute were reset, three at least;
- held: clients have been held for `HELD_S`, because no path answers;
- paths down: health checks call every one of its paths down, so whoever comes would fail.

It is well again when none of these has held for so long as it is told, `WELL_S` if it is not.
"""

from collections.abc import Iterable
from enum import StrEnum

from farshore.core.events import Health
from farshore.watch.windows.rolling import Rolling
from farshore.watch.windows.sample import Sample

FAILURES = 3
TOGETHER_S = 600.0
RESETS = 3
RESET_SHARE = 0.05
ENOUGH = 20
MINUTE_S = 60.0
HELD_S = 1.0
WELL_S = 120.0


class Sign(StrEnum):
    """What a route fails by."""

    FAILURES = "failures"
    RESETS = "resets"
    HELD = "held"
    PATHS_DOWN = "paths down"


class Threshold:
    """One route's; it is well again after `well_s` without a bad moment."""

    def __init__(self, well_s: float = WELL_S) -> None:
        self._well_s = well_s
        self.failing: Sign | None = None
        """What it fails by; None while it is well."""
        self.since_s = 0.0
        """When it began to fail: the first bad moment after `well_s` without any."""
        self.quiet_since_s = 0.0
        """The last moment at which it failed."""
        self._row: list[float] = []
        self._counted = Rolling()
        self._held_since_s: float | None = None
        self._down_since_s: float | None = None
        self._answered_s = 0.0

    def resume(self, sign: Sign, since_s: float, now_s: float) -> None:
        """It was failing when the gateway before this one ended; it has to be well for as long as any other."""
        self.failing, self.since_s, self.quiet_since_s = sign, since_s, now_s

    def note(self, sample: Sample) -> None:
        """A client's connection has ended."""
        self._counted.note(sample)
        if sample.is_failure:
            self._bad(sample.at_s)
            self._row = [*(at_s for at_s in self._row if sample.at_s - at_s <= TOGETHER_S), sample.at_s][-FAILURES:]
        else:
            self._row.clear()
            self._answered_s = max(self._answered_s, sample.at_s)

    def outage(self, since_s: float | None) -> None:
        """Clients are held since then; None: no longer."""
        self._held_since_s = since_s

    def healths(self, healths: Iterable[Health], now_s: float) -> None:
        """What is known of its paths without any client."""
        known = tuple(healths)
        if not known or any(health is not Health.DOWN for health in known):
            self._down_since_s = None
        elif self._down_since_s is None:
            self._down_since_s = now_s

    def look(self, now_s: float) -> Sign | None:
        """What it fails by now; it stays failing until it has been well for `well_s`.

        Where the clock was set back, what happened later than now is taken to have happened now.
        """
        self._date_back(now_s)
        for since_s in (self._held_since_s, self._down_since_s):
            if since_s is not None:
                self._bad(since_s)
                self._bad(now_s)
        sign = self._sign(now_s)
        if sign is not None:
            if self.failing is None and self._row:
                self.since_s = min(self.since_s, self._row[0])
            self.failing = self.failing or sign
        elif now_s - self.quiet_since_s >= self._well_s:
            self.failing = None
        return self.failing

    @property
    def is_proven_well(self) -> bool:
        """Whether a client was served since it last failed; if not, nobody has come, and nobody knows."""
        return self._answered_s > self.quiet_since_s

    def is_recovering_since(self, at_s: float) -> bool:
        """Whether all that has been heard of clients since then is that they were served."""
        return self.quiet_since_s < at_s and self.is_proven_well

    def _date_back(self, now_s: float) -> None:
        self.since_s, self.quiet_since_s = min(self.since_s, now_s), min(self.quiet_since_s, now_s)
        self._answered_s = min(self._answered_s, now_s)
        self._row = [min(at_s, now_s) for at_s in self._row]
        if self._held_since_s is not None:
            self._held_since_s = min(self._held_since_s, now_s)
        if self._down_since_s is not None:
            self._down_since_s = min(self._down_since_s, now_s)

    def _bad(self, at_s: float) -> None:
        if self.failing is None and at_s - self.quiet_since_s > self._well_s:
            self.since_s = at_s
        self.quiet_since_s = max(self.quiet_since_s, at_s)

    def _sign(self, now_s: float) -> Sign | None:
        if self._held_since_s is not None and now_s - self._held_since_s >= HELD_S:
            return Sign.HELD
        if self._down_since_s is not None:
            return Sign.PATHS_DOWN
        if now_s - self.quiet_since_s >= self._well_s:
            return None
        if len(self._row) == FAILURES:
            return Sign.FAILURES
        minute = self._counted.last(MINUTE_S, now_s)
        share = minute.reset_share
        if share is not None and minute.total >= ENOUGH and minute.reset >= RESETS and share > RESET_SHARE:
            return Sign.RESETS
        return None
