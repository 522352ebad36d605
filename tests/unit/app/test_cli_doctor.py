"""What may be typed after `farshore doctor`."""

import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit


def test_its_help_names_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--help"]) is Exit.OK
    told = capsys.readouterr().out
    for flag in (
        "--config",
        "-c",
        "--url",
        "--bundle",
        "--redact",
        "--log",
        "--why",
        "--within",
        "--since",
        "--format",
    ):
        assert flag in told


def test_a_time_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "10.0.0.1:1433", "--since", "yesterday"]) is Exit.USAGE
    assert "--since takes a time like" in capsys.readouterr().err
