import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit


def test_the_flags_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["probe", "--help"]) is Exit.OK
    told = capsys.readouterr().out
    assert "counts as failed" in told
    expected = {"--for", "--every", "--concurrency", "--slo", "--resume", "--path", "--every-path", "--direct"}
    assert {word for word in told.split() if word.startswith("--")} >= expected
