"""A view of who owns what, for whoever can wait for it."""

import asyncio

import pytest
from tests.unit.watch.daemon import running

from farshore.core.clock import SystemClock
from farshore.gateway.ownership import Ownership, View
from farshore.tailnet.localapi import LocalApi, LocalApiError
from farshore.watch.owner import ask

pytestmark = pytest.mark.anyio


async def test_an_answer_young_enough_is_taken_again() -> None:
    async with running() as daemon:
        ownership = Ownership(LocalApi(daemon.path), SystemClock())
        first = await ask(ownership, 0)
        assert isinstance(first, View)
        assert [peer.host_name for peer in first.status.peers] == ["r1", "r2"]
        assert await ask(ownership, 60) is first
        assert await ask(ownership, 0) is not first
        daemon.path.unlink()
        await ownership.close()


async def test_no_answer_is_the_reason_and_who_gave_up_is_not_told() -> None:
    async with running() as daemon:
        ownership = Ownership(LocalApi(daemon.path), SystemClock())
        daemon.path.unlink()
        assert isinstance(await ask(ownership, 0), LocalApiError)
        impatient = asyncio.create_task(ask(ownership, 0))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.wait([impatient])
        assert impatient.cancelled()
        assert isinstance(await ask(ownership, 0), LocalApiError)
        await ownership.close()
