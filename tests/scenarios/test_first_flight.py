"""A router of the lab accepts and dies before the target's first byte: a real driver does not notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg
import pytest

from farshore.config.fields import Ports
from farshore.config.model import Config
from farshore.core.clock import SystemClock
from farshore.core.events import ConnectionEnded, Event, FirstFlightReplayed
from farshore.gateway.gateway import Gateway
from farshore.lab.faults import Disturbed
from farshore.lab.stage import POSTGRES, R1, R2, Stage, set_stage
from farshore.lab.toxics import Bytes

pytestmark = pytest.mark.anyio

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class DiesAtFirst:
    """The first connection ends when the client has spoken, and before the target's first byte has come back."""

    died: list[bytes] = field(default_factory=list)

    async def apply(self, source: Bytes) -> AsyncIterator[bytes]:
        is_first = not self.died
        async for chunk in source:
            if is_first:
                self.died.append(chunk)
                return
            yield chunk


@asynccontextmanager
async def carried(protocol: str) -> AsyncIterator[tuple[Stage, Gateway, list[Event]]]:
    events: list[Event] = []
    async with set_stage(SystemClock()) as stage, asyncio.timeout(PATIENCE_S):
        gateway = Gateway(_config(str(stage.daemon.socket), protocol), announce=events.append, clock=SystemClock())
        await gateway.open()
        yield stage, gateway, events
        while gateway.connections():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
        await gateway.close()
        assert not stage.daemon.mistakes


@pytest.mark.parametrize("sslmode", ["disable", "prefer"])
async def test_a_driver_does_not_notice_a_router_that_dies_before_the_first_byte(sslmode: str) -> None:
    dies = DiesAtFirst()
    async with carried("postgres") as (stage, gateway, events):
        stage.daemon.inject(Disturbed(from_target=(dies,)))
        async with await _connect(gateway, sslmode) as connection:
            assert await (await connection.execute("SELECT 1")).fetchone() is not None
    (replayed,) = [event for event in events if isinstance(event, FirstFlightReplayed)]
    assert (replayed.path, replayed.onto) == (R1, R2)
    assert [(ended.code, ended.path) for ended in events if isinstance(ended, ConnectionEnded)] == [
        ("client.transfer.closed", R2)
    ]


async def test_the_same_is_an_error_where_nothing_is_known_of_the_protocol() -> None:
    dies = DiesAtFirst()
    async with carried("tcp") as (stage, gateway, events):
        stage.daemon.inject(Disturbed(from_target=(dies,)))
        with pytest.raises(psycopg.OperationalError):
            await _connect(gateway, "disable")
    assert not [event for event in events if isinstance(event, FirstFlightReplayed)]
    assert [(ended.code, ended.path) for ended in events if isinstance(ended, ConnectionEnded)] == [
        ("upstream.first-byte.closed", R1)
    ]


def _config(socket: str, protocol: str) -> Config:
    return Config.model_validate(
        {
            "egresses": {"tailnet": {"kind": "tailscaled", "socket": socket}},
            "routes": [
                {
                    "name": "db",
                    "listen": Ports(host=None, first=0, last=0),
                    "target": Ports(host=POSTGRES.host, first=POSTGRES.port, last=POSTGRES.port),
                    "protocol": protocol,
                    "paths": [{"via": R1, "site": 1}, {"via": R2, "site": 2}],
                }
            ],
        }
    )


async def _connect(gateway: Gateway, sslmode: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    port = gateway.routes()[0].listen.port
    conninfo = f"host=127.0.0.1 port={port} user=demo dbname=demo sslmode={sslmode}"
    return await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
