"""What kind of outage it was, and whom a report counts."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.unit.report.outage.outages import T0, connection, course, given
from tests.unit.store.journals import KEEP, SetClock

from farshore.core.clock import SystemClock
from farshore.core.events import Event
from farshore.core.outcome import Code
from farshore.core.pattern import ENOUGH, SLOW, Pattern
from farshore.report.outage.counts import figures
from farshore.report.outage.effect import impact, symptoms
from farshore.report.outage.given import Figures, Span
from farshore.report.outage.kinds import kind_of
from farshore.report.outage.sources import Sources
from farshore.store.ledger import Batch, Ledger

SPAN = Span(from_s=T0 - 1, to_s=T0 + 1001)
HOUR_S = 3_600.0


def _mistaken(error: Exception) -> None:
    raise error


def up(number: int, at_s: float, took_s: float = 0.01, route: str = "db") -> Event:
    one = connection(number, at_s, Code.CLIENT_CLOSED, route=route)
    return msgspec.structs.replace(one, reached_ms=took_s * 1000)


def gone(number: int, at_s: float, waited_s: float) -> Event:
    one = connection(number, at_s - waited_s, Code.CLIENT_GONE_EARLY)
    return msgspec.structs.replace(one, duration_ms=waited_s * 1000, reached_ms=None)


def told(folder: Path, happened: Iterable[tuple[float, Event]], *, started_s: float = T0 - HOUR_S) -> Figures:
    """What a journal says of these, which a gateway wrote that had started then."""
    path = folder / "journal.db"
    ledger = Ledger(path, KEEP, SetClock(wall=started_s), _mistaken)
    ledger.write(Batch(entries=sorted(happened, key=lambda each: each[0])))
    ledger.close(0)
    found = figures(path, SPAN, [], SystemClock())
    assert isinstance(found, Figures), found
    assert not found.unknown
    return found


def line(letters: str, from_s: float = T0, route: str = "db") -> list[tuple[float, Event]]:
    """One ending a second: `x` failed, `.` went well."""
    return [
        (
            at_s,
            up(number, at_s, route=route) if letter == "." else connection(number, at_s, Code.NO_ANSWER, route=route),
        )
        for number, letter in enumerate(letters)
        if letter != " " and (at_s := from_s + number) > 0
    ]


@pytest.mark.parametrize(
    ("letters", "kind"),
    [
        ("..xxxxx..", Pattern.TOTAL),
        ("x", Pattern.TOTAL),
        ("x.xx.x..xx.x.xx..x.x", Pattern.PARTIAL),
        (("x" * 10 + "." * 10) * 5, Pattern.FLAPPING),
        ("....", None),
        ("", None),
    ],
    ids=["total", "one", "partial", "flapping", "nothing failed", "nobody"],
)
def test_kinds_are_told_by_what_the_journal_counted(tmp_path: Path, letters: str, kind: Pattern | None) -> None:
    busy = line("." * 20, T0 - 30)
    assert kind_of(told(tmp_path, [*busy, *line(letters)]), "db") == kind


@pytest.mark.parametrize(
    ("before", "letters", "started_s", "kind"),
    [
        ([], "xx.....", T0 - 2, Pattern.COLD_START),
        ([], "xx.....", T0 - 20, Pattern.TOTAL),
        ([], "xx", T0 - 2, Pattern.TOTAL),
        (line(".", T0 - 60), "xx...", T0 - HOUR_S, Pattern.COLD_START),
        (line(".", T0 - 60), "x" * 14 + "..", T0 - HOUR_S, Pattern.TOTAL),
        (line(".", T0 - 40), "xx...", T0 - HOUR_S, Pattern.TOTAL),
        (line(".", T0 - 40, "other"), "xx...", T0 - HOUR_S, Pattern.COLD_START),
    ],
    ids=["start", "later", "never well", "quiet", "goes on", "not quiet", "quiet beside another"],
)
def test_a_cold_start_is_told_by_the_gateways_start_or_a_quiet_spell(
    tmp_path: Path, before: list[tuple[float, Event]], letters: str, started_s: float, kind: Pattern
) -> None:
    assert kind_of(told(tmp_path, [*before, *line(letters)], started_s=started_s), "db") == kind


@pytest.mark.parametrize(
    ("count", "took_s", "kind"),
    [(ENOUGH, 0.6, SLOW), (ENOUGH, 0.4, None), (ENOUGH - 1, 0.6, None)],
    ids=["slow", "not long", "too few"],
)
def test_slow_is_told_without_a_failure(tmp_path: Path, count: int, took_s: float, kind: str | None) -> None:
    usual = [(at_s, up(at, at_s)) for at in range(ENOUGH) if (at_s := T0 - 100 + at)]
    now = [(at_s, up(at, at_s, took_s)) for at in range(count) if (at_s := T0 + at)]
    found = told(tmp_path, [*usual, *now])
    assert kind_of(found, "db") == kind
    texts = [each.text for each in impact(given(course(), figures=found), Sources()).said]
    slow = "Slow, on db: 95 % of its connections were up within 600 ms; in the ten minutes before within 10 ms."
    assert (slow in texts) is (kind == SLOW)


def test_the_kind_is_said_with_its_definition_and_stands_at_its_route(tmp_path: Path) -> None:
    found = told(tmp_path, line("....", T0 - 10) + line("xxx.") + line("x.xx.x.x", T0 + 0.5, "files"))
    made = impact(given(course(routes={"db": "failures", "files": "failures"}), figures=found), Sources())
    assert {hit.route: hit.kind for hit in made.routes} == {"db": "total", "files": "partial"}
    kinds = [each for each in made.said if each.text.startswith("Kind: ")]
    assert [each.text for each in kinds] == [
        "Kind: total, on db: nothing went well between the first failure and the last.",
        "Kind: partial, on files: some failed and some went well throughout.",
    ]
    assert all(each.refs for each in kinds)


def test_who_gave_up_waiting_has_failed_and_who_only_looked_in_is_nobody(tmp_path: Path) -> None:
    happened: list[tuple[float, Event]] = [
        (T0 + at, gone(at, T0 + at, waited_s)) for at, waited_s in enumerate([5.0, 3.0, 2.999, 0.001, 0.001])
    ]
    refused = connection(9, T0 + 9, Code.CLIENT_NOT_ALLOWED)
    cut = connection(10, T0 + 10, Code.DRAIN_CUT)
    found = told(tmp_path, [*happened, (T0 + 9, refused), (T0 + 10, cut)])
    made = impact(given(course(), figures=found), Sources())
    texts = [each.text for each in made.said]
    assert "2 of 2 connections that ended meanwhile failed (100.0 %), of 1 client host." in texts
    assert any(text.startswith("Not counted: 5 connections that had not been allowed, had left") for text in texts)
    assert (made.routes[0].connections, made.routes[0].failed, made.routes[0].clients) == (2, 2, 1)
    assert (made.failing_minutes, made.minutes_without_success) == (1, 1)
    assert [(each.code, each.count) for each in symptoms(given(course(), figures=found), "", Sources())] == [
        ("client.dial.gone", 2)
    ]


def test_where_everybody_is_counted_that_is_not_said(tmp_path: Path) -> None:
    found = told(tmp_path, line("x"))
    made = impact(given(course(), figures=replace(found)), Sources())
    assert not any("Not counted" in each.text for each in made.said)
