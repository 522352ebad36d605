import re
import subprocess
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

import farshore
from farshore.app import version

REPOSITORY = Path(__file__).parents[3]


class Installed:
    def __init__(self, origin: str | None) -> None:
        self._origin = origin

    def read_text(self, name: str) -> str | None:
        return self._origin if name == "direct_url.json" else None


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation in a folder of its own."""
    folder = tmp_path / "lib" / "site-packages" / "farshore"
    folder.mkdir(parents=True)
    monkeypatch.setattr(version, "files", lambda _: folder)
    monkeypatch.setattr(farshore, "__file__", str(folder / "__init__.py"))
    monkeypatch.setattr(version, "distribution", lambda _: Installed(None))
    return folder


def first_line() -> str:
    return version.describe().splitlines()[0]


def test_the_commit_is_that_of_the_build(package: Path) -> None:
    (package / "COMMIT").write_text("0123456789abcdef\n")
    assert first_line() == f"farshore {farshore.__version__} (0123456789ab)"


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        ('{"url": "x", "vcs_info": {"vcs": "git", "commit_id": "0123456789abcdef"}}', "(0123456789ab)"),
        ('{"url": "file:///x", "dir_info": {"editable": true}}', "(commit unknown)"),
        (None, "(commit unknown)"),
    ],
)
@pytest.mark.usefixtures("package")
def test_the_commit_is_shown_where_the_installation_knows_it(
    origin: str | None, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "distribution", lambda _: Installed(origin))
    assert first_line().endswith(shown)


def test_in_a_repository_it_is_what_is_checked_out() -> None:
    head = subprocess.run(
        ["git", "-C", str(REPOSITORY), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    )
    assert re.search(r"\((\w{12})\)$", first_line())
    assert first_line().endswith(f"({head.stdout[:12]})")


@pytest.mark.usefixtures("package")
def test_an_absent_uvloop_or_distribution_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(version, "distribution", missing)
    monkeypatch.setattr(version, "version", missing)
    assert version.describe().splitlines()[2] == "loop asyncio"
    assert first_line().endswith("(commit unknown)")
