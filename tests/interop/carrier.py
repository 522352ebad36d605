"""A gateway as a process of its own, so that it can be put into another network: `carrier.py LOOP CONFIG`.

CONFIG is Farshore's own, as JSON; LOOP is asyncio or uvloop. Every route listens on a port of its own choosing.
One JSON line each: first `{"ports": {route: port}}`, then every ended connection. A line on standard input asks for
`{"settled": connections}` once no connection is open; the end of standard input drains and ends.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator

import msgspec
import uvloop

from farshore.app.refusing import offer_of
from farshore.config.fields import Ports
from farshore.config.model import Config
from farshore.core.clock import SystemClock
from farshore.core.events import ConnectionEnded, Event
from farshore.gateway.gateway import Gateway

SETTLE_S = 30.0


def say(line: bytes) -> None:
    """Write one line, whole and at once."""
    os.write(sys.stdout.fileno(), line + b"\n")


def on_any_port(text: str) -> Config:
    """The configuration, with each route on a port that the system chooses."""
    config = Config.model_validate(json.loads(text))
    listen = Ports(host=None, first=0, last=0)
    routes = tuple(route.model_copy(update={"listen": listen}) for route in config.routes)
    return config.model_copy(update={"routes": routes})


async def carry(config: Config) -> None:
    """Run the gateway for as long as standard input lasts."""
    changed = asyncio.Event()

    def announce(event: Event) -> None:
        changed.set()
        if isinstance(event, ConnectionEnded):
            say(msgspec.json.encode(event))

    async def empty() -> None:
        while gateway.connections():
            changed.clear()
            await changed.wait()

    gateway = Gateway(config, announce=announce, clock=SystemClock())
    gateway.refusals.offer = offer_of(config, SystemClock(), _complain)
    await gateway.open()
    say(json.dumps({"ports": {route.name: route.listen.port for route in gateway.routes()}}).encode())
    try:
        async for _ in _requests():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(empty(), SETTLE_S)
            say(json.dumps({"settled": len(gateway.connections())}).encode())
        await gateway.drain()
    finally:
        await gateway.close()


def _complain(message: str) -> None:
    sys.stderr.write(f"{message}\n")


async def _requests() -> AsyncIterator[bytes]:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line


if __name__ == "__main__":
    factory = uvloop.new_event_loop if sys.argv[1] == "uvloop" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(carry(on_any_port(sys.argv[2])))
