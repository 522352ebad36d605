"""What is said to a target of each protocol, over a connection that is there already.

A kind hears a greeting to its end and no further, in bounded memory and time, whatever the target sends.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, assert_never

from farshore.config import model
from farshore.core.outcome import Code
from farshore.wire.openings.ftp import FtpOpening
from farshore.wire.openings.http import HttpOpening
from farshore.wire.openings.mysql import MysqlOpening
from farshore.wire.openings.opening import Foreign, Goodbye, Greeted, Opening, Say, TurnedDown
from farshore.wire.openings.postgres import PostgresOpening
from farshore.wire.openings.ssh import SshOpening
from farshore.wire.openings.tds import TdsOpening
from farshore.wire.openings.tns import TnsOpening

READ_BYTES = 4096
# What a target may send in all before it is taken for none that ends; several greetings long.
MAX_HEARD_BYTES = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Talked:
    """What came of a conversation; `code` None: the target greeted. `goodbye` is how to leave."""

    code: Code | None
    detail: str
    server: str
    goodbye: Goodbye | None = None


class ProbeKind(Protocol):
    """How one protocol is probed."""

    @property
    def name(self) -> str:
        """The protocol, as a route's `protocol` names it."""
        ...

    async def talk(self, upstream: socket.socket, early: bytes, deadline_s: float) -> Talked | None:
        """Open a conversation and hear the greeting, for at most `deadline_s` seconds; None: there is none to hear.

        `upstream` is connected, non-blocking and stays open; `early` is what the target has already sent.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTcp:
    """A target of which nothing more is known than that it accepts."""

    name: str = model.Protocol.TCP.value

    async def talk(self, upstream: socket.socket, early: bytes, deadline_s: float) -> None:
        """Say nothing, hear nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """A target that greets, by itself or once it is spoken to."""

    name: str
    opening: Callable[[], Opening]

    async def talk(self, upstream: socket.socket, early: bytes, deadline_s: float) -> Talked:
        """Hear the greeting."""
        heard = _Ear(upstream, early)
        try:
            async with asyncio.timeout(deadline_s):
                return await _converse(self.opening(), heard)
        except TimeoutError:
            if not heard.count:
                return _failed(Code.GREETING_MISSING, f"said nothing for {deadline_s:g} s")
            return _failed(Code.GREETING_CUT, f"said {heard.count} bytes of a greeting, then nothing")
        except OSError as error:
            if not heard.count:
                return _failed(Code.UPSTREAM_RESET_SILENT, f"broke off: {error.strerror}")
            return _failed(Code.GREETING_CUT, f"broke off after {heard.count} bytes of a greeting: {error.strerror}")


class _Ear:
    """Hears a target, and counts."""

    __slots__ = ("_early", "_upstream", "count")

    def __init__(self, upstream: socket.socket, early: bytes) -> None:
        self._upstream = upstream
        self._early = early
        self.count = 0

    async def say(self, data: bytes) -> None:
        if data:
            await asyncio.get_running_loop().sock_sendall(self._upstream, data)

    async def hear(self) -> bytes:
        """What comes next; no bytes: the end."""
        data, self._early = self._early, b""
        data = data or await asyncio.get_running_loop().sock_recv(self._upstream, READ_BYTES)
        self.count += len(data)
        return data


async def _converse(opening: Opening, ear: _Ear) -> Talked:
    await ear.say(opening.begin())
    while ear.count <= MAX_HEARD_BYTES:
        data = await ear.hear()
        if not data and not ear.count:
            return _failed(Code.UPSTREAM_CLOSED_SILENT, "hung up without a word")
        if not data:
            return _failed(Code.GREETING_CUT, f"hung up after {ear.count} bytes of a greeting")
        heard = opening.receive(data)
        if not isinstance(heard, Say):
            return _told(heard)
        await ear.say(heard.data)
    return _failed(Code.GREETING_FOREIGN, f"more than {MAX_HEARD_BYTES} bytes, and no greeting ends in them")


def _told(heard: Greeted | TurnedDown | Foreign) -> Talked:
    match heard:
        case Greeted():
            return Talked(code=None, detail="", server=heard.server, goodbye=heard.goodbye)
        case TurnedDown():
            return Talked(code=Code.GREETING_DECLINED, detail=heard.says, server=heard.server)
        case Foreign():
            return _failed(Code.GREETING_FOREIGN, heard.says)
        case unreachable:
            assert_never(unreachable)


def _failed(code: Code, detail: str) -> Talked:
    return Talked(code=code, detail=detail, server="")


_OPENINGS: Mapping[str, Callable[[], Opening]] = {
    model.Protocol.SQLSERVER: TdsOpening,
    model.Protocol.POSTGRES: PostgresOpening,
    model.Protocol.MYSQL: MysqlOpening,
    model.Protocol.ORACLE: TnsOpening,
    model.Protocol.FTP: FtpOpening,
    model.Protocol.SFTP: SshOpening,
    model.Protocol.HTTP: HttpOpening,
}


def kind_of(protocol: str) -> PlainTcp | Greeting:
    """How a route's `protocol` is probed; one that is not known, as plain TCP."""
    opening = _OPENINGS.get(protocol)
    return PlainTcp() if opening is None else Greeting(name=str(protocol), opening=opening)
