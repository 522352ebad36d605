from pathlib import Path
from typing import Any

import pytest
from tests.unit.gateway.gates import behind_localapi
from tests.unit.gateway.tailnets import Daemon
from tests.unit.gateway.wires import door, echo
from tests.unit.tailnet.test_suggest import SITE_1, SITE_2, peer

from farshore.app.declared import disproved
from farshore.config.load import parse
from farshore.config.model import Config

pytestmark = pytest.mark.anyio


def config(socket: Path, forwarding: str = "kernel") -> Config:
    text = (
        f"egresses: {{t: {{kind: tailscaled, socket: {socket}}}}}\n"
        f"routers: {{r1: {{forwarding: {forwarding}}}}}\n"
        "routes: [{listen: 8082, target: 172.16.20.88:1433, paths: [{via: r1, site: 1}, {via: r2, site: 2}]}]\n"
    )
    loaded = parse(text.encode(), "f")
    assert loaded.config is not None
    return loaded.config


def daemon(**systems: str) -> Daemon:
    peers = [peer("router-a", 2, SITE_1, os=systems.get("r1", "linux")), peer("b", 3, SITE_2, os="windows")]
    status: dict[str, Any] = {
        "Version": "1.102.3",
        "BackendState": "Running",
        "Peer": dict(zip("ab", peers, strict=True)),
    }
    return Daemon(behind_localapi(echo), status)


@pytest.mark.parametrize("system", ["windows", "macOS", "freebsd"])
async def test_a_system_that_always_forwards_in_netstack_disproves_it(tmp_path: Path, system: str) -> None:
    async with door(daemon(r1=system), tmp_path / "s"):
        sentence = await disproved(config(tmp_path / "s"))
    assert sentence is not None
    assert sentence.startswith(f"routers.r1 cannot be `forwarding: kernel` because router-a runs {system}, ")


async def test_linux_may_and_what_is_not_declared_is_not_judged(tmp_path: Path) -> None:
    async with door(daemon(), tmp_path / "s"):
        assert await disproved(config(tmp_path / "s")) is None
    async with door(daemon(r1="windows"), tmp_path / "t"):
        assert await disproved(config(tmp_path / "t", "netstack")) is None


async def test_where_nobody_answers_nothing_is_held_against_anybody(tmp_path: Path) -> None:
    assert await disproved(config(tmp_path / "s")) is None
