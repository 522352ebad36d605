import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit


def test_what_may_be_asked_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["top", "--help"]) is Exit.OK
    told = capsys.readouterr().out
    assert {word.rstrip(",") for word in told.split() if word.startswith("--")} >= {"--url", "--token-file"}


def test_without_a_terminal_it_names_the_command_that_needs_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.__stdin__", None)
    assert run(["top"]) is Exit.USAGE
    assert capsys.readouterr().err == "farshore: top needs a terminal; `farshore status` prints the same once.\n"
