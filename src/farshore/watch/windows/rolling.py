"""Counts over the last seconds to days, in bounded memory.

Time is cut into buckets, and a span is the sum of the buckets that lie wholly in it and of the one that is under way.
Spans up to an hour are counted in buckets of ten seconds, longer ones in buckets of five minutes, so a span is too
short by at most one bucket, ten seconds of a minute, five minutes of six hours, and never too long: what is said to
have failed within a minute did.

Endings are told as they come, a minute late at most. One that is older than that shows that the clock was set back, and
what was counted in the time that has not come yet is forgotten.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil, floor, inf, log

from farshore.watch.windows.sample import Sample

FINE_S, FINE_SPAN_S = 10.0, 3_600.0
COARSE_S, COARSE_SPAN_S = 300.0, 3 * 86_400.0
# Neighbouring latencies differ by a twentieth: a percentile is right to 5 %.
STEP = 1.05
LATEST_S = 60.0


@dataclass(slots=True)
class Tally:
    """What was counted in some stretch of time."""

    total: int = 0
    failed: int = 0
    reset: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    latencies: Counter[int] = field(default_factory=Counter)
    """How many took `STEP` to the power of the key, in seconds."""

    @property
    def success(self) -> float | None:
        """The share that went well; None where nothing was counted."""
        return None if not self.total else 1 - self.failed / self.total

    @property
    def reset_share(self) -> float | None:
        """The share that was reset towards the client; None where nothing was counted."""
        return None if not self.total else self.reset / self.total

    def latency_s(self, quantile: float) -> float | None:
        """Nearest-rank quantile of the time to a connection, right to 5 %; None where nothing connected.

        Raises:
            ValueError: the quantile is not above 0 and at most 1.
        """
        if not 0 < quantile <= 1:
            msg = f"a quantile lies in (0, 1], not at {quantile}"
            raise ValueError(msg)
        rank = ceil(quantile * self.latencies.total())
        for step in sorted(self.latencies):
            rank -= self.latencies[step]
            if rank <= 0:
                return STEP**step
        return None

    def note(self, sample: Sample) -> None:
        """Count one more."""
        self.total += 1
        self.failed += sample.is_failure
        self.reset += sample.is_reset
        if sample.is_failure:
            self.causes[sample.cause] += 1
        if sample.latency_s is not None:
            self.latencies[round(log(max(sample.latency_s, 1e-6), STEP))] += 1

    def add(self, other: "Tally") -> None:
        """Count what another stretch counted, too."""
        self.total += other.total
        self.failed += other.failed
        self.reset += other.reset
        self.causes.update(other.causes)
        self.latencies.update(other.latencies)


class _Buckets:
    """Tallies of one width; the oldest are forgotten."""

    def __init__(self, width_s: float, span_s: float) -> None:
        self._width_s = width_s
        self._kept = ceil(span_s / width_s) + 1
        self._buckets: deque[tuple[int, Tally]] = deque()

    def note(self, sample: Sample) -> None:
        number = floor(sample.at_s / self._width_s)
        for known, tally in reversed(self._buckets):
            if known == number:
                tally.note(sample)
                return
            if known < number:
                break
        tally = Tally()
        tally.note(sample)
        self._insert(number, tally)

    def forget_after(self, at_s: float) -> None:
        """Drop what lies in later buckets than this moment."""
        number = floor(at_s / self._width_s)
        while self._buckets and self._buckets[-1][0] > number:
            self._buckets.pop()

    def within(self, from_s: float, until_s: float) -> Iterator[Tally]:
        first, last = floor(from_s / self._width_s), floor(until_s / self._width_s)
        return (tally for number, tally in self._buckets if first < number <= last)

    def _insert(self, number: int, tally: Tally) -> None:
        """In order of time: a connection that is told late belongs to the time at which it ended."""
        place = len(self._buckets)
        while place and self._buckets[place - 1][0] > number:
            place -= 1
        self._buckets.insert(place, (number, tally))
        newest = self._buckets[-1][0]
        while self._buckets[0][0] <= newest - self._kept:
            self._buckets.popleft()


class Rolling:
    """What was counted of one subject: a route, a path, all there is."""

    def __init__(self) -> None:
        self._fine = _Buckets(FINE_S, FINE_SPAN_S)
        self._coarse = _Buckets(COARSE_S, COARSE_SPAN_S)
        self._newest_s = -inf

    def note(self, sample: Sample) -> None:
        """Count one more."""
        if sample.at_s < self._newest_s - LATEST_S:
            for buckets in (self._fine, self._coarse):
                buckets.forget_after(sample.at_s)
            self._newest_s = sample.at_s
        self._newest_s = max(self._newest_s, sample.at_s)
        self._fine.note(sample)
        self._coarse.note(sample)

    def last(self, span_s: float, now_s: float) -> Tally:
        """What was counted in the last `span_s` seconds before `now_s` (seconds since the Unix epoch).

        Raises:
            ValueError: the span is longer than three days, or not positive.
        """
        if not 0 < span_s <= COARSE_SPAN_S:
            msg = f"a span of {span_s:g} s is not counted: above 0 and at most {COARSE_SPAN_S:g}"
            raise ValueError(msg)
        tally = Tally()
        buckets = self._fine if span_s <= FINE_SPAN_S else self._coarse
        for part in buckets.within(now_s - span_s, now_s):
            tally.add(part)
        return tally
