from pathlib import Path

import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit
from farshore.store.database import NotOpened, open_writable


def test_what_may_be_asked_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["alert", "test", "--help"]) is Exit.OK
    told = capsys.readouterr().out
    assert {word.rstrip(",") for word in told.split() if word.startswith("--")} >= {"--config", "--channel"}


def test_a_channel_that_cannot_be_told_is_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "farshore.yaml"
    path.write_text("routes: [{listen: 8082, target: 172.16.20.88:1433}]\nnotify: [{slack: {url: {env: NO_SUCH_URL}}}]")
    assert run(["alert", "test", "-c", str(path), "--channel", "slack"]) is Exit.FAILED
    assert capsys.readouterr().out.startswith("slack: failed: the environment has no variable NO_SUCH_URL (")


def test_silences_are_made_listed_and_ended_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, journal = tmp_path / "farshore.yaml", tmp_path / "journal.db"
    path.write_text(
        f"routes: [{{name: billing, listen: 8082, target: 172.16.20.88:1433}}]\n"
        f"alerts: {{}}\njournal: {{path: {journal}}}\n"
    )
    opened = open_writable(journal)
    assert not isinstance(opened, NotOpened)
    opened.close()
    assert run(["alert", "silence", "billing", "--for", "2h", "--why", "new disk", "-c", str(path)]) is Exit.OK
    assert run(["alert", "silence", "--all", "--for", "5m", "-c", str(path)]) is Exit.OK
    assert run(["alert", "silences", "-c", str(path)]) is Exit.OK
    told = capsys.readouterr().out
    assert "new disk" in told
    assert "everything" in told
    assert run(["alert", "unsilence", "2", "-c", str(path)]) is Exit.OK
    assert run(["alert", "unsilence", "2", "-c", str(path)]) is Exit.USAGE
