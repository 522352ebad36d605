"""`farshore demo` as a whole: ends by itself without a terminal, stays up on one."""

import asyncio
import io
import os
import re
import signal
from ipaddress import ip_address

import pytest
from rich.console import Console

from farshore.app.demo import perform
from farshore.app.demo_story import Tempo
from farshore.app.exits import Exit
from farshore.core.address import HostPort
from farshore.core.clock import SystemClock
from farshore.lab.postgres_client import query_postgres
from farshore.lab.stream import connect

pytestmark = pytest.mark.anyio

QUICK = Tempo(pause_s=0, dial_s=1.0, ping_s=1.0)


class _Terminal(io.StringIO):
    """Lets a test wait for words."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[tuple[str, asyncio.Event]] = []

    def write(self, text: str) -> int:
        written = super().write(text)
        for words, event in self._waiting:
            if words in self.getvalue():
                event.set()
        return written

    async def shows(self, words: str) -> None:
        event = asyncio.Event()
        self._waiting.append((words, event))
        self.write("")
        await event.wait()


async def _http_status(address: HostPort, path: str) -> int:
    stream = await connect(address)
    await stream.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    status = int((await stream.read_until(b"\r\n")).split(b" ")[1])
    stream.close()
    return status


def _found(pattern: str, text: str) -> HostPort:
    found = re.search(pattern, text)
    assert found, text
    return HostPort(ip_address("127.0.0.1"), int(found[1]))


async def test_without_a_terminal_it_ends_by_itself_and_leaves_nothing_running() -> None:
    before = len(asyncio.all_tasks())
    out = io.StringIO()
    assert await perform(Console(file=out, width=80), clock=SystemClock(), tempo=QUICK) is Exit.OK
    assert "claims held" in out.getvalue()
    assert "Ctrl-C" not in out.getvalue()
    assert len(asyncio.all_tasks()) == before


async def test_on_a_terminal_it_stays_up_with_all_that_it_names_until_ctrl_c() -> None:
    out = _Terminal()
    console = Console(file=out, force_terminal=True, color_system=None, width=80)
    performing = asyncio.get_running_loop().create_task(perform(console, clock=SystemClock(), tempo=QUICK))
    await out.shows("Ctrl-C ends it.")
    shown = out.getvalue()
    postgres = _found(r"psql -h 127\.0\.0\.1 -p (\d+)", shown)
    assert await query_postgres(postgres, "select 1") == "1"
    await out.shows("postgres: client.transfer.closed")
    assert await _http_status(_found(r"as long as this runs: http://127\.0\.0\.1:(\d+)/", shown), "/") == 200
    assert await _http_status(_found(r"curl http://127\.0\.0\.1:(\d+)/metrics", shown), "/metrics") == 200
    assert await _http_status(_found(r"--url http://127\.0\.0\.1:(\d+)", shown), "/stats") == 200
    os.kill(os.getpid(), signal.SIGINT)
    assert await performing is Exit.OK
    with pytest.raises(ConnectionRefusedError):
        await connect(postgres)
