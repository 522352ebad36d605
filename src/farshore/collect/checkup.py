"""A whole checkup: who is asked, and in which order."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack

from farshore.collect.aim import Aim
from farshore.collect.beside import Source, ask_all
from farshore.collect.bus import bus_of
from farshore.collect.daemon import Daemon, look, look_again
from farshore.collect.documents import Notebook
from farshore.collect.gateway import GatewaySeen
from farshore.collect.logs import tap_of
from farshore.collect.metrics import metrics_of
from farshore.collect.steps import Walk
from farshore.collect.walk import Around, walk
from farshore.tailnet.localapi import LocalApi, LocalApiError


async def examine(
    aims: Sequence[Aim], gateway: GatewaySeen | str | None, notebook: Notebook, beside: Sequence[Source] = ()
) -> tuple[Walk, ...]:
    """Look at every aim, one after the other, and note what was seen: a second each, twelve where nobody answers.

    Meanwhile each tailscaled that answers is listened to, and `beside` are asked; a few seconds more at the most.
    """
    sockets = dict.fromkeys(leg.socket for aim in aims for leg in aim.legs if leg.socket is not None)
    async with AsyncExitStack() as stack:
        daemons: dict[str, Daemon | LocalApiError] = {}
        for number, socket in enumerate(sockets):
            api = LocalApi(socket)
            stack.push_async_callback(api.aclose)
            daemons[str(socket)] = await look(api, notebook, _label(number))
        around = Around(daemons=daemons, gateway=gateway, notebook=notebook)
        sources = [*_of_daemons(daemons, notebook), *beside]
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ask_all(sources, notebook, over))
            walks = [await walk(aim, around) for aim in aims]
            over.set()
        for number, daemon in enumerate(daemons.values()):
            if isinstance(daemon, Daemon):
                await look_again(daemon, notebook, _label(number))
    return tuple(walks)


def _of_daemons(daemons: dict[str, Daemon | LocalApiError], notebook: Notebook) -> Iterator[Source]:
    for number, (socket, daemon) in enumerate(daemons.items()):
        if isinstance(daemon, LocalApiError):
            notebook.leave(f"bus, metrics and log of tailscaled at {socket}", daemon.detail)
            continue
        label = _label(number)
        yield bus_of(daemon.api, label)
        yield from metrics_of(daemon.api, label)
        yield tap_of(daemon.api, label)


def _label(number: int) -> str:
    return "" if number == 0 else f"tailscaled-{number + 1}-"
