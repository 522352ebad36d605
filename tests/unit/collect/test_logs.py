import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.unit.collect.conftest import SetScene

from farshore.collect.beside import ask_all
from farshore.collect.documents import Notebook
from farshore.collect.logs import MAX_TAIL_BYTES, tail_of, tap_of
from farshore.core.clock import SystemClock
from farshore.diagnosis.facts.peers import HealthWarned
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source as Text
from farshore.tailnet.localapi import LocalApi

pytestmark = pytest.mark.anyio


@pytest.fixture
def over() -> asyncio.Event:
    """The walk is over already."""
    event = asyncio.Event()
    event.set()
    return event


async def test_the_tap_becomes_lines_that_are_read(over: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    async def tapped(_: LocalApi, *, timeout_s: float) -> AsyncGenerator[dict[str, object], None]:
        assert timeout_s > 0
        yield {"text": "[logtap connected]\n"}
        yield {
            "logtail": {"client_time": "2026-03-04T05:06:07.5Z"},
            "text": "health(warnable=no-derp-home): error: x\n",
        }
        yield {"logtail": {"client_time": "2026-03-04T05:06:08Z"}, "text": "two\nlines\n"}
        yield {"logtail": {"client_time": "2026-03-04T05:06:08Z"}, "text": "socks5: client connection failed: x\n"}
        yield {"logtail": 5}

    monkeypatch.setattr(LocalApi, "tap_log", tapped)
    notebook = Notebook(clock=SystemClock())
    await ask_all([tap_of(LocalApi(Path("/nowhere")), "")], notebook, asyncio.Event())
    (kept,) = notebook.kept
    assert kept.data.decode().splitlines() == [
        "2026-03-04T05:06:07.5Z health(warnable=no-derp-home): error: x",
        "2026-03-04T05:06:08Z two",
        "2026-03-04T05:06:08Z lines",
    ]
    (warned,) = (f for f in take_in([Text(name=kept.name, data=kept.data)]).facts if isinstance(f, HealthWarned))
    assert (warned.warnable, str(warned.evidence.time)) == ("no-derp-home", "2026-03-04T05:06:07.500000Z")


async def test_who_may_not_hear_it_is_told_so(set_calm_scene: SetScene, over: asyncio.Event) -> None:
    async with set_calm_scene() as scene:
        api = LocalApi(scene.stage.daemon.socket)
        await ask_all([tap_of(api, "")], scene.notebook, over)
        await api.aclose()
    assert [(each.what, each.tried) for each in scene.notebook.missing] == [("log", False)]
    assert scene.notebook.kept == []


async def test_of_a_file_the_last_whole_lines(tmp_path: Path, over: asyncio.Event) -> None:
    path = tmp_path / "tailscaled log"
    path.write_bytes(b"first\n" + b"x" * MAX_TAIL_BYTES + b"\nlast\n")
    notebook = Notebook(clock=SystemClock())
    await ask_all([tail_of(path, 1)], notebook, over)
    (kept,) = notebook.kept
    assert (kept.name, kept.data) == ("log-1-tailscaled_log", b"last\n")
    path.write_bytes(b"short\n")
    await ask_all([tail_of(path, 2)], notebook, over)
    assert notebook.kept[1].data == b"short\n"


async def test_no_file_an_empty_one_and_a_pipe_hold_up_nobody(tmp_path: Path, over: asyncio.Event) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").write_bytes(b"")
    notebook = Notebook(clock=SystemClock())
    sources = [tail_of(tmp_path / name, 1) for name in ("missing", "empty", "pipe")]
    await ask_all(sources, notebook, over)
    assert [each.reason for each in notebook.missing[:2]] == ["No such file or directory", "it is empty"]
    assert "seek" in notebook.missing[2].reason
    assert notebook.kept == []
