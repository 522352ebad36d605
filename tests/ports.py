"""Ports of loopback for those who must know a port before anybody listens on it.

One that the kernel has given and taken back is given to the next connection on this host, and then it is in use. These
lie below the range of which connections are made (32768 and up, ip(7)), and each test process has a block of its own:
whoever has the block's name among the abstract unix sockets, which the kernel forgets with the process.
"""

import contextlib
import errno
import socket
from collections.abc import Iterator
from itertools import cycle

LOOPBACK = "127.0.0.1"
FIRST, SIZE, BLOCKS = 11_000, 200, 100


def free_port() -> int:
    """A port of loopback on which nobody listens, and which nobody else is told of before 199 others."""
    for port in _ours:
        with contextlib.suppress(OSError), socket.create_server((LOOPBACK, port)):
            return port
    msg = "no port is free"
    raise RuntimeError(msg)


def _block() -> Iterator[int]:
    claim = socket.socket(socket.AF_UNIX)
    for block in range(BLOCKS):
        try:
            claim.bind(f"\0farshore-tests-ports-{block}")
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            _claims.append(claim)
            return iter(cycle(range(FIRST + block * SIZE, FIRST + (block + 1) * SIZE)))
    msg = "all blocks of ports are taken"
    raise RuntimeError(msg)


_claims: list[socket.socket] = []
_ours = _block()
