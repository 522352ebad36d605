from importlib.metadata import PackageNotFoundError

import pytest

from farshore.app import version


class Installed:
    def __init__(self, origin: str | None) -> None:
        self._origin = origin

    def read_text(self, name: str) -> str | None:
        return self._origin if name == "direct_url.json" else None


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        ('{"url": "x", "vcs_info": {"vcs": "git", "commit_id": "0123456789abcdef"}}', "(0123456789ab)"),
        ('{"url": "file:///x", "dir_info": {"editable": true}}', None),
        (None, None),
    ],
)
def test_the_commit_is_shown_where_the_installation_knows_it(
    origin: str | None, shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "distribution", lambda _: Installed(origin))
    first = version.describe().splitlines()[0]
    assert first.endswith(shown) if shown else "(" not in first


def test_an_absent_uvloop_or_distribution_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(version, "distribution", missing)
    monkeypatch.setattr(version, "version", missing)
    assert version.describe().splitlines()[2] == "loop asyncio"
