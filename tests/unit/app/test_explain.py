import pytest

from farshore.app.exits import Exit, Refusal
from farshore.app.explain import explain
from farshore.diagnosis.causes import CATALOGUE
from farshore.diagnosis.misread import MISREADINGS


@pytest.mark.parametrize("code", ["M07", "m07", "M7"])
def test_a_cause_is_told_whatever_the_case(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(code) is Exit.OK
    assert capsys.readouterr().out.startswith("M07 Route missing")


def test_without_a_code_every_cause_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(None) is Exit.OK
    lines = capsys.readouterr().out.splitlines()
    assert all(any(line.startswith(cause.code) for line in lines) for cause in CATALOGUE)
    assert all(any(line.startswith(f"{each.id} ") for line in lines) for each in MISREADINGS)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("code", ["F9", "f9", "F09"])
def test_a_misreading_is_told_with_what_holds(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(code) is Exit.OK
    said = capsys.readouterr().out
    assert said.startswith("F9 is claimed: Online with an empty CurAddr means a zombie.")
    assert "What holds: CurAddr is set only for a direct path" in said
    assert explain("F19") is Exit.OK
    assert capsys.readouterr().out.startswith("F19 ")


@pytest.mark.parametrize(("code", "hint"), [("M70", "did you mean M"), ("weather", "farshore explain --list")])
def test_a_wrong_code_is_helped(code: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused = explain(code)
    assert isinstance(refused, Refusal)
    assert refused.exit is Exit.USAGE
    assert hint in refused.sentence
    assert capsys.readouterr().out == ""
