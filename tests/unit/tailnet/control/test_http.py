import socket
from pathlib import Path

import pytest
from starlette.applications import Starlette
from tests.unit.surface.seen import StoppedClock
from tests.unit.tailnet.control.fakes import served

from farshore.tailnet.control.http import JsonApi, Question, key_in_environment, key_in_file
from farshore.tailnet.control.plane import ControlError, ControlFailure

pytestmark = pytest.mark.anyio


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    api = JsonApi(url, StoppedClock())
    with pytest.raises(ControlError) as caught:
        await api.call(Question(method="GET", path="/"), dict)
    assert caught.value.reason is ControlFailure.UNREACHABLE
    assert caught.value.detail.startswith(f"{url}: ")
    await api.aclose()


async def test_a_refusal_says_what_was_answered() -> None:
    async with served(Starlette()) as url:
        api = JsonApi(f"{url}/", StoppedClock())
        with pytest.raises(ControlError) as caught:
            await api.call(Question(method="GET", path="/api"), dict)
        assert (caught.value.reason, caught.value.detail) == (
            ControlFailure.DECLINED,
            f"{url} answered 404: Not Found",
        )
        await api.aclose()


def test_a_key_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "key"
    read = key_in_file(path)
    path.write_text("one\n")
    assert read() == "one"
    path.write_text("two\n")
    assert read() == "two"
    assert key_in_environment("KEY", {"KEY": " three "})() == "three"


@pytest.mark.parametrize("content", ["", "\n", "two words", "schlüssel", "line\r\nX-Evil: 1", "\0"])
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    for read in (key_in_file(path), key_in_environment("KEY", {"KEY": content})):
        with pytest.raises(ControlError) as caught:
            read()
        assert caught.value.reason is ControlFailure.NO_KEY
        assert not content.strip() or content not in caught.value.detail


def test_a_key_that_is_not_there_is_told_by_its_place(tmp_path: Path) -> None:
    for read, place in ((key_in_file(tmp_path / "no"), str(tmp_path / "no")), (key_in_environment("KEY", {}), "KEY")):
        with pytest.raises(ControlError) as caught:
            read()
        assert place in caught.value.detail


def test_nobody_prints_a_secret_by_accident() -> None:
    question = Question(method="POST", path="/", bearer="tskey-1", form={"client_secret": "tskey-2"})
    assert "tskey" not in repr(question)
