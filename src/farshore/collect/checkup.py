"""A whole checkup: who is asked, and in which order."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack

from farshore.collect.aim import Aim
from farshore.collect.beside import Source, ask_all
from farshore.collect.bus import bus_of
from farshore.collect.daemon import Daemon, look, look_again
from farshore.collect.deadline import Deadline
from farshore.collect.documents import Notebook
from farshore.collect.gateway import GatewaySeen
from farshore.collect.logs import tap_of
from farshore.collect.metrics import metrics_of
from farshore.collect.steps import Walk
from farshore.collect.walk import Around, walk
from farshore.tailnet.localapi import LocalApi, LocalApiError

WALKS_AT_ONCE = 4


async def examine(
    aims: Sequence[Aim],
    gateway: GatewaySeen | str | None,
    notebook: Notebook,
    beside: Sequence[Source] = (),
    deadline: Deadline | None = None,
) -> tuple[Walk, ...]:
    """Look at every aim, four at once, and note what was seen: a second each, twelve where nobody answers.

    Aims at one host are looked at one after the other: a second dial beside a first one would hide what is wrong (see
    `dials.dial_all`). Meanwhile each tailscaled that answers is listened to, and `beside` are asked; a few seconds more
    at the most. At the `deadline` all of it is over.
    """
    until = deadline or Deadline(clock=notebook.clock)
    sockets = dict.fromkeys(leg.socket for aim in aims for leg in aim.legs if leg.socket is not None)
    async with AsyncExitStack() as stack:
        daemons: dict[str, Daemon | LocalApiError] = {}
        for number, socket in enumerate(sockets):
            api = LocalApi(socket)
            stack.push_async_callback(api.aclose)
            daemons[str(socket)] = await look(api, notebook, _label(number), until.left_s())
        around = Around(daemons=daemons, gateway=gateway, deadline=until)
        sources = [*_of_daemons(daemons, notebook), *beside]
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ask_all(sources, notebook, over, until))
            walks = await _walk_all(aims, around, notebook)
            over.set()
        for number, daemon in enumerate(daemons.values()):
            if isinstance(daemon, Daemon):
                await look_again(daemon, notebook, _label(number), until.left_s())
    return walks


async def _walk_all(aims: Sequence[Aim], around: Around, notebook: Notebook) -> tuple[Walk, ...]:
    """Every walk writes on a page of its own, and the pages stand in the order of the aims."""
    some, hosts = asyncio.Semaphore(WALKS_AT_ONCE), defaultdict[object, asyncio.Lock](asyncio.Lock)
    pages = [notebook.page() for _ in aims]

    async def one(aim: Aim, page: Notebook) -> Walk:
        async with hosts[aim.target.host], some:
            return await walk(aim, around, page)

    walks = await asyncio.gather(*map(one, aims, pages))
    for page in pages:
        notebook.add(page)
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
