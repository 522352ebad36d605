import asyncio

import pytest
from tests.unit.collect.conftest import SetScene

from farshore.collect.beside import ask_all
from farshore.collect.metrics import metrics_of
from farshore.diagnosis.facts.metrics import MetricSampled, rises
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source as Text
from farshore.lab import faults
from farshore.lab.tailnet import Door
from farshore.tailnet.localapi import LocalApi

pytestmark = pytest.mark.anyio


async def test_two_samples_have_a_rise_and_an_observer(set_calm_scene: SetScene) -> None:
    over = asyncio.Event()
    async with set_calm_scene() as scene:
        scene.notebook.observer = "gw"
        api = LocalApi(scene.stage.daemon.socket)
        asking = asyncio.get_running_loop().create_task(ask_all(metrics_of(api, ""), scene.notebook, over))
        await asyncio.sleep(0)
        over.set()
        await asking
        await api.aclose()
    (kept,) = scene.notebook.kept
    samples = [
        fact for fact in take_in([Text(name=kept.name, data=kept.data)]).facts if isinstance(fact, MetricSampled)
    ]
    assert {(each.observer, each.scrape) for each in samples} == {("gw", 1), ("gw", 2)}
    (warnings,) = (rise for rise in rises(samples) if rise.first.metric == "tailscaled_health_messages")
    assert warnings.by == 0
    assert warnings.over_s is not None


async def test_inner_counters_that_nobody_tells_are_left_out(set_calm_scene: SetScene) -> None:
    over = asyncio.Event()
    over.set()
    async with set_calm_scene() as scene:
        api = LocalApi(scene.stage.daemon.socket)
        await ask_all(metrics_of(api, ""), scene.notebook, over)
        await api.aclose()
    (missing,) = scene.notebook.missing
    assert (missing.what, missing.tried) == ("inner-metrics", False)
    assert missing.reason.startswith("tailscaled answered 404")


async def test_nonsense_is_a_reason(set_scene: SetScene) -> None:
    over = asyncio.Event()
    async with set_scene(faults.Garbage(doors=(Door.LOCALAPI,))) as scene:
        api = LocalApi(scene.stage.daemon.socket)
        await ask_all(metrics_of(api, "")[:1], scene.notebook, over)
        await api.aclose()
    assert [(each.what, each.tried) for each in scene.notebook.missing] == [("metrics", True)]
    assert scene.notebook.kept == []
