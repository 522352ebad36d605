"""What the probes of a check say together. Pure; whole microseconds in, so that anybody who counts again gets the same.

A probe stands for the time at which it was due. A percentile is the nearest rank of those that went well: a failure
has no latency that a client could use, and is counted as a failure.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil

from farshore.core.health_check import (
    NOT_STARTED,
    BurstFigures,
    Figures,
    Latency,
    PathFigures,
    Pause,
    Plan,
    ProbeDone,
)
from farshore.core.pattern import Shape, pattern_of
from farshore.watch.windows.bursts import GAP_S, Burst, bursts_of
from farshore.watch.windows.sample import Sample

# A probe that starts this much after its time was held up by this host; it counts from its time all the same.
LATE_US = 10_000


def figures_of(plan: Plan, probes: Sequence[ProbeDone], *, unwritten: int = 0) -> Figures:
    """The figures of a check; `unwritten` probes have ended and are not in `probes`."""
    good = [probe for probe in probes if probe.code is None]
    failed = len(probes) - len(good)
    success = _percent(len(good), len(probes))
    numbers = {probe.number for probe in probes}
    return Figures(
        subject=plan.subject,
        target=plan.target,
        kind=plan.kind,
        start=None if not probes else _time(min(probe.due_us for probe in probes)),
        end=None if not probes else _time(max(probe.due_us for probe in probes)),
        every_s=plan.every_us / 1e6,
        planned=plan.planned,
        due=len(numbers),
        finished=max(numbers, default=-1) + 1 >= plan.planned,
        probes=len(probes),
        successful=len(good),
        failed=failed,
        success_percent=success,
        slo_percent=plan.slo,
        met=success is not None and success >= plan.slo,
        codes=_counted(probe.code for probe in probes if probe.code is not None),
        not_started=sum(probe.code == NOT_STARTED for probe in probes),
        late=sum(probe.late_us >= LATE_US and probe.code != NOT_STARTED for probe in probes),
        response=_latency([probe.late_us + probe.took_us for probe in good]),
        service=_latency([probe.took_us for probe in good]),
        layers=_layers(probes),
        paths=_paths(probes),
        bursts=list(_bursts(plan, probes)),
        pauses=list(_pauses(plan, probes)),
        unwritten=unwritten,
        query=plan.query,
    )


def percentile(values: Sequence[int], percent: int) -> int:
    """Nearest rank: the smallest value that `percent` of all do not exceed. `values` are sorted, and not empty."""
    return values[ceil(percent * len(values) / 100) - 1]


def _latency(values_us: list[int]) -> Latency | None:
    if not values_us:
        return None
    ranked = sorted(values_us)
    return Latency(
        count=len(ranked),
        p50_ms=percentile(ranked, 50) / 1000,
        p90_ms=percentile(ranked, 90) / 1000,
        p99_ms=percentile(ranked, 99) / 1000,
        max_ms=ranked[-1] / 1000,
    )


def _layers(probes: Sequence[ProbeDone]) -> dict[str, Latency]:
    took: defaultdict[str, list[int]] = defaultdict(list)
    for probe in probes:
        for layer, took_ms in probe.layers.items():
            took[layer].append(round(took_ms * 1000))
    return {layer: latency for layer, values in took.items() if (latency := _latency(values)) is not None}


def _paths(probes: Sequence[ProbeDone]) -> dict[str, PathFigures]:
    total = Counter(probe.path for probe in probes)
    failed = Counter(probe.path for probe in probes if probe.code is not None)
    return {
        path: PathFigures(probes=count, failed=failed[path], success_percent=_percent(count - failed[path], count))
        for path, count in sorted(total.items())
    }


def _sample(plan: Plan, probe: ProbeDone) -> Sample:
    """As of whole microseconds in place of seconds, and so is the gap: a gap of exactly 30 s is one everywhere."""
    return Sample(
        at_s=float(probe.due_us),
        route=plan.subject,
        path=probe.path,
        cause=probe.code or "",
        is_failure=probe.code is not None,
        is_reset=False,
        latency_s=None,
    )


def _bursts(plan: Plan, probes: Sequence[ProbeDone]) -> Iterator[BurstFigures]:
    """The first probe of each stretch is the first after a quiet spell, as far as a check can know."""
    woken = sorted({stretch: since_us for stretch, (since_us, _) in _stretches(probes).items()}.values())
    good = sorted(probe.due_us for probe in probes if probe.code is None)
    for burst in bursts_of((_sample(plan, probe) for probe in probes), GAP_S * 1e6):
        # Over every path several are due at once: all of them at the first and at the last due time belong to it.
        between = bisect_right(good, round(burst.until_s)) - bisect_left(good, round(burst.since_s))
        yield _burst(burst, between, max(each for each in woken if each <= burst.since_s))


def _burst(burst: Burst, good: int, woken_us: int) -> BurstFigures:
    since_us, until_us = round(burst.since_s), round(burst.until_s)
    woken_for_s = (until_us - woken_us) / 1e6
    shape = Shape(failed=burst.failed, good=good, turns=burst.turns, woken_for_s=woken_for_s, mended=burst.mended)
    return BurstFigures(
        start=_time(since_us),
        end=_time(until_us),
        length_s=(until_us - since_us) / 1e6,
        failed=burst.failed,
        good=good,
        pattern=pattern_of(shape).value,
        codes=_counted(burst.causes.elements()),
    )


def _pauses(plan: Plan, probes: Sequence[ProbeDone]) -> Iterator[Pause]:
    """Between the last due time of one stretch, with what follows it, and the first of the next one."""
    ordered = sorted(_stretches(probes).values())
    for (_, last_us), (first_us, _) in pairwise(ordered):
        start_us = min(last_us + plan.every_us, first_us)
        yield Pause(start=_time(start_us), end=_time(first_us), length_s=(first_us - start_us) / 1e6)


def _stretches(probes: Sequence[ProbeDone]) -> dict[int, tuple[int, int]]:
    """The first and the last due time of each."""
    spans: dict[int, tuple[int, int]] = {}
    for probe in probes:
        first, last = spans.get(probe.stretch, (probe.due_us, probe.due_us))
        spans[probe.stretch] = min(first, probe.due_us), max(last, probe.due_us)
    return spans


def _counted(codes: Iterable[str]) -> dict[str, int]:
    """The most frequent first, and by name where two are as frequent."""
    return dict(sorted(Counter(codes).items(), key=lambda item: (-item[1], item[0])))


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _time(at_us: int) -> str:
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC).replace(microsecond=at_us % 1_000_000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
