"""Failures that stand close together, as one burst. Streaming, of a bounded size; no I/O.

Gap-based: a failure belongs to the burst before it if at most `gap_s` lie between them. What went well in between
belongs to it as well, and says what kind of outage it was (`core.pattern`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from farshore.watch.windows.sample import Sample

GAP_S = 30.0


@dataclass(slots=True, kw_only=True)
class Burst:
    """From its first failure to its last, in seconds since the Unix epoch."""

    since_s: float
    until_s: float
    failed: int = 0
    good: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    turns: int = 0
    """How often a failure came after what went well, or the other way round."""
    mended: bool = False
    """Whether anything went well after its last failure, before the next burst; known when it is over."""

    @property
    def length_s(self) -> float:
        """From the first failure to the last."""
        return self.until_s - self.since_s


class Bursts:
    """One subject's. Samples come in the order of their time, or nearly: what is late is counted where it came."""

    def __init__(self, gap_s: float = GAP_S) -> None:
        self._gap_s = gap_s
        self._open: Burst | None = None
        self._good_since = 0

    @property
    def current(self) -> Burst | None:
        """The burst that may yet go on."""
        return self._open

    def note(self, sample: Sample) -> Burst | None:
        """Take in one ending; the burst that is over by now, if there is one."""
        over = self.ended(sample.at_s)
        if sample.is_failure:
            self._fail(sample)
        elif self._open is not None:
            self._good_since += 1
        return over

    def ended(self, now_s: float) -> Burst | None:
        """The burst whose last failure is longer ago than the gap, told once."""
        if self._open is None or now_s - self._open.until_s <= self._gap_s:
            return None
        return self.end()

    def end(self) -> Burst | None:
        """The burst that is under way, as it is: nothing more comes of it."""
        over, self._open = self._open, None
        if over is not None:
            over.mended = self._good_since > 0
        self._good_since = 0
        return over

    def _fail(self, sample: Sample) -> None:
        if self._open is None:
            self._open = Burst(since_s=sample.at_s, until_s=sample.at_s)
        burst = self._open
        if self._good_since:
            burst.good += self._good_since
            burst.turns += 2
            self._good_since = 0
        burst.failed += 1
        burst.causes[sample.cause] += 1
        burst.since_s, burst.until_s = min(burst.since_s, sample.at_s), max(burst.until_s, sample.at_s)


def bursts_of(samples: Iterable[Sample], gap_s: float = GAP_S) -> list[Burst]:
    """All bursts of a finished series, in order of time."""
    bursts = Bursts(gap_s)
    over = [burst for sample in sorted(samples, key=lambda sample: sample.at_s) if (burst := bursts.note(sample))]
    last = bursts.end()
    return over if last is None else [*over, last]
