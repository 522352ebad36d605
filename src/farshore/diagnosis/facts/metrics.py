"""What scrapes of metrics say: one sample each, and how counters rose between two."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from farshore.diagnosis.facts.base import Fact


class MetricSampled(Fact, frozen=True, kw_only=True):
    """One sample of a metric (Prometheus text format). `scrape` numbers the scrapes within one document, from 1."""

    metric: str
    labels: tuple[tuple[str, str], ...]
    value: float
    scrape: int = 1

    def label(self, name: str) -> str:
        """A label's value; empty without it."""
        return next((value for key, value in self.labels if key == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """How a series of one source rose between two scrapes; `over_s` where both bear a time."""

    first: MetricSampled
    last: MetricSampled
    over_s: float | None

    @property
    def by(self) -> float:
        """By how much; from zero where the process began anew in between."""
        return self.last.value - self.first.value if self.last.value >= self.first.value else self.last.value

    @property
    def per_s(self) -> float | None:
        """The rate; None where no time is known."""
        return None if not self.over_s else self.by / self.over_s


def rises(samples: Iterable[MetricSampled]) -> Iterator[Rise]:
    """From the first to the last sample of each series that was seen at least twice by the same observer.

    Within a document scrapes follow one another; of several documents only those that bear a time are compared.
    """
    series: dict[tuple[str, str, tuple[tuple[str, str], ...], str], list[MetricSampled]] = {}
    for sample in samples:
        place = "" if sample.at is not None else sample.evidence.source
        series.setdefault((sample.observer, sample.metric, sample.labels, place), []).append(sample)
    for held in series.values():
        ordered = sorted(held, key=lambda sample: (sample.at is not None and sample.at.timestamp(), sample.scrape))
        first, last = ordered[0], ordered[-1]
        if first is not last:
            told = first.at is not None and last.at is not None
            over_s = (last.at - first.at).total_seconds() if told and last.at and first.at else None
            yield Rise(first=first, last=last, over_s=over_s)
