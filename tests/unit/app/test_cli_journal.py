import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit


def test_the_question_and_its_flags_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["journal", "query", "--help"]) is Exit.OK
    told = capsys.readouterr().out
    assert "it only reads" in told
    assert {word for word in told.split() if word.startswith("--")} >= {"--journal", "--config", "--format", "--limit"}
