"""Whom it hit."""

from dataclasses import replace
from pathlib import Path

from tests.unit.diagnosis.texts import ended
from tests.unit.report.outage.outages import T0, TARGET, course, given, journal, said, zombie

from farshore.core.clock import SystemClock
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source
from farshore.report.outage.counts import figures
from farshore.report.outage.effect import impact, routes_of, symptoms
from farshore.report.outage.given import Figures, Given, Refused, Slice, Span
from farshore.report.outage.sources import Sources


def counted(folder: Path) -> Given:
    told = figures(journal(folder), Span(from_s=T0 - 1, to_s=T0 + 1001), ["db"], SystemClock())
    assert isinstance(told, Figures)
    return given(course(said(zombie())), figures=told)


def test_routes_have_their_figures(tmp_path: Path) -> None:
    (hit,) = impact(counted(tmp_path), Sources()).routes
    assert (hit.route, hit.sign, hit.connections, hit.failed, hit.clients) == ("db", "failures", 31, 30, 2)
    assert (hit.held, hit.held_s, hit.served, hit.turned_away) == (1, 60.0, 4, 2)


def test_minutes_are_those_with_failures_and_those_without_success(tmp_path: Path) -> None:
    told = impact(counted(tmp_path), Sources())
    assert (told.failing_minutes, told.minutes_without_success) == (11, 10)
    texts = [each.text for each in told.said]
    assert "30 of 31 connections that ended meanwhile failed (96.8 %), of 2 client hosts." in texts
    assert "There were failures in 11 minutes; in 10 of them not one succeeded." in texts
    assert any("held once, 1 min in all: 4 were connected after all, 2 turned away" in each for each in texts)
    assert "The gateway's probes of the target: 1 of 1 failed on db (100.0 %, silent)." in texts
    assert "Health checks (`farshore probe`): 10 of 16 failed on db (62.5 %, `target.dial.refused`)." in texts


def test_minutes_in_which_all_or_others_were_served_are_told_apart(tmp_path: Path) -> None:
    made = counted(tmp_path)
    assert made.figures is not None
    all_ = replace(made.figures, minutes=(Slice(at_s=T0, well=0, failed=3), Slice(at_s=T0 + 60, well=1, failed=0)))
    some = replace(made.figures, minutes=(Slice(at_s=T0, well=1, failed=3), Slice(at_s=T0 + 60, well=1, failed=0)))
    assert any(
        "1 minute; not one succeeded meanwhile" in each.text for each in impact(given(figures=all_), Sources()).said
    )
    assert any(
        "1 minute; others succeeded in each" in each.text for each in impact(given(figures=some), Sources()).said
    )


def test_without_a_journal_nothing_is_counted_and_it_is_said() -> None:
    told = impact(given(course(said(zombie()))), Sources())
    assert told.bars == ()
    assert told.failing_minutes is None
    assert told.routes[0].connections is None
    assert told.said[0].text == "Nobody has counted: no journal was given."


def test_symptoms_are_counted_where_they_can_be_and_else_seen(tmp_path: Path) -> None:
    (found,) = symptoms(counted(tmp_path), TARGET, Sources())
    assert (found.code, found.count) == ("tailnet.dial.no-answer", 30)
    assert {each.driver for each in found.texts} == {"mssql-jdbc", "sqlclient"}
    lines = ended("upstream.first-byte.closed", target="172.16.20.88:1433", client_end="fin")
    facts = take_in([Source(name="gateway-endings.log", data=lines.encode())]).facts
    (seen,) = symptoms(given(course(said([*facts]))), TARGET, Sources())
    assert (seen.code, seen.count) == ("upstream.first-byte.closed", None)
    assert "FIN" in seen.client_end


def test_clients_that_were_told_the_reason_read_it_and_not_what_drivers_say_of_a_reset(tmp_path: Path) -> None:
    made = counted(tmp_path)
    assert made.figures is not None
    (failed, *others) = made.figures.counted
    told = replace(made.figures, counted=(replace(failed, told=failed.count), *others))
    (found,) = symptoms(given(figures=told), TARGET, Sources())
    assert found.texts == ()
    assert found.told == ()
    assert "told in its own protocol" in found.client_end


def test_a_span_is_about_the_routes_that_failed_in_it(tmp_path: Path) -> None:
    told = figures(journal(tmp_path), Span(from_s=T0 - 1, to_s=T0 + 1001), [], SystemClock())
    assert isinstance(told, Figures)
    assert routes_of(given(named=None, figures=told)) == ("db", "it's another")


def test_what_clients_were_told_stands_beside_what_the_others_saw(tmp_path: Path) -> None:
    made = counted(tmp_path)
    assert made.figures is not None
    (failed, *others) = made.figures.counted
    refused = Refused(
        route="db", target=TARGET, code="tailnet.dial.no-answer", detail="r1: nobody answered for 5.0 s", count=7
    )
    figures_ = replace(
        made.figures,
        counted=(replace(failed, told=7), *others),
        refusals=(refused, replace(refused, code="target.dial.refused")),
    )
    (found,) = symptoms(given(figures=figures_), TARGET, Sources())
    assert [each.text for each in found.told] == [
        f"7 clients of db: `farshore: no way to {TARGET}: r1: nobody answered for 5.0 s [tailnet.dial.no-answer]`"
    ]
    assert {each.driver for each in found.texts} == {"mssql-jdbc", "sqlclient"}
    assert "7 were told the reason" in found.client_end
