import pytest

from farshore.app.exits import EXITS, Exit, say


def test_every_exit_code_is_described() -> None:
    assert set(EXITS) == set(Exit)


def test_what_a_terminal_could_act_on_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    say("farshore: no \x1b[2J here\nsecond line")
    assert capsys.readouterr().err == "farshore: no \\x1b[2J here\nsecond line\n"
