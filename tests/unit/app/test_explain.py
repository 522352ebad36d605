import pytest

from farshore.app.exits import Exit, Refusal
from farshore.app.explain import explain
from farshore.diagnosis.causes import CATALOGUE


@pytest.mark.parametrize("code", ["M07", "m07", "M7"])
def test_a_cause_is_told_whatever_the_case(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(code) is Exit.OK
    assert capsys.readouterr().out.startswith("M07 Route missing")


def test_without_a_code_every_cause_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(None) is Exit.OK
    lines = capsys.readouterr().out.splitlines()
    assert all(any(line.startswith(cause.code) for line in lines) for cause in CATALOGUE)


@pytest.mark.parametrize(("code", "hint"), [("M70", "did you mean M"), ("weather", "farshore explain --list")])
def test_a_wrong_code_is_helped(code: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused = explain(code)
    assert isinstance(refused, Refusal)
    assert refused.exit is Exit.USAGE
    assert hint in refused.sentence
    assert capsys.readouterr().out == ""
