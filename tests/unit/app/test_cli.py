import json
import os
import subprocess
import sys
from typing import get_args

import pytest

from farshore import __version__
from farshore.app.cli import LogFormatName, LogLevelName, run
from farshore.app.exits import Exit
from farshore.surface.logs import LogFormat, LogLevel

HEAVY = {
    "asyncio",
    "httpx2",
    "pydantic",
    "starlette",
    "structlog",
    "uvicorn",
    "uvloop",
    "prometheus_client",
    "textual",
    "yaml",
}
BROKEN = ExceptionGroup("tasks", [KeyError("broken")])


def only_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("farshore: ")
    assert captured.err.endswith(".\n")
    assert captured.err.count("\n") == 1
    return captured.err.removeprefix("farshore: ").rstrip()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["serv"], 'unknown command "serv", did you mean "serve"; see `farshore --help`.'),
        (["--verison"], 'unknown command "--verison"; see `farshore --help`.'),
        (["serve", "--confg", "x"], "unknown option: --confg, did you mean --config; see `farshore serve --help`."),
        (
            ["serve", "--log-format", "xml"],
            'invalid value "xml" for --log-format, choose from "json", "text"; see `farshore serve --help`.',
        ),
        (["serve", "-c"], 'command "serve" parameter -c requires an argument; see `farshore serve --help`.'),
        (["check"], 'command "check" parameter --config requires an argument; see `farshore check --help`.'),
        (["config", "shcema"], 'unknown command "shcema", did you mean "schema"; see `farshore config --help`.'),
    ],
)
def test_a_mistyped_line_is_one_sentence_that_says_where_to_look(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) is Exit.USAGE
    assert only_sentence(capsys) == sentence


def test_a_mistake_of_our_own_is_one_sentence_and_exit_70(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise BROKEN

    monkeypatch.setattr("farshore.app.status.status", broken)
    assert run(["status"]) is Exit.INTERNAL
    assert "(KeyError: 'broken')" in only_sentence(capsys)
    with pytest.raises(ExceptionGroup):
        run(["status", "--debug"])


@pytest.mark.parametrize("flags", [["--version"], ["--debug", "--version"]])
def test_version_names_all_that_runs(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(flags) is Exit.OK
    first, python, loop = capsys.readouterr().out.splitlines()
    assert first.startswith(f"farshore {__version__}")
    assert python == "Python {}.{}.{}".format(*sys.version_info)
    assert loop.startswith("loop ")


def test_choices_are_those_of_the_log() -> None:
    assert get_args(LogLevelName) == tuple(LogLevel)
    assert get_args(LogFormatName) == tuple(LogFormat)


def test_help_imports_nothing_heavy() -> None:
    program = "import sys; from farshore.app.cli import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "serve" in done.stdout
    assert not HEAVY & set(done.stderr.split())


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as broken:
        command = [sys.executable, "-m", "farshore", "config", "schema"]
        done = subprocess.run(command, stdout=broken, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (Exit.OK, b"")


def test_closed_standard_descriptors_are_filled() -> None:
    program = (
        "import os\n"
        "for fd in (0, 1, 2): os.close(fd)\n"
        "from farshore.app.cli import _occupy_standard_descriptors\n"
        "_occupy_standard_descriptors()\n"
        "assert [os.fstat(fd).st_rdev for fd in (0, 1, 2)] == [os.stat(os.devnull).st_rdev] * 3\n"
        "assert os.open(os.devnull, os.O_RDONLY) == 3\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "schema"]) is Exit.OK
    assert "routes" in json.loads(capsys.readouterr().out)["properties"]
