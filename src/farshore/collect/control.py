"""The control plane's own view of every node: connected or not, routes advertised and approved, keys that end."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from farshore.collect.beside import Source
from farshore.collect.documents import Notebook
from farshore.tailnet.control.plane import ControlError

DEADLINE_S = 8.0


class Lister(Protocol):
    """What of a control plane is needed here: it is only read."""

    async def listing(self) -> bytes:
        """Every node, as it came; raises ControlError."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


def devices_of(connect: Callable[[], Lister]) -> Source:
    """The nodes of one control plane; `connect` is called in the event loop that asks."""

    async def ask(page: Notebook, _: asyncio.Event) -> str | None:
        plane = connect()
        try:
            page.keep("control-devices.json", await plane.listing(), "every node as the control plane lists it")
        except ControlError as error:
            return error.detail
        finally:
            await plane.aclose()
        return None

    return Source(what="control plane", ask=ask, deadline_s=DEADLINE_S)
