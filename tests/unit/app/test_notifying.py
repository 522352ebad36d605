import asyncio
import sys
import threading
from contextlib import suppress

import pytest
from tests.unit.surface.seen import StoppedClock

from farshore.app.exits import Exit
from farshore.app.notifying import build_notifier, notify_refusal
from farshore.config.load import parse
from farshore.config.model import Config
from farshore.core.events import Event

pytestmark = pytest.mark.anyio


def configuration(section: str) -> Config:
    text = f"routes: [{{name: a, listen: 8082, target: 172.16.20.88:1433}}]\n{section}"
    config = parse(text.encode(), "farshore.yaml").config
    assert config is not None
    return config


def nobody(_: Event) -> None:
    raise AssertionError


async def test_without_channels_it_waits_for_some_without_a_thread() -> None:
    threads = threading.active_count()
    running = asyncio.create_task(build_notifier(configuration(""), nobody, StoppedClock()).run())
    await asyncio.sleep(0)
    assert not running.done()
    assert threading.active_count() == threads
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def test_what_needs_no_extra_is_refused_by_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert notify_refusal(configuration("")) is None
    assert notify_refusal(configuration("notify: [{slack: {url: {env: A}}}]")) is None


def test_what_needs_an_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    config = configuration("notify: [{apprise: {url: {env: A}}}]")
    assert notify_refusal(config) is None
    monkeypatch.setitem(sys.modules, "apprise", None)
    refusal = notify_refusal(config)
    assert refusal is not None
    assert refusal.exit is Exit.USAGE
    assert "pip install 'farshore[notify]'" in refusal.sentence
