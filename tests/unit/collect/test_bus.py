import asyncio

import msgspec
import pytest
from tests.unit.collect.conftest import SetScene

from farshore.collect.beside import ask_all
from farshore.collect.bus import bus_of
from farshore.diagnosis.facts.peers import HealthWarned, PeerSeen, PrefsSeen
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source as Text
from farshore.lab import faults
from farshore.lab.tailnet import Door
from farshore.tailnet.localapi import LocalApi

pytestmark = pytest.mark.anyio


async def test_its_reader_takes_what_was_heard(set_scene: SetScene) -> None:
    over = asyncio.Event()
    over.set()
    async with set_scene(faults.RoutesNotAccepted()) as scene:
        api = LocalApi(scene.stage.daemon.socket)
        await ask_all([bus_of(api, "")], scene.notebook, over)
        await api.aclose()
    (kept,) = scene.notebook.kept
    assert (kept.name, scene.notebook.missing) == ("bus.jsonl", [])
    assert all(isinstance(msgspec.json.decode(line), dict) for line in kept.data.splitlines())
    taken = take_in([Text(name=kept.name, data=kept.data)])
    assert taken.unread == []
    assert {type(fact) for fact in taken.facts} >= {HealthWarned, PeerSeen, PrefsSeen}


async def test_nonsense_is_a_reason(set_scene: SetScene) -> None:
    over = asyncio.Event()
    async with set_scene(faults.Garbage(doors=(Door.LOCALAPI,))) as scene:
        api = LocalApi(scene.stage.daemon.socket)
        await ask_all([bus_of(api, "")], scene.notebook, over)
        await api.aclose()
    assert [each.what for each in scene.notebook.missing] == ["bus"]
    assert scene.notebook.kept == []
