"""What is told of a tailscaled and of the routers, and what is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from tests.unit.gateway.gates import direct, route, tailscaled
from tests.unit.watch.daemon import R1, R2, Daemon, peer, running

from farshore.config.model import Config
from farshore.config.observe import Observe
from farshore.core.address import parse_host_port
from farshore.core.clock import SystemClock
from farshore.core.events import Event
from farshore.core.sampled import NodeSeen, TailscaledSampled
from farshore.gateway.gateway import Gateway
from farshore.watch import observer as room
from farshore.watch import pinger
from farshore.watch.observer import Observer

pytestmark = pytest.mark.anyio

TARGET, OTHER = parse_host_port("172.16.20.88:1433"), parse_host_port("172.16.20.89:1433")
EXPIRY = "2026-03-04T00:00:00Z"
EXPIRY_S = 1772582400.0


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is believed sooner, and nothing is asked for two."""
    monkeypatch.setattr(room, "SAME_TIME_S", 0.0)
    monkeypatch.setattr(pinger, "FIRST_S", 0.1)
    monkeypatch.setattr(pinger, "WARM_S", 0.2)
    monkeypatch.setattr(pinger, "COLD_S", 0.2)


@dataclass
class Watch:
    """A gateway whose tailscaled is looked at all the time."""

    daemon: Daemon
    told: asyncio.Queue[TailscaledSampled]

    async def next(self) -> TailscaledSampled:
        """The first sample that was begun after this call."""
        async with asyncio.timeout(10):
            while not self.told.empty():
                self.told.get_nowait()
            await self.told.get()
            return await self.told.get()

    async def routers(self) -> list[NodeSeen]:
        return [node for node in (await self.next()).nodes if node.is_router]


def observed(config: Config, every_s: float) -> Config:
    return config.model_copy(update={"observe": Observe.model_construct(every_s=every_s)})


@asynccontextmanager
async def watching(*routes: Any, egresses: int = 1, every_s: float = 0.02) -> AsyncIterator[Watch]:
    async with running() as daemon:
        ways = {f"tailnet{number}": tailscaled(daemon.path) for number in range(1, egresses + 1)}
        written = routes or (route(TARGET, egress="tailnet1"),)
        config = observed(Config.model_validate({"egresses": ways, "routes": written}), every_s)
        told: asyncio.Queue[TailscaledSampled] = asyncio.Queue()

        def announce(event: Event) -> None:
            if isinstance(event, TailscaledSampled):
                told.put_nowait(event)

        gateway = Gateway(config, announce=announce, clock=SystemClock())
        await gateway.open()
        observer = Observer(gateway, announce, Random(7))  # noqa: S311 - no secrets here
        task = asyncio.get_running_loop().create_task(observer.run())
        try:
            yield Watch(daemon, told)
        finally:
            task.cancel()
            await asyncio.wait([task])
            await gateway.close()
        assert task.cancelled()


async def test_oneself_and_the_routers_of_the_routes_are_told_and_no_other_peer() -> None:
    async with watching() as on:
        on.daemon.own = peer("gw", "100.64.0.1") | {"KeyExpiry": EXPIRY}
        on.daemon.health = ["no DERP"]
        on.daemon.peers[0]["LastHandshake"] = EXPIRY
        sample = await on.next()
    gw = NodeSeen(
        name="gw",
        ip="100.64.0.1",
        online=True,
        key_expiry_s=EXPIRY_S,
        last_handshake_s=None,
        ping_ok=None,
        is_router=False,
    )
    r1 = NodeSeen(
        name="r1", ip=R1, online=True, key_expiry_s=None, last_handshake_s=EXPIRY_S, ping_ok=True, is_router=True
    )
    assert sample == TailscaledSampled(
        egress="tailnet1", backend_state="Running", nodes=(gw, r1), health=("no DERP",), problem=None
    )


async def test_a_router_that_is_silent_or_offline_is_told_so() -> None:
    async with watching() as on:
        on.daemon.answering.discard(R1)
        on.daemon.peers[0]["Online"] = False
        (router,) = await on.routers()
    assert (router.name, router.online, router.ping_ok) == ("r1", False, False)


async def test_a_router_whose_key_ended_is_told_of_and_one_that_is_gone_is_not() -> None:
    async with watching() as on:
        assert [router.name for router in await on.routers()] == ["r1"]
        on.daemon.peers[0] |= {"Expired": True, "KeyExpiry": EXPIRY}
        (router,) = await on.routers()
        assert (router.name, router.key_expiry_s) == ("r1", EXPIRY_S)
        on.daemon.peers = on.daemon.peers[1:]
        assert await on.routers() == []


async def test_a_tailscaled_that_does_not_run_pings_nobody() -> None:
    async with watching() as on:
        await on.next()
        on.daemon.state = "NeedsLogin"
        sample = await on.next()
        on.daemon.asked.clear()
        await on.next()
        assert not [question for question in on.daemon.asked if question.startswith("ping")]
    assert (sample.backend_state, [node.ping_ok for node in sample.nodes]) == ("NeedsLogin", [None])


async def test_a_tailscaled_that_does_not_answer_is_told_with_the_reason() -> None:
    async with watching() as on:
        on.daemon.path.unlink()
        sample = await on.next()
    assert (sample.backend_state, sample.nodes) == ("", ())
    assert sample.problem is not None
    assert "s.sock" in sample.problem


async def test_one_tailscaled_behind_two_egresses_is_asked_once() -> None:
    routes = (route(TARGET, egress="tailnet2"), route(OTHER, egress="tailnet1", name="other"))
    async with watching(*routes, egresses=2) as on:
        samples = [await on.next() for _ in range(3)]
    assert {sample.egress for sample in samples} == {"tailnet2"}


async def test_more_routers_than_are_bearable_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_ROUTERS", 1)
    routes = (route(TARGET, egress="tailnet1"), route(OTHER, egress="tailnet1", name="other"))
    async with watching(*routes) as on:
        on.daemon.peers = [peer("r1", R1, f"{TARGET.host}/32"), peer("r2", R2, f"{OTHER.host}/32")]
        assert [router.name for router in await on.routers()] == ["r1"]


async def test_without_a_local_api_nothing_is_told() -> None:
    async with running() as daemon:
        del daemon
        told: list[Event] = []
        local = direct(parse_host_port("127.0.0.1:9"))
        config = Config.model_validate({"egresses": {"tailnet": {"kind": "direct"}}, "routes": (local,)})
        config = observed(config, 0.01)
        gateway = Gateway(config, announce=told.append, clock=SystemClock())
        observer = Observer(gateway, told.append, Random(7))  # noqa: S311 - no secrets here
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await observer.run()
        await gateway.close()
    assert told == []


async def test_it_is_looked_as_often_as_is_written_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOOK_AROUND_S", 0.02)
    async with running() as daemon:
        told: asyncio.Queue[Event] = asyncio.Queue()
        ways = {"tailnet": tailscaled(daemon.path)}
        written = Config.model_validate({"egresses": ways, "routes": (route(TARGET, egress="tailnet"),)})
        gateway = Gateway(observed(written, 0.0), announce=lambda _: None, clock=SystemClock())
        observer = Observer(gateway, told.put_nowait, Random(7))  # noqa: S311 - no secrets here
        await gateway.open()
        looking = asyncio.get_running_loop().create_task(observer.run())
        try:
            await asyncio.sleep(0.2)
            assert told.empty()
            await gateway.reconfigure(observed(written, 0.02))
            assert isinstance(await told.get(), TailscaledSampled)
        finally:
            looking.cancel()
            await asyncio.wait([looking])
            await gateway.close()
