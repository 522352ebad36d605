"""The figures of a report, from a journal."""

from pathlib import Path

from tests.unit.report.outage.outages import T0, journal

from farshore.core.clock import SystemClock
from farshore.report.outage.counts import figures
from farshore.report.outage.given import Figures, Span
from farshore.store.query import Answer, Bounds, ask

SPAN = Span(from_s=T0 - 1, to_s=T0 + 1001)


def of(path: Path, *routes: str) -> Figures:
    told = figures(path, SPAN, routes, SystemClock())
    assert isinstance(told, Figures), told
    return told


def test_connections_are_counted_by_route_and_code_and_their_hosts_once(tmp_path: Path) -> None:
    told = of(journal(tmp_path), "db")
    counts = {(each.route, each.code): (each.count, each.clients) for each in told.counted}
    assert counts == {("db", "tailnet.dial.no-answer"): (30, 2), ("db", "client.transfer.closed"): (1, 1)}
    assert told.affected == {"db": 2, "": 2}
    assert of(path := tmp_path / "journal.db").affected == {"db": 2, "it's another": 1, "": 3}, path
    assert (told.counted[0].first_s, told.counted[0].last_s) == (T0, T0 + 580)


def test_without_a_route_all_are_asked_for_and_a_quote_in_a_name_is_none_in_sql(tmp_path: Path) -> None:
    path = journal(tmp_path)
    assert {each.route for each in of(path).counted} == {"db", "it's another"}
    assert [each.code for each in of(path, "it's another").counted] == ["target.dial.refused"]


def test_the_strip_has_what_came_before_and_after_and_adds_up(tmp_path: Path) -> None:
    told = of(journal(tmp_path), "db")
    assert sum(each.failed for each in told.slices) == 30
    assert sum(each.well for each in told.slices) == 21
    assert told.slices[0].failed == told.slices[-1].failed == 0
    assert told.slices[0].at_s < T0 < told.slices[-1].at_s
    assert sum(each.failed for each in told.minutes) == 30
    assert sum(each.well for each in told.minutes) == 1


def test_holding_remedies_paths_and_probes_are_told(tmp_path: Path) -> None:
    path = journal(tmp_path)
    told = of(path, "db")
    (held,) = told.held
    assert (held.served, held.refused, held.ended_s) == (4, 2, T0 + 70)
    assert [(each.remedy, each.result) for each in told.remedies] == [("restart-tailscaled", "helped")]
    assert [(each.path, each.now, each.was) for each in told.paths] == [("r1", "down", "up")]
    by_name = [("probe", "silent", 1), ("health check", "answered", 6), ("health check", "target.dial.refused", 10)]
    assert sorted((each.what, each.result, each.count) for each in told.probed) == sorted(by_name)
    with_target = figures(path, SPAN, ["db"], SystemClock(), targets=["10.9.8.7:1433"])
    assert isinstance(with_target, Figures)
    assert [(each.route, each.result, each.count) for each in with_target.probed if each.route != "db"] == [
        ("10.9.8.7:1433", "answered", 3),
        ("10.9.8.7:1433", "tailnet.dial.no-answer", 1),
    ]
    assert {each.route for each in of(path).probed} == {"db", "10.9.8.7:1433", "elsewhere"}
    assert told.lost == 0


def test_every_question_can_be_put_again(tmp_path: Path) -> None:
    path = journal(tmp_path)
    for asked in of(path, "it's another").asked.values():
        assert isinstance(ask(path, asked.sql, SystemClock(), Bounds()), Answer), asked.sql


def test_the_strip_goes_on_as_long_as_the_incident_was_open(tmp_path: Path) -> None:
    path = journal(tmp_path)
    short = Span(from_s=T0 - 1, to_s=T0 + 601)
    told = figures(path, short, ["db"], SystemClock(), until_s=T0 + 1100)
    assert isinstance(told, Figures)
    assert sum(each.well for each in told.slices) == 11
    assert sum(each.well for each in told.minutes) == 1


def test_what_is_no_journal_is_said(tmp_path: Path) -> None:
    told = figures(tmp_path / "missing.db", SPAN, ["db"], SystemClock())
    assert isinstance(told, str)
    assert "missing.db" in told
