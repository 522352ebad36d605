"""The arithmetic of a check, and the same counted again by DuckDB from the journal's rows."""

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from tests.unit.watch.health_check.checks import BEGUN_US, done, plan, twenty_hours
from tests.unit.watch.health_check.counting import assert_counts

from farshore.core.health_check import NOT_STARTED, Figures, Plan, ProbeDone
from farshore.store.database import NotOpened, open_writable
from farshore.watch.health_check.figures import figures_of, percentile
from farshore.watch.health_check.keeping import Kept, latest, row_of_plan, row_of_probe

REFUSED = "target.dial.refused"


def kept(path: Path, planned: Plan, probes: list[ProbeDone]) -> Kept:
    connection = open_writable(path)
    assert not isinstance(connection, NotOpened)
    with closing(connection):
        connection.execute("BEGIN")
        for at_us, row in enumerate([row_of_plan(planned), *(row_of_probe(planned, probe) for probe in probes)]):
            names, marks = ", ".join(row.columns), ", ".join("?" * (len(row.columns) + 2))
            sql = f"INSERT INTO {row.table} (at_us, run, {names}) VALUES ({marks})"  # noqa: S608 - words of the code
            stretch = 1 if not at_us else probes[at_us - 1].stretch
            connection.execute(sql, (at_us, stretch, *row.values))
        connection.execute("COMMIT")
    found = latest(path, planned.subject)
    assert isinstance(found, Kept)
    return found


def test_twenty_hours_are_what_duckdb_counts_from_the_journal_to_the_last_digit(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    planned = plan(planned=72_000)
    read = kept(path, planned, twenty_hours(Random(20)))  # noqa: S311 - a seed
    figures = figures_of(read.plan, read.probes)

    assert figures.probes == 72_000
    assert assert_counts(msgspec.to_builtins(figures), path) > 20


def several(numbers: Iterable[int], fails: Callable[[int], bool], **more: Any) -> list[ProbeDone]:
    return [done(number, REFUSED if fails(number) else None, took_us=900 + 7 * number, **more) for number in numbers]


@pytest.mark.parametrize(
    "probes",
    [
        [],
        several(range(1), lambda _: False),
        several(range(1), lambda _: True),
        several(range(100), lambda _: True),
        several(range(101), lambda number: number % 3 == 1),
        [*several(range(40), lambda at: at > 30), *several(range(70, 200), lambda at: at < 75, stretch=2)],
        [*several(range(40), lambda at: at > 38), *several(range(40, 60), lambda at: at < 42, stretch=2)],
        [
            *several(range(20), lambda _: False, stretch=1),
            *several(range(90, 91), lambda _: True, stretch=3),
            *several(range(400, 420), lambda at: at % 2 == 0, stretch=7),
        ],
        [
            *several(range(50), lambda _: False),
            *(msgspec.structs.replace(each, path="r2") for each in several(range(50), lambda at: at > 20)),
            *(msgspec.structs.replace(each, path="") for each in several(range(50), lambda _: False)),
        ],
        [done(0), done(1, NOT_STARTED, took_us=0, late_us=20_000), done(2, late_us=10_000), done(3, late_us=9_999)],
    ],
    ids=[
        "nothing", "one", "one that failed", "none went well", "a third", "resumed", "resumed at once", "resumed twice",
        "every path", "not started and late",
    ],
)  # fmt: skip
def test_whatever_a_check_was_duckdb_counts_the_same(tmp_path: Path, probes: list[ProbeDone]) -> None:
    path = tmp_path / "journal.db"
    read = kept(path, plan(planned=1_000), probes)
    assert len(read.probes) == len(probes)
    assert_counts(msgspec.to_builtins(figures_of(read.plan, read.probes)), path)


def test_a_gap_of_exactly_thirty_seconds_is_still_one_burst() -> None:
    codes = {0: REFUSED, 30: REFUSED, 61: REFUSED}
    figures = figures_of(plan(planned=62), [done(number, codes.get(number)) for number in range(62)])
    assert [(each.failed, each.good, each.length_s) for each in figures.bursts] == [(2, 29, 30.0), (1, 0, 0.0)]


def test_a_late_start_counts_from_its_due_time_and_both_times_are_told() -> None:
    figures = figures_of(plan(), [done(0), done(1, late_us=5_000_000), done(2)])
    assert figures.response is not None
    assert figures.service is not None
    assert (figures.response.max_ms, figures.service.max_ms, figures.late) == (5002.0, 2.0, 1)


def test_what_was_not_started_has_failed_and_is_not_late() -> None:
    figures = figures_of(plan(), [done(0), done(1, NOT_STARTED, took_us=0, late_us=20_000), done(2)])
    assert (figures.failed, figures.not_started, figures.late, figures.met) == (1, 1, 0, False)
    assert figures.response is not None
    assert figures.response.count == 2


def test_a_pause_is_told_and_not_counted() -> None:
    figures = figures_of(plan(planned=3), [done(0), done(1), done(60, stretch=2)])
    assert [(pause.length_s) for pause in figures.pauses] == [58.0]
    assert (figures.probes, figures.due) == (3, 3)


@pytest.mark.parametrize(("slo", "met"), [(50.0, True), (50.1, False)])
def test_the_objective_is_met_at_its_own_figure(slo: float, met: bool) -> None:  # noqa: FBT001 - a table of cases
    assert figures_of(plan(slo=slo), [done(0), done(1, REFUSED)]).met is met


def test_nothing_probed_is_no_success() -> None:
    figures: Figures = figures_of(plan(), [])
    assert (figures.success_percent, figures.met, figures.start, figures.finished) == (None, False, None, False)


def test_times_are_as_the_clock_said() -> None:
    assert figures_of(plan(), [done(0)]).start == "2025-10-20T22:40:00.123Z"
    assert BEGUN_US % 1_000_000 == 123_457


def test_percentiles_are_nearest_ranks() -> None:
    assert [percentile([1, 2, 3, 4], percent) for percent in (1, 25, 26, 50, 99, 100)] == [1, 1, 2, 2, 4, 4]


@pytest.mark.parametrize(
    ("failing", "kinds"), [(range(3), ["cold start"]), (range(2, 5), ["cold start"]), (range(12), ["total"])]
)
def test_what_fails_at_the_start_of_a_stretch_and_goes_well_then_is_a_cold_start(
    failing: range, kinds: list[str]
) -> None:
    for stretch, first in ((1, 0), (2, 5_000)):
        before = [done(-60)] if stretch == 2 else []
        probes = [done(first + at, REFUSED if at in failing else None, stretch=stretch) for at in range(40)]
        assert [each.pattern for each in figures_of(plan(planned=9_000), [*before, *probes]).bursts] == kinds


def test_what_fails_later_or_is_never_well_is_no_cold_start() -> None:
    later = [done(at, REFUSED if at == 11 else None) for at in range(40)]
    never = [done(at, REFUSED) for at in range(3)]
    for probes in (later, never):
        assert [each.pattern for each in figures_of(plan(planned=40), probes).bursts] == ["total"]
