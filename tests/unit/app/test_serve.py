import resource
import sys
from pathlib import Path

import pytest

from farshore.app import serve
from farshore.app.exits import Exit, Refusal
from farshore.app.serve import Options, raise_descriptor_limit
from farshore.surface.logs import LogFormat


def test_as_many_descriptors_as_the_system_grants() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        assert raise_descriptor_limit() == hard
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_text_is_for_terminals_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert serve._log_format(Options(log_format="text")) is LogFormat.TEXT
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert serve._log_format(Options()) is LogFormat.TEXT
    assert serve._log_format(Options(log_format="json")) is LogFormat.JSON
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert serve._log_format(Options()) is LogFormat.JSON


def test_nothing_is_opened_for_a_configuration_that_is_wrong(tmp_path: Path) -> None:
    refusal = serve.serve(Options(config=tmp_path / "absent.yaml"))
    assert isinstance(refusal, Refusal)
    assert refusal.exit is Exit.USAGE


def test_a_traceback_is_shown_only_where_it_was_asked_for() -> None:
    error = ValueError("why")
    error.__cause__ = KeyError("root")
    assert serve._describe(error) == "ValueError: why"
    assert "KeyError: 'root'" in serve._describe_fully(error)
