from pathlib import Path

import pytest

from farshore.app.mending import build_mender
from farshore.config.model import Config
from farshore.core.clock import SystemClock
from farshore.gateway.gateway import Gateway

pytestmark = pytest.mark.anyio


async def test_every_egress_with_a_socket_can_be_asked() -> None:
    config = Config.model_validate(
        {
            "egresses": {
                "one": {"kind": "tailscaled", "socket": "/run/one.sock"},
                "two": {"kind": "socks5", "address": "127.0.0.1:1055", "localapi": "/run/two.sock"},
                "three": {"kind": "direct"},
            },
            "routes": [{"listen": 8082, "target": "172.16.20.88:1433", "egress": "one"}],
        }
    )
    clock = SystemClock()
    gateway = Gateway(config, announce=lambda _: None, clock=clock)
    asked = build_mender(config, gateway, None, lambda _: None, clock)._around.tailscaleds
    assert {name: api.socket for name, api in asked.items()} == {
        "one": Path("/run/one.sock"),
        "two": Path("/run/two.sock"),
    }
    for api in asked.values():
        await api.aclose()
    await gateway.close()
