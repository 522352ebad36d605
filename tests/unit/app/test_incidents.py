"""`farshore incidents` for a person and for a program."""

from collections.abc import Iterator

import msgspec
import pytest
from msgspec.structs import replace
from tests.unit.app.admins import admin_listener
from tests.unit.incident.making import published

from farshore.app.cli import run
from farshore.app.exits import Exit
from farshore.incident.conclusion import conclude
from farshore.incident.record import Record, Verdict
from farshore.incident.threshold import Sign
from farshore.surface.views import IncidentsView

T0 = 1_795_000_000.0  # 2026-11-18T11:06:40Z
NAMED, OPEN = conclude(published("M01")), conclude(published(None, candidates=("M01", "M05")))
assert NAMED
assert OPEN
CLOSED = Record(
    id="2026-11-18-1",
    since_s=T0,
    opened_s=T0 + 1,
    closed_s=T0 + 200,
    proven=True,
    merged_into=None,
    routes={"db": Sign.FAILURES, "files": Sign.HELD},
    well=("db", "files"),
    verdicts=(Verdict(at_s=T0 + 5, conclusion=OPEN), Verdict(at_s=T0 + 15, conclusion=NAMED)),
)
MERGED = replace(CLOSED, id="2026-11-18-2", merged_into="2026-11-18-1", verdicts=())
UNKNOWN = replace(CLOSED, id="2026-11-18-3", closed_s=T0 + 130, proven=False, verdicts=())
STILL = replace(CLOSED, id="2026-11-18-4", closed_s=None, well=("db",), verdicts=CLOSED.verdicts[:1])


@pytest.fixture
def url() -> Iterator[str]:
    view = IncidentsView(incidents=[CLOSED, MERGED, UNKNOWN, STILL])
    with admin_listener({"/api/v1/incidents": msgspec.json.encode(view)}) as url:
        yield url


def test_it_lasted_until_its_last_sign_and_not_until_it_was_closed(capsys: pytest.CaptureFixture[str]) -> None:
    view = IncidentsView(incidents=[replace(CLOSED, ended_s=T0 + 80)])
    with admin_listener({"/api/v1/incidents": msgspec.json.encode(view)}) as url:
        assert run(["incidents", "--url", url]) is Exit.OK
        assert "1 min 20 s" in capsys.readouterr().out
        assert run(["incidents", "show", CLOSED.id, "--url", url]) is Exit.OK
        assert "since 2026-11-18 11:06:40Z, 1 min 20 s" in capsys.readouterr().out


def test_the_list_has_a_line_each(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["incidents", "--url", url]) is Exit.OK
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["incident", "since", "lasted", "routes", "cause"]
    assert [" ".join(row.split()) for row in rows] == [
        "2026-11-18-1 2026-11-18 11:06:40Z 3 min 20 s db, files M01 A router does not answer (proven)",
        "2026-11-18-2 2026-11-18 11:06:40Z 3 min 20 s db, files the same as 2026-11-18-1",
        "2026-11-18-3 2026-11-18 11:06:40Z 2 min 10 s, and nobody has come since db, files not examined yet",
        "2026-11-18-4 2026-11-18 11:06:40Z open db, files undecided between M01, M05",
    ]


def test_one_tells_what_was_concluded_when_and_who_mends_it(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["incidents", "show", "2026-11-18-1", "--url", url]) is Exit.OK
    assert capsys.readouterr().out.splitlines() == [
        "2026-11-18-1: M01 A router does not answer (proven)",
        "  since 2026-11-18 11:06:40Z, 3 min 20 s",
        "  route db: failures, well again",
        "  route files: held, well again",
        "  2026-11-18 11:06:45Z  undecided between M01, M05",
        "  2026-11-18 11:06:55Z  M01 A router does not answer (proven)",
        "  router's administrator (interrupts): tailscale down; tailscale up",
        "    then see: tailscale ping r1",
    ]


def test_an_undecided_one_tells_what_would_decide(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["incidents", "show", "2026-11-18-4", "--url", url]) is Exit.OK
    shown = capsys.readouterr().out.splitlines()
    assert "  route files: held" in shown
    assert shown[-1] == "  what would decide: tailscale ping r1"


def test_one_that_is_like_earlier_ones_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    later = [replace(CLOSED, id=f"2026-11-2{day}-1", since_s=T0 + day * 86_400) for day in (1, 2)]
    view = IncidentsView(incidents=[CLOSED, *later])
    with admin_listener({"/api/v1/incidents": msgspec.json.encode(view)}) as url:
        assert run(["incidents", "show", later[0].id, "--url", url]) is Exit.OK
        first = capsys.readouterr().out
        assert run(["incidents", "show", later[1].id, "--url", url]) is Exit.OK
        second = capsys.readouterr().out
    assert "subject once before, since 2026-11-18 11:06:40Z; last 2026-11-18-1" in first
    assert "subject 2 times before, since 2026-11-18 11:06:40Z; last 2026-11-21-1" in second


def test_a_program_gets_json(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["incidents", "--url", url, "--format", "json"]) is Exit.OK
    assert msgspec.json.decode(capsys.readouterr().out, type=IncidentsView).incidents[3] == STILL
    assert run(["incidents", "show", "2026-11-18-4", "--url", url, "--format", "json"]) is Exit.OK
    assert msgspec.json.decode(capsys.readouterr().out, type=Record) == STILL


def test_one_that_is_not_known_is_one_sentence(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["incidents", "show", "7", "--url", url]) is Exit.USAGE
    assert "knows no incident 7; it knows 2026-11-18-1, 2026-11-18-2" in capsys.readouterr().err


def test_where_there_are_none_it_says_how_to_have_them(capsys: pytest.CaptureFixture[str]) -> None:
    with admin_listener({"/api/v1/incidents": b'{"incidents": []}'}) as url:
        assert run(["incidents", "--url", url]) is Exit.OK
    assert "only where the configuration has `incidents:`" in capsys.readouterr().out


def test_nobody_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with admin_listener({}) as url:
        pass
    assert run(["incidents", "--url", url]) is Exit.NOT_REACHED
    assert url in capsys.readouterr().err
