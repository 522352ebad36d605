from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.unit.watch.daemon import R1, Daemon, running

from farshore.core.remedy import Remedy
from farshore.tailnet import remedy
from farshore.tailnet.localapi import LocalApi
from farshore.tailnet.remedy import PINGS, Sighting, break_derp, command, rebind, sight
from farshore.tailnet.status import Peer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def daemon(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Daemon]:
    monkeypatch.setattr(remedy, "PING_S", 0.05)
    async with running() as daemon:
        yield daemon


async def router(api: LocalApi) -> Peer:
    return (await api.status()).peers[0]


async def test_a_router_that_answers_is_seen_both_ways(daemon: Daemon) -> None:
    api = LocalApi(daemon.path)
    seen = await sight(api, await router(api))
    assert seen == Sighting(router="r1", disco_s=0.002, tsmp_s=0.002)
    assert (seen.answers, seen.is_silent, str(seen)) == (True, False, "r1: disco 2 ms, TSMP 2 ms")
    await api.aclose()


async def test_a_router_is_silent_only_after_several_pings_of_each_kind(daemon: Daemon) -> None:
    daemon.answering.clear()
    api = LocalApi(daemon.path)
    seen = await sight(api, await router(api))
    assert (seen.answers, seen.is_silent) == (False, True)
    pings = sorted(asked for asked in daemon.asked if asked.startswith("ping"))
    assert pings == [f"ping?ip={R1}&type=TSMP"] * PINGS + [f"ping?ip={R1}&type=disco"] * PINGS
    await api.aclose()


async def test_a_ping_that_cannot_be_sent_proves_nothing(daemon: Daemon) -> None:
    api = LocalApi(daemon.path)
    peer = await router(api)
    gone = LocalApi(daemon.path.with_name("absent"))
    seen = await sight(gone, peer)
    assert (seen.answers, seen.is_silent) == (False, False)
    assert str(seen).endswith("absent: No such file or directory")
    await api.aclose()


async def test_the_actions_are_those_that_tailscaled_knows(daemon: Daemon) -> None:
    api = LocalApi(daemon.path)
    await rebind(api)
    await break_derp(api)
    assert daemon.asked == ["debug?action=rebind", "debug?action=restun", "debug?action=break-derp-conns"]
    await api.aclose()


async def test_a_command_names_the_socket_as_the_shell_reads_it() -> None:
    api = LocalApi(Path("/run/my sock"))
    assert command(Remedy.BREAK_DERP, api) == "tailscale --socket='/run/my sock' debug break-derp-conns"
    assert [each for each in Remedy if not command(each, api)] == [Remedy.RESTART, Remedy.MOVE]
    await api.aclose()
