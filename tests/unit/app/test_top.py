import sys
from pathlib import Path
from typing import Any

import pytest

from farshore.app import top as command
from farshore.app.exits import Exit, Refusal
from farshore.app.top import top
from farshore.surface.top.screen import Top


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("__stdin__", "__stderr__"):
        monkeypatch.setattr(command.sys, name, Terminal())  # type: ignore[attr-defined]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Top]:
    """The programs that were run, each left at once."""
    ran: list[Top] = []

    def run(self: Top, **_: Any) -> None:
        ran.append(self)
        self._return_code = 0

    monkeypatch.setattr(Top, "run", run)
    return ran


def refusal(*arguments: Any) -> str:
    refused = top(*arguments)
    assert isinstance(refused, Refusal)
    assert refused.exit is Exit.USAGE
    return refused.sentence


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("textual", "farshore.surface.top.screen"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "textual", None)
    assert "pip install 'farshore[tui]'" in refusal("http://127.0.0.1:9809", None)


def test_a_mistake_of_its_own_is_not_taken_for_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "farshore.surface.top.screen", None)
    with pytest.raises(ModuleNotFoundError):
        top("http://127.0.0.1:9809", None)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("url", ["127.0.0.1:9809", "ftp://127.0.0.1/", "http://", "http://[::1", "\x1b[2J"])
def test_what_is_no_address_is_refused(url: str) -> None:
    assert "is no address of an admin listener" in refusal(url, None)


@pytest.mark.usefixtures("terminal")
def test_a_file_without_a_token_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("short")
    assert "it has to hold 16 to 512 characters" in refusal("http://127.0.0.1:9809", path)
    assert "it cannot be read" in refusal("http://127.0.0.1:9809", tmp_path / "none")


@pytest.mark.usefixtures("terminal")
def test_it_asks_with_the_token_of_the_file(tmp_path: Path, shown: list[Top]) -> None:
    path = tmp_path / "token"
    path.write_text("a-token-of-this-test\n")
    assert top("http://127.0.0.1:9809", path) is Exit.OK
    (program,) = shown
    assert program._link._client.headers["authorization"] == "Bearer a-token-of-this-test"
    assert str(program._link._client.base_url) == "http://127.0.0.1:9809"
