import asyncio
import sys

import pytest
import uvloop

from farshore.app.exits import Exit, Refusal
from farshore.app.loops import loop_factory_of


def test_the_loop_that_was_asked_for_or_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loop_factory_of("asyncio") is asyncio.new_event_loop
    assert loop_factory_of("auto") is uvloop.new_event_loop
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert loop_factory_of("auto") is asyncio.new_event_loop
    refusal = loop_factory_of("uvloop")
    assert isinstance(refusal, Refusal)
    assert refusal.exit is Exit.USAGE
    assert "pip install 'farshore[uvloop]'" in refusal.sentence
