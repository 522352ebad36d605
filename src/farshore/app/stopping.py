"""Serves until a signal says stop, then drains."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterable

from farshore.app import child
from farshore.app.exits import Exit, Refusal
from farshore.app.listening import Bound
from farshore.gateway.gateway import Gateway
from farshore.tailnet.supervisor.keeper import Supervisor

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

Watcher = Callable[[], Coroutine[None, None, None]]


class StopSignals:
    """The first signal asks, the second one cuts."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.cut = asyncio.Event()
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._arrived)

    def _arrived(self) -> None:
        (self.cut if self.asked.is_set() else self.asked).set()


async def until_stopped(
    gateway: Gateway,
    supervisor: Supervisor | None,
    servers: list[Bound],
    stop: StopSignals,
    watchers: Iterable[Watcher],
) -> Exit | Refusal:
    """Serve until the first stop signal, then drain; a second signal cuts. Nobody watches while it drains.

    A tailscaled of our own ends after that.

    The HTTP listeners live until the drain is over: readiness has to be seen going away.
    """
    async with asyncio.TaskGroup() as tasks:
        for bound in servers:
            tasks.create_task(bound.server.serve([bound.listening]))
        watch = [tasks.create_task(watcher()) for watcher in watchers]
        asked = tasks.create_task(stop.asked.wait())
        kept = None if supervisor is None else tasks.create_task(supervisor.run())
        await asyncio.wait({asked} if kept is None else {asked, kept}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        for watching in watch:
            watching.cancel()
        if stop.asked.is_set():
            drained = tasks.create_task(gateway.drain())
            impatient = tasks.create_task(stop.cut.wait())
            await asyncio.wait({drained, impatient}, return_when=asyncio.FIRST_COMPLETED)
            impatient.cancel()
            drained.cancel()
        await asyncio.wait(watch)
        await gateway.close()
        if supervisor is not None:
            await supervisor.stop()
        gave_up = None if kept is None else await kept
        for bound in servers:
            bound.server.stop()
    if gave_up is not None and not stop.asked.is_set():
        return child.refusal(gave_up)
    return Exit.INTERRUPTED if stop.cut.is_set() else Exit.OK
