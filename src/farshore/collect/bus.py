"""tailscaled's bus while the way is walked: its state and health to begin with, then every change.

Not the netmap, which tells every node's whole description: a status names the nodes that the changes only number.
"""

import asyncio

import msgspec

from farshore.collect.beside import Source, listen
from farshore.collect.daemon import ANSWER_S
from farshore.collect.documents import Notebook
from farshore.tailnet.localapi import BusMask, LocalApi, LocalApiError

MASK = (
    BusMask.INITIAL_STATE
    | BusMask.INITIAL_PREFS
    | BusMask.INITIAL_HEALTH
    | BusMask.INITIAL_STATUS
    | BusMask.PEER_PATCHES
    | BusMask.PEER_STATE
)


def bus_of(api: LocalApi, label: str) -> Source:
    """One tailscaled's bus, kept as one message a line."""

    async def watch(page: Notebook, over: asyncio.Event) -> str | None:
        heard: list[dict[str, object]] = []
        reason = None
        try:
            await listen(api.watch_bus(MASK, timeout_s=ANSWER_S), over, heard)
        except LocalApiError as error:
            reason = error.detail
        if heard:
            lines = b"".join(msgspec.json.encode(message) + b"\n" for message in heard)
            page.keep(f"{label}bus.jsonl", lines, "tailscaled's bus while this looked")
        return reason or (None if heard else "it said nothing")

    return Source(what=f"{label}bus", ask=watch)
