"""`farshore demo`: the main job, live, in a tailnet inside this process.

The gateway is the real one. Around it stand a tailscaled-shaped peer, two routers, two small databases and an impostor,
all on loopback. Each step says what it does and whether that happened.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from farshore.app.demo_story import POSTGRES_ROUTE, SQL_SERVER_ROUTE, Story, Tempo
from farshore.app.exits import Exit
from farshore.app.narrator import Narrator
from farshore.core.address import LOOPBACK, HostPort
from farshore.core.clock import Clock, SystemClock
from farshore.lab.stage import set_stage
from farshore.surface.http import HttpServer, NotBound, admin_app, bind, health_app
from farshore.surface.page.site import Site
from farshore.surface.views import Views

ANY_PORT = HostPort(LOOPBACK, 0)


def demo() -> Exit:
    """Play it on standard output; on a terminal stay up until Ctrl-C."""
    return asyncio.run(perform(Console(highlight=False), clock=SystemClock(), tempo=Tempo()))


async def perform(console: Console, *, clock: Clock, tempo: Tempo) -> Exit:
    """Play all steps; FAILED if any did not do what it says."""
    narrator = Narrator(console, pause_s=tempo.pause_s)
    async with set_stage(clock) as stage:
        story = Story(stage, narrator, clock, tempo)
        try:
            await story.gateway.open()
            async with _doors(story) as doors:
                narrator.line(f"The page, for as long as this runs: http://{doors.admin}/")
                await story.play()
                if console.is_terminal:
                    await _stay(story, doors)
        finally:
            await story.gateway.close()
    return Exit.FAILED if narrator.failed else Exit.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doors:
    """Where the gateway tells of itself."""

    health: HostPort
    admin: HostPort


@asynccontextmanager
async def _doors(story: Story) -> AsyncIterator[_Doors]:
    """The health and the admin listener, until the block ends."""
    with ExitStack() as stack:
        health, admin = _listen(stack), _listen(stack)
        views = Views(story.gateway, story.clock)
        site = Site(views, story.pulse, story.clock)
        servers = {
            health: HttpServer(health_app(story.gateway, story.metrics)),
            admin: HttpServer(admin_app(views, _address(admin), site.routes()), site.close),
        }
        async with asyncio.TaskGroup() as tasks:
            for listening, server in servers.items():
                tasks.create_task(server.serve([listening]))
            try:
                yield _Doors(health=_address(health), admin=_address(admin))
            finally:
                for server in servers.values():
                    server.stop()


async def _stay(story: Story, doors: _Doors) -> None:
    """Leave everything up, with the addresses to try, until Ctrl-C or SIGTERM."""
    with ExitStack() as stack:
        stop = _stop_event(stack)
        async with asyncio.TaskGroup() as tasks:
            telling = tasks.create_task(_tell_endings(story))
            _invite(story, doors)
            await stop.wait()
            telling.cancel()


def _stop_event(stack: ExitStack) -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
        stack.callback(loop.remove_signal_handler, number)
    return stop


async def _tell_endings(story: Story) -> None:
    while True:
        ending = await story.endings.get()
        story.narrator.line(f"   {ending.route}: {ending.code}, {ending.duration_ms:.0f} ms", style="dim")


def _invite(story: Story, doors: _Doors) -> None:
    """What to try, each line ready to be copied."""
    postgres, sql_server = story.listen(POSTGRES_ROUTE), story.listen(SQL_SERVER_ROUTE)
    commands = (
        f"psql -h {postgres.host} -p {postgres.port} -U demo -d demo -c 'select host'",
        f"tsql -H {sql_server.host} -p {sql_server.port} -U demo -P demo",
        f"{_own_command()} status --url http://{doors.admin}",
        f"curl http://{doors.health}/metrics",
    )
    story.narrator.line("\nStill up. From another terminal:", style="bold")
    for command in commands:
        story.narrator.line(f"   {command}")
    story.narrator.line("Ctrl-C ends it.", style="bold")


def _listen(stack: ExitStack) -> socket.socket:
    listening = bind(ANY_PORT)
    if isinstance(listening, NotBound):
        raise listening.error
    return stack.enter_context(listening)


def _address(listening: socket.socket) -> HostPort:
    return HostPort(LOOPBACK, listening.getsockname()[1])


def _own_command() -> str:
    """How this program was called, as it can be called again from here."""
    called = Path(sys.argv[0])
    if called.name != "farshore":
        return "farshore"
    return str(called.relative_to(Path.cwd())) if called.is_relative_to(Path.cwd()) else str(called)
