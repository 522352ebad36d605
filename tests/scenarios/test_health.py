"""`farshore serve` over the lab's tailnet, without a single client: how its paths are, and whether one is to spare."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.ports import free_port
from tests.scenarios.program import Program, serve_command, serving

from farshore.core.clock import SystemClock
from farshore.lab.faults import RouterDead
from farshore.lab.stage import SQL_SERVER, Stage, set_stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
def anyio_backend() -> str:
    """One loop is enough for the lab; the program has its own."""
    return "asyncio"


def written(stage: Stage, folder: Path) -> Path:
    """A gateway with a path over each router, that looks at them often."""
    config = {
        "egresses": {"tailnet": {"kind": "tailscaled", "socket": str(stage.daemon.socket)}},
        "routes": [
            {
                "name": "db",
                "listen": f"127.0.0.1:{free_port()}",
                "target": str(SQL_SERVER),
                "protocol": "sqlserver",
                "paths": [{"via": "r1", "site": 1}, {"via": "r2", "site": 2}],
            }
        ],
        "path_health": {"every": "1s", "in_doubt": "1s"},
        "drain": {"settle": "0s"},
        "health": None,
        "admin": None,
    }
    path = folder / "farshore.json"
    path.write_text(json.dumps(config))
    return path


def until(program: Program, name: str, **fields: object) -> list[dict[str, Any]]:
    """All events up to the next one of that name with these fields."""
    seen: list[dict[str, Any]] = []
    while not seen or not fields.items() <= seen[-1].items():
        seen += program.until(name)
    return seen


async def test_a_router_that_dies_is_told_before_a_client_notices(tmp_path: Path) -> None:
    async with set_stage(SystemClock()) as stage:
        with serving(serve_command(written(stage, tmp_path))) as program:

            async def told(name: str, **fields: object) -> list[dict[str, Any]]:
                return await asyncio.to_thread(until, program, name, **fields)

            ups = [*await told("health-changed", health="up"), *await told("health-changed", health="up")]
            assert {event["path"] for event in ups if event["event"] == "health-changed"} == {"r1", "r2"}
            stage.daemon.inject(RouterDead("r1"))
            seen = await told("redundancy-lost", route="db", left="r2", down=["r1"])
            assert [event["health"] for event in seen if event["event"] == "health-changed"] == ["suspect", "down"]
            stage.daemon.heal(RouterDead("r1"))
            await told("redundancy-regained", route="db")
        assert not stage.daemon.mistakes
