"""One tailnet serves the whole session; every test leaves it healthy, or is the one that is blamed."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from tests.tailnet.harness import faults
from tests.tailnet.harness.tailnet import BINARIES, Tailnet

PARTS = ("tailscaled", "tailscale", "derper", "headscale")
LOG_LINES = 40


def requires_tailnet() -> str | None:
    """Why no tailnet can stand on this machine; None where it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if missing := [tool for tool in ("ip", "nft") if shutil.which(tool) is None]:
        return f"not installed: {', '.join(missing)}"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "/dev/net/tun is not usable"
    if missing := [part for part in PARTS if not (BINARIES / part).is_file()]:
        return f"not built, run `make tailnet-parts`: {', '.join(missing)}"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    inside = [item for item in items if item.path.is_relative_to(here)]
    reason = requires_tailnet() if inside else None
    for item in inside:
        item.add_marker(pytest.mark.tailnet)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=f"requires_tailnet: {reason}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of every log beside a failure."""
    report = yield
    standing = getattr(item, "funcargs", {}).get("standing_tailnet")
    if report.failed and isinstance(standing, Tailnet):
        for log in sorted(standing.folder.glob("*/log")):
            report.sections.append((f"the end of {log.parent.name}'s log", "\n".join(_last_lines(log))))
    return report


def _last_lines(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-LOG_LINES:]


@pytest.fixture(scope="session")
def standing_tailnet() -> Iterator[Tailnet]:
    """The session's one tailnet; tests ask for `tailnet`, which also looks after its health."""
    standing = Tailnet()
    try:
        standing.up()
        yield standing
    finally:
        standing.down()


@pytest.fixture
def tailnet(standing_tailnet: Tailnet) -> Iterator[Tailnet]:
    """A healthy tailnet. What a test breaks it heals; if it doesn't, it fails here and the next one finds all well."""
    yield standing_tailnet
    ailments = standing_tailnet.ailments()
    if ailments:
        faults.recover(standing_tailnet)
        pytest.fail(f"this test left the tailnet ill: {ailments}")
