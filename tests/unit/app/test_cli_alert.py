from pathlib import Path

import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit


def test_what_may_be_asked_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alert", "test", "--help"]) is Exit.OK
    told = capsys.readouterr().out
    assert {word.rstrip(",") for word in told.split() if word.startswith("--")} >= {"--config", "--channel"}


def test_a_channel_that_cannot_be_told_is_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "farshore.yaml"
    path.write_text("routes: [{listen: 8082, target: 172.16.20.88:1433}]\nnotify: [{slack: {url: {env: NO_SUCH_URL}}}]")
    assert run(["alert", "test", "-c", str(path), "--channel", "slack"]) is Exit.FAILED
    assert capsys.readouterr().out.startswith("slack: failed: the environment has no variable NO_SUCH_URL (")
