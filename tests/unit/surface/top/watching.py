"""The real admin listener of a gateway that only answers questions, and `farshore top` in front of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.unit.surface.page.showing import Shown
from tests.unit.surface.seen import StoppedClock
from textual.pilot import Pilot
from textual.widgets import Static

from farshore.core.address import LOOPBACK, HostPort
from farshore.core.clock import SystemClock
from farshore.surface.http import HttpServer, NotBound, admin_app, bind
from farshore.surface.page.site import Keys, Site
from farshore.surface.top.link import Link
from farshore.surface.top.screen import Top

TOKEN = "a-token-of-this-test"
PATIENCE_S = 40


class GoingClock(StoppedClock):
    """Stands still for people, and goes for whoever waits."""

    def monotonic_s(self) -> float:
        return time.monotonic()


@dataclass
class Listening:
    """The listener; it looks at the gateway by a clock that goes."""

    port: int
    ended: list[int] = field(default_factory=list[int])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self, token: str = TOKEN) -> Link:
        return Link(self.url, {"authorization": f"Bearer {token}"})


@asynccontextmanager
async def listening(shown: Shown, port: int = 0) -> AsyncIterator[Listening]:
    """On loopback, at a port that the system chooses if none is given."""
    bound = bind(HostPort(LOOPBACK, port))
    assert not isinstance(bound, NotBound)
    running = Listening(port=bound.getsockname()[1])

    def end_connection(number: int) -> bool:
        running.ended.append(number)
        states = shown.gateway.connection_states
        shown.gateway.connection_states = [each for each in states if each.connection != number]
        return len(states) > len(shown.gateway.connection_states)

    site = Site(shown.views, shown.pulse, GoingClock(), Keys(token=TOKEN, end_connection=end_connection))
    app = admin_app(shown.views, HostPort(LOOPBACK, running.port), site.routes(), token=TOKEN)
    server = HttpServer(app, site.close)
    with bound:
        serving = asyncio.get_running_loop().create_task(server.serve([bound]))
        try:
            yield running
        finally:
            server.stop()
            await serving


@asynccontextmanager
async def watching(link: Link, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    """The program in a terminal of that size, as soon as it shows something."""
    app = Top(link, SystemClock())
    async with app.run_test(size=size, notifications=True) as pilot:
        yield pilot


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the program go on until this holds."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await pilot.pause(0.02)
    except TimeoutError:
        raise AssertionError(screen_of(pilot)) from None


async def until_shown(pilot: Pilot[None], *words: str) -> str:
    """The screen, as soon as all of these stand on it."""
    await until(pilot, lambda: all(word in screen_of(pilot) for word in words))
    return screen_of(pilot)


def screen_of(pilot: Pilot[None]) -> str:
    """What stands on the terminal, line by line."""
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)


def told(pilot: Pilot[None], name: str) -> str:
    """The whole text of a part, whatever of it is in sight."""
    return str(pilot.app.query_one(f"#{name}", Static).content)
