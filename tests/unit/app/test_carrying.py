from typing import Any

import pytest
from tests.ports import free_port
from tests.unit.gateway.wires import door, echo

from farshore.app.carrying import Carrier
from farshore.app.mending import Hands
from farshore.config.model import Config
from farshore.config.remedies import Mode
from farshore.core.clock import SystemClock
from farshore.core.remedy import Remedy
from farshore.gateway.gateway import Gateway
from farshore.gateway.succession import NotReconfigured, Reconfigured
from farshore.watch.mender import Allowance, Mender, Surroundings

pytestmark = pytest.mark.anyio


class Watched(Mender):
    """A mender that only remembers what it was allowed."""

    def __init__(self) -> None:
        nothing = Surroundings(routes=list, tailscaleds=dict, announce=lambda _: None, clock=SystemClock())
        super().__init__(Allowance(modes=dict.fromkeys(Remedy, Mode.OFF)), nothing)
        self.allowed: list[Allowance] = []

    def allow(self, allowance: Allowance) -> None:
        self.allowed.append(allowance)


def config(port: int, **settings: Any) -> Config:
    egress = {"kind": "tailscaled", "socket": "/run/none.sock"}
    routes = [{"listen": port, "target": "172.16.20.88:1433"}]
    return Config.model_validate({"egresses": {"tailnet": egress}, "routes": routes, **settings})


async def test_the_mender_follows_what_the_gateway_carries_and_only_that() -> None:
    clock = SystemClock()
    hands = Hands(announce=lambda _: None, clock=clock, environment={})
    mender = Watched()
    port = free_port()
    gateway = Gateway(config(port), announce=lambda _: None, clock=clock)
    carrier = Carrier(gateway=gateway, mender=mender, hands=hands)
    await gateway.open()
    try:
        assert isinstance(await carrier.reconfigure(config(port, path_health={"every": "5s"})), Reconfigured)
        assert mender.allowed == []
        auto = config(port, remedies={"break-derp": "auto"})
        assert isinstance(await carrier.reconfigure(auto), Reconfigured)
        assert [each.modes[Remedy.BREAK_DERP] for each in mender.allowed] == [Mode.AUTO]
        async with door(echo) as taken:
            refused = await carrier.reconfigure(config(taken.address.port, remedies={"break-derp": "off"}))
        assert isinstance(refused, NotReconfigured)
        assert len(mender.allowed) == 1
        assert gateway.config == auto
    finally:
        await gateway.close()
