"""`farshore alert silence`, `silences` and `unsilence`."""

import json
from pathlib import Path

import pytest
from tests.unit.store.journals import NOON_S, SetClock

from farshore.app.exits import Exit, Refusal
from farshore.app.silencing import Wish, end_now, list_silences, silence_now
from farshore.store.database import NotOpened, open_writable
from farshore.store.silences import silences_in

ROUTES = "routes: [{name: billing, listen: 8082, target: 172.16.20.88:1433}]\n"
CLOCK = SetClock()


def a_file(folder: Path, alerts: str = "alerts: {}\n", *, with_journal: bool = True) -> Path:
    path, journal = folder / "farshore.yaml", folder / "journal.db"
    path.write_text(f"{ROUTES}{alerts}" + (f"journal: {{path: {journal}}}\n" if with_journal else ""))
    if with_journal:
        opened = open_writable(journal)
        assert not isinstance(opened, NotOpened)
        opened.close()
    return path


def wish(*routes: str, is_all: bool = False, for_: str = "2h", why: str = "") -> Wish:
    return Wish(routes=routes, is_all=is_all, for_=for_, why=why)


def refused(answer: Exit | Refusal) -> str:
    assert isinstance(answer, Refusal)
    assert answer.exit is Exit.USAGE
    return answer.sentence


def test_a_silence_is_made_listed_and_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = a_file(tmp_path)
    assert silence_now(file, wish("billing", why="new disk"), CLOCK) is Exit.OK
    assert capsys.readouterr().out == (
        "silence 1: billing until 2026-09-21T16:13:20Z; `farshore alert unsilence 1` ends it sooner\n"
    )
    assert list_silences(file, as_json=True, clock=CLOCK) is Exit.OK
    [row] = json.loads(capsys.readouterr().out)["silences"]
    assert (row["number"], row["routes"], row["until"], row["why"]) == (
        1,
        ["billing"],
        "2026-09-21T16:13:20Z",
        "new disk",
    )
    assert row["who"].count("@") == 1
    assert end_now(file, 1, CLOCK) is Exit.OK
    assert capsys.readouterr().out == "silence 1 is over: billing\n"
    assert list_silences(file, as_json=False, clock=CLOCK) is Exit.OK
    assert capsys.readouterr().out == "nothing is silenced\n"


def test_everything_can_be_silenced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = a_file(tmp_path)
    assert silence_now(file, wish(is_all=True), CLOCK) is Exit.OK
    assert "silence 1: everything until" in capsys.readouterr().out
    (made,) = silences_in(tmp_path / "journal.db", NOON_S)  # type: ignore[misc]
    assert made.routes == ()


def test_those_of_the_configuration_are_listed_until_they_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silences = "[{until: 2026-09-22T00:00:00Z}, {routes: [billing], until: 2026-01-01T00:00:00Z}]"
    file = a_file(tmp_path, f"alerts: {{silences: {silences}}}\n", with_journal=False)
    assert list_silences(file, as_json=False, clock=CLOCK) is Exit.OK
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].split() == ["configuration", "everything", "2026-09-22T00:00:00Z"]


def test_what_cannot_be_silenced_is_said(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    assert "did you mean billing?" in refused(silence_now(file, wish("biling")))
    assert refused(silence_now(file, wish("ledger"))) == "there is no route ledger; there are billing."
    for neither_or_both in (wish(), wish("billing", is_all=True)):
        assert "--all" in refused(silence_now(file, neither_or_both))
    assert refused(silence_now(file, wish("billing", for_="soon"))).startswith("--for takes a duration")
    assert refused(end_now(file, 3)) == "no silence 3 holds; there is none."
    silence_now(file, wish("billing"))
    assert refused(end_now(file, 3)) == "no silence 3 holds; there is 1."


def test_where_no_gateway_would_hear_of_it_it_is_refused(tmp_path: Path) -> None:
    assert "keeps no journal" in refused(silence_now(a_file(tmp_path, with_journal=False), wish("billing")))
    assert "has no `alerts:`" in refused(silence_now(a_file(tmp_path, ""), wish("billing")))
    file = a_file(tmp_path)
    (tmp_path / "journal.db").unlink()
    assert "start the gateway first" in refused(silence_now(file, wish("billing")))
    file.write_text("routes: 3")
    assert "farshore check" in refused(silence_now(file, wish("billing")))
    assert "farshore check" in refused(list_silences(file, as_json=False))


def test_a_journal_that_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    (tmp_path / "journal.db").write_bytes(b"no database at all, but more than a hundred bytes " * 4)
    for answer in (silence_now(file, wish("billing")), end_now(file, 1), list_silences(file, as_json=False)):
        assert str(tmp_path / "journal.db") in refused(answer)
