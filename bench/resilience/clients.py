"""The clients in the pod, as a process of its own: it says what became of each as a line of JSON.

    python -m bench.resilience.clients '{"streams": {"ours": 20001}, "pools": {}, "paths": {}, ...}'

Every stream gets a new client each 100 ms, however slow those before are: it connects with psycopg, asks one question
and leaves. `crowd 200` on standard input brings so many at once to every stream; `end` lets nobody come any more, and
the process ends when the last one has.
"""

import asyncio
import contextlib
import importlib
import json
import logging
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import psycopg
from bench.resilience.dialler import dial
from bench.resilience.seen import EVERY_S, Client

LOGIN_TIMEOUT_S = 15
PATIENCE_S = 20.0
LAST_RESORT_S = 40.0
QUESTION, ANSWER = "SELECT name FROM people WHERE id = 2", "Grace"
POOL_SIZE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the process is to do.

    `streams` and `pools` say on which port of 127.0.0.1 each finds its forwarder; `paths` are the addresses that the
    independent dialler asks the SOCKS5 server on `socks_port` for, where `greeting` is said on `greeting_port`.
    """

    user: str
    password: str
    streams: Mapping[str, int]
    pools: Mapping[str, int] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    socks_port: int = 0
    greeting_port: int = 0
    greeting: str = ""

    def conninfo(self, port: int) -> str:
        """Where a client connects, in libpq's words; one connection each, so neither TLS nor GSS is asked for."""
        return (
            f"host=127.0.0.1 port={port} user={self.user} password={self.password} dbname=postgres "
            f"connect_timeout={LOGIN_TIMEOUT_S} sslmode=disable gssencmode=disable"
        )


async def ask(conninfo: str) -> None:
    """One client's whole life."""
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        await question(connection)


async def question(connection: psycopg.AsyncConnection[Any]) -> None:
    """The one question with one right answer.

    The socket is shut after 20 s: psycopg's own way to give up asks the server over one more connection to cancel.

    Raises:
        psycopg.Error: it was not answered.
    """
    timer = asyncio.get_running_loop().call_later(PATIENCE_S, _shut, connection)
    try:
        row = await (await connection.execute(QUESTION)).fetchone()
    finally:
        timer.cancel()
    if row != (ANSWER,):
        msg = f"the answer was {row!r}"
        raise psycopg.DataError(msg)


def _shut(connection: psycopg.AsyncConnection[Any]) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)


async def tell(kind: str, stream: str, what: Callable[[], Awaitable[None]]) -> None:
    """Let it happen, and say how it ended and how long it took."""
    at_s, error = time.monotonic(), ""
    try:
        async with asyncio.timeout(LAST_RESORT_S):
            await what()
    except TimeoutError:
        error = f"no answer within {LAST_RESORT_S:g} s"
    except (psycopg.Error, OSError) as failure:
        error = " ".join(str(failure).split()) or type(failure).__name__
    say(kind, asdict(Client(stream=stream, at_s=at_s, took_s=time.monotonic() - at_s, error=error)))


def say(kind: str, what: Mapping[str, object]) -> None:
    """One line for the runner."""
    print(json.dumps({"kind": kind, **what}), flush=True)


class Crowd:
    """Everybody who is under way."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def bring(self, one: Coroutine[Any, Any, None]) -> None:
        """Somebody comes."""
        task = self._group.create_task(one)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stream(self, come: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Somebody comes every 100 ms until it is over; a late loop catches up."""
        start_s, number = time.monotonic(), 0
        while not self._over.is_set():
            self.bring(come())
            number += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), max(0.0, start_s + number * EVERY_S - time.monotonic()))

    def end(self) -> None:
        """Nobody comes any more."""
        self._over.set()


@asynccontextmanager
async def pool(conninfo: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A full pool of psycopg's, as an application keeps one; how to put a query to it."""
    module = importlib.import_module("psycopg_pool")
    opened = module.AsyncConnectionPool(
        conninfo, min_size=POOL_SIZE, max_size=POOL_SIZE, open=False, timeout=PATIENCE_S, kwargs={"autocommit": True}
    )
    await opened.open(wait=True, timeout=PATIENCE_S)

    async def query() -> None:
        async with opened.connection() as connection:
            await question(connection)

    try:
        yield query
    finally:
        say("pooled", {"conninfo": conninfo, "connections": opened.get_stats().get("connections_num", POOL_SIZE)})
        await opened.close(timeout=1)


async def run(order: Order) -> None:
    """Do as ordered until told to end."""
    conninfo = {name: order.conninfo(port) for name, port in order.streams.items()}
    async with AsyncExitStack() as stack:
        queries = {
            name: await stack.enter_async_context(pool(order.conninfo(port))) for name, port in order.pools.items()
        }
        async with asyncio.TaskGroup() as group:
            crowd = Crowd(group)
            for name, where in conninfo.items():
                crowd.bring(crowd.stream(partial(tell, "client", name, partial(ask, where))))
            for name, query in queries.items():
                crowd.bring(crowd.stream(partial(tell, "query", name, query)))
            for path, address in order.paths.items():
                crowd.bring(crowd.stream(partial(_look, order, path, address)))
            say("begun", {})
            await obey(crowd, conninfo)


async def _look(order: Order, path: str, address: str) -> None:
    say("dial", asdict(await dial(path, order.socks_port, address, order.greeting_port, order.greeting.encode())))


async def obey(crowd: Crowd, conninfo: Mapping[str, str]) -> None:
    """Follow what standard input says, to its end."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        match line.decode().split():
            case ["crowd", count]:
                for name, where in conninfo.items():
                    for _ in range(int(count)):
                        crowd.bring(tell("client", name, partial(ask, where)))
            case _:
                break
    crowd.end()


if __name__ == "__main__":
    logging.disable()  # a pool's connections that end are what is measured, not news
    asyncio.run(run(Order(**json.loads(sys.argv[1]))))
