"""A poller for as long as a test needs it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from farshore.gateway.poller import Poller


def no_mistakes(fd: int, error: Exception) -> None:
    """No callback of a test may raise."""
    raise AssertionError(fd) from error


@contextmanager
def polling() -> Iterator[Poller]:
    """A poller in the running loop; whoever leaves a descriptor on it, or raises in a callback, fails."""
    mistakes: list[Exception] = []
    opened = Poller(asyncio.get_running_loop(), lambda _, error: mistakes.append(error))
    try:
        yield opened
        assert not mistakes
        assert len(opened) == 0
    finally:
        opened.close()
