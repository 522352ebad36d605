"""What may be typed after `farshore report`."""

import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit


def test_its_help_names_what_a_dead_gateway_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--help"]) is Exit.OK
    told = capsys.readouterr().out
    for flag in ("--folder", "--journal", "--from", "--to", "--compare", "--no-redact", "--format", "--output", "-o"):
        assert flag in told


def test_a_format_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "2026-11-22-3", "--format", "docx"]) is Exit.USAGE
    assert "markdown" in capsys.readouterr().err
