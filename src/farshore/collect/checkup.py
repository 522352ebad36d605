"""A whole checkup: who is asked, and in which order."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from farshore.collect.aim import Aim
from farshore.collect.daemon import Daemon, look, look_again
from farshore.collect.documents import Notebook
from farshore.collect.gateway import GatewaySeen
from farshore.collect.steps import Walk
from farshore.collect.walk import Around, walk
from farshore.tailnet.localapi import LocalApi, LocalApiError


async def examine(aims: Sequence[Aim], gateway: GatewaySeen | str | None, notebook: Notebook) -> tuple[Walk, ...]:
    """Look at every aim, one after the other, and note what was seen: a second each, twelve where nobody answers."""
    sockets = dict.fromkeys(leg.socket for aim in aims for leg in aim.legs if leg.socket is not None)
    async with AsyncExitStack() as stack:
        daemons: dict[str, Daemon | LocalApiError] = {}
        for number, socket in enumerate(sockets):
            api = LocalApi(socket)
            stack.push_async_callback(api.aclose)
            daemons[str(socket)] = await look(api, notebook, _label(number))
        around = Around(daemons=daemons, gateway=gateway, notebook=notebook)
        walks = [await walk(aim, around) for aim in aims]
        for number, daemon in enumerate(daemons.values()):
            if isinstance(daemon, Daemon):
                await look_again(daemon, notebook, _label(number))
    return tuple(walks)


def _label(number: int) -> str:
    return "" if number == 0 else f"tailscaled-{number + 1}-"
