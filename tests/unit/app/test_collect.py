import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit


@pytest.mark.parametrize(("system", "begins"), [("linux", "#!/bin/sh\n"), ("windows", "# Looks at")])
def test_the_script_is_printed(system: str, begins: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["collect", "--script", system, "10.9.8.7:1433"]) == Exit.OK
    out = capsys.readouterr().out
    assert out.startswith(begins)
    assert "10.9.8.7:1433" in out


def test_a_target_that_is_none_never_gets_into_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["collect", "--script", "linux", "$(reboot):1"]) == Exit.USAGE
    assert "host name" in capsys.readouterr().err
    assert run(["collect", "--script", "solaris"]) == Exit.USAGE
