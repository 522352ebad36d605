import pytest
from bench.table import Bound, Forwarder, Goal, Row, Spread, Verdict, figure, ratio, render, spread, verdict

PER_MB = Row(name="bulk", title="Bulk", unit="µs", goal=Goal(bound=Bound.RATIO_TO_GO, at_most=0.6))
MEMORY = Row(name="idle", title="Memory", unit="KiB", goal=Goal(bound=Bound.VALUE, at_most=4.0))
BULK_CELLS = ("2.00 (1.90-2.10)", "4.00 (4.00-4.00)", "1.00 (1.00-1.00)", "500 (500-500)")
PLAIN = Row(name="p99", title="Added p99", unit="µs")


def test_the_spread_is_median_least_and_greatest() -> None:
    assert spread([5.0, 1.0, 9.0, 2.0, 3.0]) == Spread(median=3.0, least=1.0, greatest=9.0)
    assert spread([]) is None


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.00"), (2.345, "2.35"), (22.84, "22.8"), (471.6, "472"), (-110.2, "-110")]
)
def test_a_figure_has_three_significant_digits(value: float, text: str) -> None:
    assert figure(value) == text


def test_the_ratio_is_of_medians_so_one_bad_round_does_not_move_it() -> None:
    samples = {Forwarder.FARSHORE: [200.0, 220.0, 5000.0], Forwarder.GO: [400.0, 440.0, 1.0]}
    assert ratio(samples, Forwarder.GO) == pytest.approx(0.55)


@pytest.mark.parametrize("samples", [{}, {Forwarder.FARSHORE: [1.0]}, {Forwarder.FARSHORE: [1.0], Forwarder.GO: [0.0]}])
def test_there_is_no_ratio_without_both(samples: dict[Forwarder, list[float]]) -> None:
    assert ratio(samples, Forwarder.GO) is None
    assert verdict(PER_MB, samples) is Verdict.UNKNOWN


@pytest.mark.parametrize(("ours", "said"), [(60.0, Verdict.MET), (60.1, Verdict.MISSED)])
def test_a_ratio_goal_includes_its_bound(ours: float, said: Verdict) -> None:
    assert verdict(PER_MB, {Forwarder.FARSHORE: [ours], Forwarder.GO: [100.0]}) is said


@pytest.mark.parametrize(("ours", "said"), [(4.0, Verdict.MET), (4.01, Verdict.MISSED)])
def test_a_value_goal_needs_no_peer(ours: float, said: Verdict) -> None:
    assert verdict(MEMORY, {Forwarder.FARSHORE: [ours]}) is said


def test_a_row_without_a_goal_is_not_judged() -> None:
    assert verdict(PLAIN, {Forwarder.FARSHORE: [1e9], Forwarder.GO: [1.0]}) is Verdict.NO_GOAL


def test_the_table_shows_every_row_with_its_goal_and_what_is_missing() -> None:
    samples = {
        "bulk": {
            Forwarder.FARSHORE: [2.0, 2.1, 1.9],
            Forwarder.GO: [4.0],
            Forwarder.GO_SPLICING: [1.0],
            Forwarder.HAPROXY: [500.0],
        },
        "p99": {Forwarder.FARSHORE: [50.0]},
    }
    lines = render([PER_MB, MEMORY, PLAIN], samples, {"Memory": "skipped: no reason"}).splitlines()
    assert [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:5]] == [
        ["Bulk", "µs", *BULK_CELLS, "0.50", "2.00", "≤ 0.6 of Go's", "met"],
        ["Memory", "KiB", "-", "-", "-", "-", "-", "-", "≤ 4 KiB", "not measured"],
        ["Added p99", "µs", "50.0 (50.0-50.0)", "-", "-", "-", "-", "-", "", ""],
    ]
    assert lines[5:] == ["", "- Memory: skipped: no reason"]
