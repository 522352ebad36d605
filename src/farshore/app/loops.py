"""Which event loop the gateway runs on."""

import asyncio
from collections.abc import Callable

from farshore.app.exits import Exit, Refusal


def loop_factory_of(name: str) -> Callable[[], asyncio.AbstractEventLoop] | Refusal:
    """What makes loops of that name: uvloop where it is installed for `auto`, and what was asked for else."""
    if name == "asyncio":
        return asyncio.new_event_loop
    try:
        import uvloop  # noqa: PLC0415 - an extra, imported where it is used
    except ImportError:
        if name == "auto":
            return asyncio.new_event_loop
        return Refusal(
            exit=Exit.USAGE,
            sentence="--loop uvloop was asked for and uvloop is not installed; run `pip install 'farshore[uvloop]'`, "
            "or leave the flag out.",
        )
    return uvloop.new_event_loop
