"""What a router's pings come to, and when silence is believed."""

import asyncio
from ipaddress import ip_address
from typing import cast

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.tailnets import document, unanswered

from farshore.core.address import IPAddress
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure, PingKind, Pong
from farshore.tailnet.status import Status, parse_status
from farshore.watch.pinger import COLD_S, FIRST_S, STAYS_WARM_S, WARM_S, Pinger
from farshore.watch.verdict import Ping

pytestmark = pytest.mark.anyio

ROUTER = ip_address("100.64.0.2")
PONG = Pong(node_name="r1")
HEARD_NOTHING = unanswered(LocalApiFailure.TIMEOUT)


class StubApi:
    """Answers each ping with the next answer for its kind, the last one again and again, and says how it is."""

    def __init__(
        self,
        tsmp: list[Pong | LocalApiError],
        disco: Pong | LocalApiError = HEARD_NOTHING,
        own: dict[str, object] | LocalApiError | None = None,
    ) -> None:
        self.tsmp = tsmp
        self.disco = disco
        self.own = document() if own is None else own
        self.asked: list[tuple[PingKind, float]] = []

    async def ping(self, ip: IPAddress, kind: PingKind, *, timeout_s: float) -> Pong:
        assert ip == ROUTER
        await asyncio.sleep(0)
        count = sum(1 for asked, _ in self.asked if asked is kind)
        self.asked.append((kind, timeout_s))
        answer = self.disco if kind is PingKind.DISCO else self.tsmp[min(count, len(self.tsmp) - 1)]
        if isinstance(answer, LocalApiError):
            raise answer
        return answer

    async def own_status(self, *, timeout_s: float) -> Status:
        assert timeout_s > 0
        if isinstance(self.own, LocalApiError):
            raise self.own
        return parse_status(self.own)


def pinger(api: StubApi, clock: HeldClock | None = None) -> Pinger:
    return Pinger(cast("LocalApi", api), ROUTER, "r1 (100.64.0.2)", clock or HeldClock())


async def test_a_router_that_answers_is_pinged_once() -> None:
    api = StubApi([PONG])
    pinged = await pinger(api).ping()
    assert (pinged.ping, pinged.detail) == (Ping.ANSWERED, "r1 (100.64.0.2) answers pings")
    assert api.asked == [(PingKind.TSMP, FIRST_S)]


async def test_a_ping_that_is_lost_is_made_once_more() -> None:
    api = StubApi([HEARD_NOTHING, PONG])
    assert (await pinger(api).ping()).ping is Ping.ANSWERED


@pytest.mark.parametrize(
    ("disco", "words"),
    [
        (HEARD_NOTHING, "answered no ping for 5 s"),
        (PONG, "answered disco pings alone, WireGuard to it is dead for 5 s"),
    ],
)
async def test_a_silent_router_is_silent_where_tailscaled_still_talks(disco: Pong | LocalApiError, words: str) -> None:
    pinged = await pinger(StubApi([HEARD_NOTHING], disco)).ping()
    assert (pinged.ping, pinged.detail, pinged.is_cut_off) == (Ping.SILENT, f"r1 (100.64.0.2) {words}", False)


@pytest.mark.parametrize("reason", LocalApiFailure)
async def test_a_tailscaled_that_does_not_answer_says_nothing_about_the_router(reason: LocalApiFailure) -> None:
    api = StubApi([HEARD_NOTHING], own=unanswered(reason))
    assert (await pinger(api).ping()).ping is Ping.NOTHING
    if reason is not LocalApiFailure.TIMEOUT:
        assert (await pinger(StubApi([unanswered(reason)])).ping()).ping is Ping.NOTHING


async def test_a_tailscaled_that_is_not_running_says_nothing_about_the_router() -> None:
    pinged = await pinger(StubApi([HEARD_NOTHING], own=document(state="Stopped"))).ping()
    assert (pinged.ping, pinged.detail) == (Ping.NOTHING, "tailscaled is Stopped")


async def test_what_tailscaled_cannot_ping_is_not_known() -> None:
    pinged = await pinger(StubApi([Pong(error="no matching peer")])).ping()
    assert (pinged.ping, pinged.detail) == (
        Ping.NOTHING,
        "tailscaled cannot ping r1 (100.64.0.2): no matching peer",
    )


async def test_a_tailscaled_without_control_is_cut_off() -> None:
    own = document()
    own["Self"] = {"HostName": "gw", "Online": False}
    assert (await pinger(StubApi([HEARD_NOTHING], own=own)).ping()).is_cut_off


async def test_a_tunnel_that_may_be_asleep_is_given_more_time() -> None:
    api, clock = StubApi([PONG]), HeldClock()
    asked = pinger(api, clock)
    assert not asked.is_warm()
    await asked.ping()
    assert asked.is_warm()

    async def patience_s() -> float:
        api.tsmp, api.asked = [HEARD_NOTHING], []
        await asked.ping()
        return sum(timeout_s for kind, timeout_s in api.asked if kind is PingKind.TSMP)

    assert await patience_s() == WARM_S
    clock.advance(STAYS_WARM_S)
    assert await patience_s() == COLD_S
