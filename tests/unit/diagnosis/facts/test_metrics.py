from datetime import UTC, datetime

import pytest

from farshore.diagnosis.evidence import Evidence, Instant
from farshore.diagnosis.facts.metrics import MetricSampled, rises


def sample(value: float, second: int | None = None, *, source: str = "m", scrape: int = 1) -> MetricSampled:
    time = None if second is None else Instant(datetime(2026, 3, 4, 5, 6, second, tzinfo=UTC))
    evidence = Evidence(source=source, text="x", time=time)
    return MetricSampled(evidence=evidence, metric="n", labels=(), value=value, scrape=scrape)


def test_two_scrapes_of_two_files_by_their_times() -> None:
    (rise,) = rises([sample(67, 40, source="b"), sample(7, 10, source="a")])
    assert (rise.by, rise.over_s) == (60, 30)
    assert rise.per_s == pytest.approx(2)


def test_two_scrapes_in_one_file_without_a_time_rise_without_a_rate() -> None:
    (rise,) = rises([sample(7), sample(9, scrape=2)])
    assert (rise.by, rise.per_s) == (2, None)


def test_files_without_a_time_are_not_compared() -> None:
    assert list(rises([sample(7, source="a"), sample(9, source="b")])) == []


def test_a_process_that_began_anew_counts_from_zero() -> None:
    (rise,) = rises([sample(70, 1), sample(9, 2)])
    assert rise.by == 9
