from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from bench.resilience.__main__ import BEGIN, END, write
from bench.resilience.judge import (
    Added,
    Asked,
    Fact,
    Goal,
    HeldOut,
    LetGo,
    NoneFailed,
    Recovers,
    RefusedInTime,
    Unnoticed,
)
from bench.resilience.rows import ROWS
from bench.resilience.seen import OURS, PLAIN, Client, Dial, Seen
from bench.resilience.table import HEAD, cells, decided, failed, latency, pool, render

FAULT_S, HEALED_S = 100.0, 120.0


def client(at_s: float, took_s: float = 0.01, error: str = "", stream: str = OURS) -> Client:
    return Client(stream=stream, at_s=at_s, took_s=took_s, error=error)


BEFORE = [client(95 + step / 10) for step in range(49)]


def dial(at_s: float, took_s: float = 0.005, path: str = "r2") -> Dial:
    return Dial(path=path, at_s=at_s, took_s=took_s, is_through=True)


def seen(
    clients: Sequence[Client],
    dials: Sequence[Dial] = (),
    asked: int | None = None,
    codes: Sequence[str] = (),
    let_go: Sequence[tuple[float, float | None]] = (),
    **facts: float,
) -> Seen:
    endings: list[dict[str, object]] = [
        {"connection": n, "path": "r2", "code": code, "upstream_bytes": 0} for n, code in enumerate(codes)
    ]
    endings += [
        {"at_s": at_s + 8, "duration_ms": 8_000.0, "reached_ms": None if waited_s is None else waited_s * 1000}
        for at_s, waited_s in let_go
    ]
    return Seen(
        clients=[*BEFORE, *clients],
        dials=dials,
        began_s=FAULT_S - 0.01,
        fault_s=FAULT_S,
        healed_s=HEALED_S,
        asked={} if asked is None else {OURS: asked},
        endings=endings,
        facts=facts,
    )


KEPT: list[tuple[Goal, Seen]] = [
    (NoneFailed(), seen([client(101)])),
    (NoneFailed(), seen([client(101, 12, "timeout")], [dial(99.5), dial(113.2)])),
    (NoneFailed(), seen([client(101, 12, "timeout")], [dial(112.6)])),
    (NoneFailed(), seen([client(99.99, 5, "cut"), client(101)], [dial(101)])),
    (Added(), seen([client(100.5, 1.01), client(102, 0.06)])),
    (Unnoticed(), seen([client(100.5, 0.06)])),
    (LetGo(), seen([client(101, 9)], [dial(106)], let_go=[(101, 5.5), (102, 4.3)])),
    (Recovers(), seen([client(101, 3, "no"), client(104, 3.9)], [dial(106)])),
    (RefusedInTime(13, "x.y.z"), seen([client(101, 12, "no")], codes=["x.y.z"])),
    (Asked(), seen([client(101)], asked=55)),
    (Fact("bytes", 0, "none"), seen([], bytes=0)),
]
BROKEN: list[tuple[Goal, Seen]] = [
    (NoneFailed(), seen([])),
    (NoneFailed(), seen([client(101, 12, "timeout")], [dial(105)])),
    (NoneFailed(), seen([client(101, 12, "timeout")], [dial(112.4)])),
    (NoneFailed(), seen([client(101, 0.001, "refused")], [dial(100.9)])),
    (Added(), seen([client(100.5, 1.02), client(102)])),
    (Added(), seen([client(100.5), client(102, 0.07)])),
    (Added(), seen([client(100.5), client(102, 9, "no")])),
    (Unnoticed(), seen([client(100.5, 0.07)])),
    (LetGo(), seen([client(101, 5.1)], [dial(106)], let_go=[(101, 5.6), (102, 4.1)])),
    (LetGo(), seen([client(101, 5.1)], [dial(106)], let_go=[(101, 0.1), (106.5, 0.1), (103, None)])),
    (LetGo(), seen([client(101, 12, "no")], let_go=[(101, 5.5)])),
    (Recovers(), seen([client(101, 3, "no"), client(104, 4.1)], [dial(106)])),
    (Recovers(), seen([client(104, 4.1)])),
    (RefusedInTime(13, "x.y.z"), seen([client(101, 14, "no")], codes=["x.y.z"])),
    (RefusedInTime(13, "x.y.z"), seen([client(101, 12, "no")], codes=["x.y.z", "a.b.c"])),
    (RefusedInTime(13, "x.y.z"), seen([client(101)])),
    (Asked(), seen([client(101)], asked=56)),
    (Asked(), seen([client(101)])),
    (Fact("bytes", 0, "none"), seen([], bytes=1)),
    (Fact("bytes", 0, "none"), seen([])),
]


@pytest.mark.parametrize(("reached_ms", "is_met"), [(400.0, True), (600.0, False), (None, False)])
def test_who_was_connected_when_the_fault_struck_was_cut_and_not_refused(
    reached_ms: float | None, *, is_met: bool
) -> None:
    what = seen([client(101, 12, "no")], codes=["x.y.z"])
    cut = {"code": "a.b.c", "at_s": FAULT_S + 20, "duration_ms": 20_500.0, "reached_ms": reached_ms}
    both = replace(what, endings=[*what.endings, cut])
    assert RefusedInTime(13, "x.y.z").judge(both).is_met is is_met


@pytest.mark.parametrize(("by_r1", "is_met"), [(1, True), (2, False)])
def test_a_router_that_flaps_is_held_out(by_r1: int, *, is_met: bool) -> None:
    paths = ["r1"] * 49 + ["r1"] * by_r1 + ["r2"] * (4 - by_r1)
    lines = [{"connection": n, "path": path, "code": "c", "upstream_bytes": 9} for n, path in enumerate(paths)]
    what = Seen(
        clients=[*BEFORE, *(client(101 + n) for n in range(4))],
        dials=[],
        began_s=FAULT_S,
        fault_s=FAULT_S,
        healed_s=HEALED_S,
        endings=lines,
    )
    assert HeldOut("r1").judge(what).is_met is is_met


@pytest.mark.parametrize(("goal", "what"), KEPT, ids=lambda value: getattr(value, "text", ""))
def test_a_goal_that_was_kept(goal: Goal, what: Seen) -> None:
    assert goal.judge(what).is_met, goal.judge(what).said


@pytest.mark.parametrize(("goal", "what"), BROKEN, ids=lambda value: getattr(value, "text", ""))
def test_a_goal_that_was_missed(goal: Goal, what: Seen) -> None:
    assert not goal.judge(what).is_met, goal.judge(what).said


def test_the_usual_is_the_median_of_those_who_had_left_before_the_fault_began() -> None:
    was_caught = client(99.9, 5)
    assert seen([was_caught]).usual_s(OURS) == pytest.approx(0.01)
    assert seen([was_caught]).caught(OURS) == [was_caught]
    assert latency(seen([client(99.9, 5)]), OURS).endswith("(before 0 ms)")


def test_a_pools_connections_are_asked_for_as_well() -> None:
    with_pool = Seen(
        clients=BEFORE,
        dials=[],
        began_s=FAULT_S,
        fault_s=FAULT_S,
        healed_s=HEALED_S,
        asked={OURS: 98},
        pooled={OURS: 49},
    )
    assert with_pool.per_client(OURS) == pytest.approx(1.0)


def test_a_cell_tells_who_failed_who_was_cut_and_who_failed_after_the_healing() -> None:
    what = seen([client(99.9, 5, "cut"), client(101, 1, "no"), client(102), client(121, 1, "no")])
    assert failed(what, OURS) == "1 of 2, 1 cut that were connected, 1 after the healing"
    assert latency(what, OURS) == "- / 0 ms (before 0 ms)"
    assert pool(what, OURS) == "not measured"


def test_what_decided_it_names_paths_codes_and_the_moves_of_the_prefix() -> None:
    what = Seen(
        clients=[*BEFORE, client(101, 0.5, "no"), client(102), client(103, 0.02, stream=PLAIN)],
        dials=[],
        began_s=FAULT_S,
        fault_s=FAULT_S,
        healed_s=HEALED_S,
        owners=[(95.0, "r1"), (103.0, "r2"), (125.0, "r1")],
        changes=[
            {"event": "path-changed", "at_s": at_s, "path": "r1", "state": state, "reason": "overtaken by r2"}
            for at_s, state in (
                (99.0, "open"),
                (100.06, "open"),
                (106.0, "half-open"),
                (106.1, "open"),
                (121.0, "open"),
            )
        ],
        endings=[
            *({"connection": n, "path": "r1", "code": "c", "upstream_bytes": 9} for n in range(len(BEFORE))),
            {"connection": 900, "path": "r1", "code": "a.b.c", "upstream_bytes": 0},
            {"connection": 1000, "path": "r2", "code": "c", "upstream_bytes": 9},
        ],
    )
    assert decided(what) == (
        "r1 overtaken by r2 after 60 ms; r2 carried 1; 1 ended as `a.b.c` within 500 ms; "
        "plain: first answer after 3.0 s, the prefix to r2 after 3.0 s"
    )


def test_no_folder_of_the_machine_it_ran_on_is_in_the_table() -> None:
    line = {"event": "path-changed", "at_s": 100.0, "path": "r1", "state": "open"}
    reason = "the last: /tmp/lab/x1/gw/s.sock: Connection refused; r1/172.16.20.88 too"
    what = Seen(
        clients=[], dials=[], began_s=FAULT_S, fault_s=FAULT_S, healed_s=HEALED_S, changes=[line | {"reason": reason}]
    )
    assert what.stepped_back() == [
        (100.0 - FAULT_S, "r1 the last: …/gw/s.sock: Connection refused; r1/172.16.20.88 too")
    ]


def test_a_row_that_could_not_be_measured_says_why_and_keeps_its_place() -> None:
    line = cells(ROWS[0], "waited 20 s | for r1")
    assert len(line) == len(HEAD)
    assert line[-1] == "not measured: waited 20 s / for r1"


def test_the_table_goes_between_its_marks_and_the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"head\n{BEGIN}old\n{END}tail\n")
    write(page, render([(ROWS[0], seen([client(100.5), client(102)], asked=51))]))
    text = page.read_text()
    assert text.startswith(f"head\n{BEGIN}\n| fault |")
    assert text.endswith(f"\n\n{END}tail\n")
    assert "old" not in text
    assert "| met |" in text


def test_rows_have_names_of_their_own() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
