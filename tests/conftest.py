"""What all tests share: both event loops, and a gate on skipped tests.

In CI (the variable CI is set) a test that is skipped and not named in `allowed-skips.txt` fails the run: a missing
part must never look like a passed test.
"""

import os
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is.
settings.register_profile("farshore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("farshore")

ALLOWED_SKIPS = Path(__file__).with_name("allowed-skips.txt")

_skipped: list[tuple[str, str]] = []


@pytest.fixture(
    params=[
        pytest.param(("asyncio", {"use_uvloop": False}), id="asyncio"),
        pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"),
    ]
)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Every asynchronous test runs on both loops."""
    backend: tuple[str, dict[str, bool]] = request.param
    return backend


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what was skipped, and why."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append((report.nodeid, str(report.longrepr)))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run that skipped what it should have run."""
    if os.environ.get("CI") and _unexpected() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which skipped tests CI does not accept."""
    for nodeid, reason in _unexpected() if os.environ.get("CI") else []:
        terminalreporter.write_line(f"skipped, and not named in {ALLOWED_SKIPS.name}: {nodeid}: {reason}", red=True)


def _unexpected() -> list[tuple[str, str]]:
    lines = ALLOWED_SKIPS.read_text().splitlines()
    allowed = [line.partition("#")[0].strip() for line in lines if line.partition("#")[0].strip()]
    return [skip for skip in _skipped if not any(fnmatch(skip[0], pattern) for pattern in allowed)]
