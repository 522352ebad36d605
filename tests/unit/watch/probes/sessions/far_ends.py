"""The far end of a driver's connection: hears something, answers, hangs up. And what the driver told meanwhile."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from farshore.watch.probes.session import Link

PATIENCE_S = 30.0


@dataclass
class FarEnd:
    link: Link
    servers: list[str] = field(default_factory=list)


@contextmanager
def far_end(*answers: bytes, hears_first: bool) -> Iterator[FarEnd]:
    """One connection is served, each answer but perhaps the first once something was heard.

    By a thread that alone touches its sockets.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(PATIENCE_S)
    host, port = listening.getsockname()

    def serve() -> None:
        with listening, listening.accept()[0] as connection:
            connection.settimeout(PATIENCE_S)
            for number, answer in enumerate(answers):
                if number or hears_first:
                    connection.recv(4096)
                connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass

    def nowhere(port: int) -> tuple[str, int]:
        raise AssertionError(port)

    servers: list[str] = []
    link = Link(host=host, address=(host, port), more=nowhere, logged_in=servers.append, wait_s=PATIENCE_S)
    serving = threading.Thread(target=serve)
    serving.start()
    try:
        yield FarEnd(link, servers)
    finally:
        serving.join(PATIENCE_S)
