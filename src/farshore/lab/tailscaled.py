"""A daemon that answers like tailscaled on its three doors, inside this process.

Behind the doors there is a `Tailnet` (what it looks like) and its faults (what is wrong with it now). Faithful to
tailscaled 1.102.3: `tests/contract` asserts the same of both.
"""

from functools import partial
from pathlib import Path
from typing import Self

from farshore.core.address import LOOPBACK, HostPort
from farshore.core.clock import Clock
from farshore.lab.backend import Backend, Pace, Segments
from farshore.lab.connect_server import serve_connect
from farshore.lab.faults import Fault
from farshore.lab.localapi_server import serve_localapi
from farshore.lab.socks_server import serve_socks5
from farshore.lab.stream import Listener, Stream
from farshore.lab.tailnet import Door, Tailnet

SERVERS = {Door.LOCALAPI: serve_localapi, Door.SOCKS5: serve_socks5, Door.CONNECT: serve_connect}
ANY_PORT = HostPort(LOOPBACK, 0)


class Tailscaled:
    """One daemon: a LocalAPI socket at the given path, a SOCKS5 port and an HTTP proxy port on loopback.

    The path of a unix socket is limited to about 108 bytes.
    """

    def __init__(
        self,
        tailnet: Tailnet,
        socket: Path,
        *,
        clock: Clock,
        pace: Pace = Pace(),  # noqa: B008 - a frozen value
        segments: Segments = Segments.SPLIT,
    ) -> None:
        self.backend = Backend(base=tailnet, clock=clock, pace=pace, segments=segments)
        self.socket = socket
        self._where: dict[Door, HostPort | Path] = {
            Door.LOCALAPI: socket,
            Door.SOCKS5: ANY_PORT,
            Door.CONNECT: ANY_PORT,
        }
        self._listeners = {door: Listener(partial(self._serve, door)) for door in Door}

    async def __aenter__(self) -> Self:
        return self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def socks5(self) -> HostPort:
        """Where the SOCKS5 server listens; the same after a restart."""
        return self._listeners[Door.SOCKS5].address

    @property
    def connect(self) -> HostPort:
        """Where the HTTP proxy listens; the same after a restart."""
        return self._listeners[Door.CONNECT].address

    @property
    def log(self) -> list[str]:
        """The latest lines of the daemon's log."""
        return list(self.backend.log)

    @property
    def mistakes(self) -> list[BaseException]:
        """Exceptions that the lab itself did not expect; a test that finds any has found a bug in the lab."""
        return [mistake for listener in self._listeners.values() for mistake in listener.mistakes]

    def open(self) -> Self:
        """Start it, or start it again on the same ports and the same socket.

        Raises:
            OSError: a port is in use or the socket's path may not be written.
        """
        for door, listener in self._listeners.items():
            listener.open(self._where[door])
            if door is not Door.LOCALAPI:
                self._where[door] = listener.address
        return self

    async def kill(self) -> None:
        """End it at once, with every connection, as SIGKILL would; the socket's path stays behind."""
        for listener in self._listeners.values():
            await listener.close()

    def inject(self, fault: Fault) -> None:
        """From now on this is wrong, too."""
        self.backend.faults.append(fault)
        self.backend.changed()

    def heal(self, fault: Fault) -> None:
        """This is no longer wrong; ValueError if it wasn't."""
        self.backend.faults.remove(fault)
        self.backend.changed()

    async def _serve(self, door: Door, client: Stream) -> None:
        await self.backend.behind_door(door, partial(SERVERS[door], self.backend))(client)
