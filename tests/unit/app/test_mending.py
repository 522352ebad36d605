from pathlib import Path

import pytest

from farshore.app.mending import IN_KUBERNETES, Hands, allowance, build_mender, control_plane
from farshore.config.model import Config
from farshore.config.remedies import Control
from farshore.core.clock import SystemClock
from farshore.gateway.gateway import Gateway
from farshore.tailnet.control.headscale import Headscale
from farshore.tailnet.control.kubernetes import KubernetesLease
from farshore.tailnet.control.mover import NoLease
from farshore.tailnet.control.plane import ControlError
from farshore.tailnet.control.tailscale import Tailscale
from farshore.watch.moving import Moving

pytestmark = pytest.mark.anyio


async def test_every_egress_with_a_socket_can_be_asked() -> None:
    config = Config.model_validate(
        {
            "egresses": {
                "one": {"kind": "tailscaled", "socket": "/run/one.sock"},
                "two": {"kind": "socks5", "address": "127.0.0.1:1055", "localapi": "/run/two.sock"},
                "three": {"kind": "direct"},
            },
            "routes": [
                {"listen": 8082 + place, "target": "172.16.20.88:1433", "egress": name, "allow_direct": name == "three"}
                for place, name in enumerate(["one", "two", "three"])
            ],
        }
    )
    clock = SystemClock()
    gateway = Gateway(config, announce=lambda _: None, clock=clock)
    asked = build_mender(config, gateway, Hands(announce=lambda _: None, clock=clock))._around.tailscaleds()
    assert {name: api.socket for name, api in asked.items()} == {
        "one": Path("/run/one.sock"),
        "two": Path("/run/two.sock"),
    }
    await gateway.close()


def config_with(control: dict[str, object], **settings: object) -> Config:
    return Config.model_validate(
        {
            "egresses": {"one": {"kind": "tailscaled", "socket": "/run/one.sock"}},
            "routes": [{"listen": 8082, "target": "172.16.20.88:1433"}],
            "control": control,
            **settings,
        }
    )


HEADSCALE: dict[str, object] = {"kind": "headscale", "url": "http://127.0.0.1:1", "key_env": "K"}


async def moving_of(config: Config, environment: dict[str, str]) -> Moving:
    clock = SystemClock()
    moving = allowance(config, Hands(announce=lambda _: None, clock=clock, environment=environment)).moving
    assert moving is not None
    await moving.aclose()
    return moving


async def test_a_gateway_outside_kubernetes_moves_by_itself_and_inside_only_with_a_lease() -> None:
    inside = {IN_KUBERNETES: "10.96.0.1"}
    alone = await moving_of(config_with(HEADSCALE), {})
    doubtful = await moving_of(config_with(HEADSCALE), inside)
    apart = await moving_of(config_with(HEADSCALE, remedies={"lease": {"name": "moves"}}), inside)
    assert [type(each.mover.lease) for each in (alone, doubtful, apart)] == [NoLease, NoLease, KubernetesLease]
    assert [each.only_suggest for each in (alone, apart)] == [None, None]
    assert "write remedies: {lease: …}" in (doubtful.only_suggest or "")


async def test_routers_that_are_declared_are_known_to_moves() -> None:
    routers = {"r1": {"forwarding": "netstack"}, "r2": {"forwarding": "kernel"}}
    assert (await moving_of(config_with(HEADSCALE, routers=routers), {})).mover.kernel == {"r2"}


@pytest.mark.parametrize(
    ("control", "kind"),
    [
        (HEADSCALE, Headscale),
        ({"kind": "tailscale", "key_file": "/run/key"}, Tailscale),
        ({"kind": "tailscale", "client_id": "k", "client_secret_env": "S"}, Tailscale),
    ],
)
async def test_each_control_plane_is_built(control: dict[str, object], kind: type) -> None:
    plane = control_plane(Control.model_validate(control), SystemClock(), {})
    assert isinstance(plane, kind)
    with pytest.raises(ControlError):
        await plane.routers()
    await plane.aclose()
