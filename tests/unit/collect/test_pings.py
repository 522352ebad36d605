from ipaddress import IPv4Address

import pytest
from tests.unit.collect.conftest import SetScene

from farshore.collect.documents import Notebook
from farshore.collect.pings import TRIES, find_witness, ping, ping_router
from farshore.core.address import IPAddress
from farshore.core.clock import SystemClock
from farshore.lab import faults
from farshore.tailnet.localapi import LocalApi, PingKind, Pong

pytestmark = pytest.mark.anyio
ROUTER = IPv4Address("100.64.0.2")


class Answers:
    """Answers in turn."""

    def __init__(self, *pongs: Pong) -> None:
        self.pongs = list(pongs)

    async def ping(self, ip: IPAddress, kind: PingKind, *, timeout_s: float) -> Pong:  # noqa: ARG002 - the API's
        return self.pongs.pop(0)


async def test_a_direct_path_outweighs_the_relay_that_answered_first(impatient: None) -> None:
    api = Answers(Pong(derp_region="fra", latency_s=0.2), Pong(endpoint="192.0.2.7:41641", latency_s=0.01))
    (answer,) = await ping(api, ROUTER, "a", PingKind.DISCO, "now")  # type: ignore[arg-type]
    assert (answer.answered, answer.endpoint, answer.derp) == (True, "192.0.2.7:41641", "")


async def test_a_relay_alone_is_believed_after_all_tries(impatient: None) -> None:
    api = Answers(*[Pong(derp_region="fra", latency_s=0.2)] * TRIES)
    answers = await ping(api, ROUTER, "a", PingKind.DISCO, "now")  # type: ignore[arg-type]
    assert [(answer.endpoint, answer.derp) for answer in answers] == [("", "fra")] * TRIES


async def test_a_router_is_asked_both_ways_and_noted_in_order(set_scene: SetScene) -> None:
    async with set_scene(faults.RouterDead("r1")) as scene:
        api = LocalApi(scene.stage.daemon.socket)
        pinged = await ping_router(api, ROUTER, "r1", scene.notebook)
        peers = (await api.status()).peers
        witness = await find_witness(api, [p for p in peers if p.host_name == "r2"], scene.notebook)
        nobody = await find_witness(api, [p for p in peers if p.host_name == "r1"], scene.notebook)
        await api.aclose()
    assert (pinged.disco.answered, pinged.tsmp.answered, pinged.tsmp.text) == (False, False, "")
    assert witness is not None
    assert nobody is None
    assert [noted.kind for noted in scene.notebook.pings] == ["disco", "tsmp", "disco"]


async def test_a_refusal_ends_the_tries(set_scene: SetScene) -> None:
    async with set_scene() as scene:
        api = LocalApi(scene.stage.daemon.socket)
        (answer,) = await ping(api, IPv4Address("10.1.2.3"), "", PingKind.TSMP, Notebook(clock=SystemClock()).now())
        await api.aclose()
    assert (answer.answered, answer.text) == (False, "no matching peer")
