import asyncio
from collections.abc import Callable

import pytest
from tests.unit.surface.seen import StoppedClock
from tests.unit.tailnet.control.fakes import KEY, FakeTailscale, served
from tests.unit.tailnet.control.planes import Plane

from farshore.collect.beside import ask_all
from farshore.collect.control import Lister, devices_of
from farshore.collect.documents import Notebook
from farshore.diagnosis.facts.peers import DeviceListed
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source as Text
from farshore.tailnet.control.http import JsonApi
from farshore.tailnet.control.tailscale import Tailscale

pytestmark = pytest.mark.anyio


async def asked(connect: Callable[[], Lister]) -> Notebook:
    notebook = Notebook(clock=StoppedClock())
    await ask_all([devices_of(connect)], notebook, asyncio.Event())
    return notebook


async def test_every_device_is_kept_as_it_came_and_read() -> None:
    fake = FakeTailscale()
    async with served(fake.app()) as url:
        notebook = await asked(lambda: Tailscale(JsonApi(url, StoppedClock()), lambda: KEY, StoppedClock()))
    (kept,) = notebook.kept
    facts = take_in([Text(name=kept.name, data=kept.data)]).facts
    devices = [fact for fact in facts if isinstance(fact, DeviceListed)]
    assert [(each.node, each.online, len(each.enabled or ())) for each in devices] == [("r1", True, 2), ("r2", True, 1)]
    assert fake.asked == ["GET /api/v2/tailnet/-/devices"]


async def test_a_wrong_key_is_a_reason_without_the_key() -> None:
    async with served(FakeTailscale().app()) as url:
        notebook = await asked(lambda: Tailscale(JsonApi(url, StoppedClock()), lambda: "tskey-bad", StoppedClock()))
    (missing,) = notebook.missing
    assert (missing.what, missing.tried, notebook.kept) == ("control plane", True, [])
    assert "answered 401" in missing.reason
    assert "tskey" not in missing.reason


async def test_it_is_closed_whatever_it_says() -> None:
    plane = Plane(is_up=False)
    notebook = await asked(lambda: plane)
    assert [each.reason for each in notebook.missing] == ["it is down"]
    assert plane.closed
