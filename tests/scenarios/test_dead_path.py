"""A router of the lab dies under a real driver: its query ends, and the next connection goes the other way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import psycopg
import pytest

from farshore.config.fields import Ports
from farshore.config.model import Config
from farshore.core.clock import SystemClock
from farshore.core.events import ConnectionEnded, Event, Health
from farshore.gateway.dead_path import LOOK_S
from farshore.gateway.gateway import Gateway
from farshore.lab.faults import Disturbed, RouterDead
from farshore.lab.stage import POSTGRES, R1, R2, set_stage
from farshore.lab.toxics import Bytes

pytestmark = pytest.mark.anyio

PATIENCE_S = 60.0
GRACE_S = 0.3


@dataclass(frozen=True, slots=True)
class Valve:
    """Bytes pass until it is shut; then they are taken and never arrive."""

    is_shut: asyncio.Event = field(default_factory=asyncio.Event)

    async def apply(self, source: Bytes) -> AsyncIterator[bytes]:
        async for chunk in source:
            if self.is_shut.is_set():
                await asyncio.get_running_loop().create_future()
            yield chunk


async def test_a_query_over_a_router_that_dies_ends_and_the_next_one_is_answered() -> None:
    events: list[Event] = []
    async with set_stage(SystemClock()) as stage, asyncio.timeout(PATIENCE_S):
        gateway = Gateway(_config(str(stage.daemon.socket)), announce=events.append, clock=SystemClock())
        await gateway.open()
        port = gateway.routes()[0].listen.port
        valve = Valve()
        disturbed = Disturbed(to_target=(valve,), from_target=(valve,))
        stage.daemon.inject(disturbed)
        over_r1, idle_over_r1 = await _connect(port), await _connect(port)
        expected = await _ask(over_r1)
        assert await _ask(idle_over_r1) == expected

        stage.daemon.heal(disturbed)
        stage.daemon.inject(RouterDead(R1))
        valve.is_shut.set()
        carried = sum(state.client_bytes for state in gateway.connections())
        asked = asyncio.get_running_loop().create_task(_ask(over_r1))
        while sum(state.client_bytes for state in gateway.connections()) == carried:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
        gateway.note_health("db", R1, Health.SUSPECT, "a ping is late")
        await asyncio.sleep(GRACE_S + 2 * LOOK_S)
        assert not asked.done()
        gateway.note_health("db", R1, Health.DOWN, "no pong")

        with pytest.raises(psycopg.OperationalError):
            await asked
        over_r2 = await _connect(port)
        assert await _ask(over_r2) == expected
        assert [(ended.code, ended.path) for ended in events if isinstance(ended, ConnectionEnded)] == [
            ("router.transfer.dead", R1)
        ]
        assert len(gateway.connections()) == 2
        for connection in (over_r1, idle_over_r1, over_r2):
            await connection.close()
        await gateway.close()
        assert not stage.daemon.mistakes
    paths = [ended.path for ended in events if isinstance(ended, ConnectionEnded)]
    assert sorted(paths) == [R1, R1, R2]


def _config(socket: str) -> Config:
    target = Ports(host=POSTGRES.host, first=POSTGRES.port, last=POSTGRES.port)
    return Config.model_validate(
        {
            "egresses": {"tailnet": {"kind": "tailscaled", "socket": socket}},
            "routes": [
                {
                    "name": "db",
                    "listen": Ports(host=None, first=0, last=0),
                    "target": target,
                    "protocol": "postgres",
                    "paths": [{"via": R1, "site": 1}, {"via": R2, "site": 2}],
                    "dead_path_grace": GRACE_S,
                }
            ],
        }
    )


async def _connect(port: int) -> psycopg.AsyncConnection[tuple[object, ...]]:
    conninfo = f"host=127.0.0.1 port={port} user=demo dbname=demo sslmode=disable"
    return await psycopg.AsyncConnection.connect(conninfo, autocommit=True)


async def _ask(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> object:
    return await (await connection.execute("SELECT 1")).fetchone()
