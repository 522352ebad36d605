import json
from pathlib import Path

import pytest
from tests.unit.store.journals import KEEP, NOON_S, SetClock, ended

from farshore.app.cli import run
from farshore.app.exits import Exit
from farshore.store.ledger import Batch, Ledger

COUNT = "SELECT code, count(*) AS n FROM connections GROUP BY code"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    ledger = Ledger(path, KEEP, SetClock(), lambda _: None)
    ledger.write(Batch(entries=[(NOON_S, ended(number)) for number in range(5)]))
    ledger.close(0)
    return path


def test_a_question_is_answered(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["journal", "query", COUNT, "--journal", str(journal)]) is Exit.OK
    assert capsys.readouterr().out.split() == ["code", "n", "client.transfer.closed", "5"]
    assert run(["journal", "query", COUNT, "--journal", str(journal), "--format", "json"]) is Exit.OK
    assert json.loads(capsys.readouterr().out) == [{"code": "client.transfer.closed", "n": 5}]
    assert run(["journal", "query", COUNT, "--journal", str(journal), "--format", "csv"]) is Exit.OK
    assert capsys.readouterr().out == "code,n\r\nclient.transfer.closed,5\n"


def test_the_journal_of_a_configuration(journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "farshore.yaml"
    routes = "routes: [{listen: 8082, target: 10.0.0.1:1433}]\n"
    config.write_text(f"{routes}journal: {{path: {journal}}}\n")
    assert run(["journal", "query", COUNT, "-c", str(config)]) is Exit.OK
    assert "client.transfer.closed" in capsys.readouterr().out
    config.write_text(routes)
    assert run(["journal", "query", COUNT, "-c", str(config)]) is Exit.USAGE
    assert "keeps no journal; add `journal:` with its `path:`." in capsys.readouterr().err
    config.write_text("routes: 7\n")
    assert run(["journal", "query", COUNT, "-c", str(config)]) is Exit.USAGE
    assert f"farshore check -c {config}" in capsys.readouterr().err


def test_what_is_left_out_is_said(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["journal", "query", "SELECT connection FROM connections", "--journal", str(journal), "--limit"]
    assert run([*asked, "3"]) is Exit.OK
    told = capsys.readouterr()
    assert told.out.split() == ["connection", "0", "1", "2"]
    assert told.err == "farshore: these are the first 3 rows; `--limit` takes more.\n"
    assert run([*asked, "5"]) is Exit.OK
    assert capsys.readouterr().err == ""
    assert run([*asked, "0"]) is Exit.USAGE


def test_what_cannot_be_answered_is_one_sentence(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["journal", "query", "SELECT rout FROM connections", "--journal", str(journal)]) is Exit.USAGE
    assert capsys.readouterr().err == f"farshore: {journal} has no column rout; there is route.\n"
    assert run(["journal", "query", "SELECT 1"]) is Exit.USAGE
    assert "--journal FILE" in capsys.readouterr().err
    twice = ["journal", "query", "SELECT 1 AS x, 2 AS x", "--journal", str(journal), "--format"]
    assert run([*twice, "json"]) is Exit.USAGE
    assert capsys.readouterr().err == "farshore: two columns are called x; give one another name with AS.\n"
    assert run([*twice, "csv"]) is Exit.OK
