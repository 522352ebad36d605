"""The real program in front of the lab, with faults at hand: what the page is shown during.

The lab's event loop runs in a thread of its own, because the browser is driven from the test's. All is on loopback.
"""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.ports import free_port
from tests.scenarios.program import Program, serve_command, serving

from farshore.core.address import LOOPBACK, HostPort
from farshore.core.clock import SystemClock
from farshore.lab.faults import Fault
from farshore.lab.postgres_client import query_postgres
from farshore.lab.stage import POSTGRES, R1, R2, SQL_SERVER, Stage, set_stage
from farshore.lab.tds_client import query_tds

PATIENCE_S = 60


class Lab:
    """The lab in a thread; everything asked of it happens on its own loop."""

    def __init__(self) -> None:
        self.stage: Stage
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE_S)

    def inject(self, *faults: Fault) -> None:
        for fault in faults:
            self._loop.call_soon_threadsafe(self.stage.daemon.inject, fault)

    def heal(self, *faults: Fault) -> None:
        for fault in faults:
            self._loop.call_soon_threadsafe(self.stage.daemon.heal, fault)

    def run(self, coroutine: Coroutine[Any, Any, str]) -> str:
        """Let a client do its work on the lab's loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE_S)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._live())

    async def _live(self) -> None:
        async with set_stage(SystemClock()) as self.stage:
            self._up.set()
            await self._over.wait()


@dataclass(frozen=True, kw_only=True)
class Theatre:
    """A gateway with two routes behind two routers, and its lab."""

    lab: Lab
    program: Program
    postgres: int
    sql_server: int
    admin: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.admin}"

    def ask(self, *, sql_server: bool = False) -> str:
        """One client with one query: what it was answered, or how it failed."""
        port, query = (self.sql_server, query_tds) if sql_server else (self.postgres, query_postgres)
        try:
            return self.lab.run(query(HostPort(LOOPBACK, port), "select host"))
        except (OSError, EOFError, ValueError) as error:
            return f"failed: {error}"


def configuration(theatre: dict[str, int], socket: str, **more: Any) -> dict[str, Any]:
    paths = [{"via": R1, "site": 1}, {"via": R2, "site": 2}]
    return {
        "egresses": {"tailnet": {"kind": "tailscaled", "socket": socket}},
        "routers": {R1: {"forwarding": "kernel"}, R2: {"forwarding": "kernel"}},
        "routes": [
            {
                "name": "billing",
                "listen": f"127.0.0.1:{theatre['postgres']}",
                "target": str(POSTGRES),
                "protocol": "postgres",
                "paths": paths,
                "hold": "3s",
            },
            {
                "name": "reports",
                "listen": f"127.0.0.1:{theatre['sql_server']}",
                "target": str(SQL_SERVER),
                "protocol": "sqlserver",
                "paths": paths,
                "hold": "3s",
            },
        ],
        "path_health": {"every": "1s", "in_doubt": "1s", "fall": 2, "rise": 1},
        "observe": {"every": "2s"},
        "incidents": {"close_after": "3s"},
        "drain": {"settle": "0s", "grace": "0s"},
        "health": None,
        "admin": f"127.0.0.1:{theatre['admin']}",
        **more,
    }


@contextmanager
def theatre(folder: Path, **more: Any) -> Iterator[Theatre]:
    """The gateway with this configuration; `more` stands in it, too."""
    ports = {name: free_port() for name in ("postgres", "sql_server", "admin")}
    with Lab() as lab:
        config = folder / "farshore.json"
        config.write_text(json.dumps(configuration(ports, str(lab.stage.daemon.socket), **more)))
        with serving(serve_command(config)) as program:
            yield Theatre(lab=lab, program=program, **ports)
