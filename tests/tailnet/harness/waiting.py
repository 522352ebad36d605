"""Waiting for a condition, never for a time."""

import socket
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_S = 0.03


def until(condition: Callable[[], T], what: str, *, deadline_s: float = 20.0) -> T:
    """Poll until `condition` gives something true, and return that.

    Raises:
        TimeoutError: it did not within `deadline_s` seconds; the message says `what` and the last value seen.
    """
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            msg = f"waited {deadline_s:g} s for {what}; last seen: {value!r}"
            raise TimeoutError(msg)
        time.sleep(POLL_S)


def exactly(connection: socket.socket, count: int) -> bytes:
    """So many bytes, however they are cut, or fewer at the end.

    MSG_WAITALL does nothing on a socket with a time-out. tailscaled passes a client's first byte on alone when it comes
    while the LocalAPI hands the connection over (net/http reads one byte ahead).
    """
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data
