"""FTP's control connection as a bystander reads it (RFC 959, 2428, 4217): bytes in, bytes out.

Nothing is altered but the address and the port in the answers to PASV and EPSV, and in PORT and EPRT; nothing is
withheld but PORT and EPRT that cannot be carried, which are answered here. When TLS begins, nothing can be read any
more and everything is passed on as it is.

A port that the system's services have is no data port: whoever can make a server's answer contain a line of its own,
such as a file's name, reaches none of them.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from farshore.core.address import HostPort
from farshore.wire.ftp_active import command_for, listening_at

MAX_LINE_BYTES = 4096
# Commands that wait for their reply; clients hardly ever have more than one.
MAX_AWAITED = 64
_ACTIVE = frozenset({b"PORT", b"EPRT", b"LPRT"})
# The first byte of a TLS record that begins a handshake (RFC 8446 section 5.1), which no command begins with.
_TLS = b"\x16"
FIRST_DATA_PORT = 1024
_REPLY = re.compile(rb"([1-5][0-9]{2}) ")
_HOST_AND_PORT = re.compile(rb"\b(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})\b")
_EXTENDED_PORT = re.compile(rb"\(([\x21-\x7e])\1\1(\d{1,5})\1\)")
_NO_ADDRESS = b"425 farshore: PASV can only name an IPv4 address: use EPSV\r\n"
_NOT_UNDERSTOOD = b"425 farshore: the server's answer names no port that a client may be sent to\r\n"

_NAMES_NOTHING = "this names no address: use PASV or EPSV"

OpenPort = Callable[[int], int | str]
OpenBack = Callable[[HostPort], HostPort | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What becomes of a client's words: what is passed on, and what is answered at once."""

    on: bytes = b""
    back: bytes = b""


class ControlChannel:
    """One control connection.

    `open_port` is asked for a port of the gateway's that leads to this port of the server; a text says why there is
    none. `open_back` is asked for the address where the server shall connect to so that it reaches this one, which a
    client in active mode has named; a text says why there is none. `address` is what PASV names. `hidden` is called
    once, when TLS begins and nothing can be read any more.
    """

    def __init__(
        self, open_port: OpenPort, open_back: OpenBack, address: IPv4Address | None, hidden: Callable[[], None]
    ) -> None:
        self._is_tls = False
        self._hidden = hidden
        self._has_heard_client = False
        self._open_port = open_port
        self._open_back = open_back
        self._address = address
        self._awaited: deque[bytes] = deque(maxlen=MAX_AWAITED)
        self._from_client = _Lines()
        self._from_server = _Lines()

    @property
    def is_hidden(self) -> bool:
        """Whether TLS has begun, and nothing can be read any more."""
        return self._is_tls

    def from_client(self, data: bytes) -> Said:
        """What the client has said."""
        if data.startswith(_TLS) and not self._has_heard_client:
            self._begin_tls()
        self._has_heard_client = True
        if self.is_hidden:
            return Said(on=data)
        on = back = b""
        for line in self._from_client.cut(data):
            verb = _verb(line)
            asked = self._active(line) if verb in _ACTIVE else line
            if isinstance(asked, str):
                back += f"502 farshore: {asked}\r\n".encode()
                continue
            self._awaited.append(verb)
            on += asked
        return Said(on=on, back=back)

    def from_server(self, data: bytes) -> bytes:
        """What the server has said, as the client shall hear it."""
        if self.is_hidden:
            return data
        heard = b""
        lines = self._from_server.cut(data)
        for line in lines:
            heard += self._reply(line)
            if self._is_tls:
                return heard + b"".join(lines) + self._from_server.rest()
        return heard

    def rest_of_client(self) -> bytes:
        """What a client has said last that is no whole line; it has ended."""
        return self._from_client.rest()

    def rest_of_server(self) -> bytes:
        """The same of the server."""
        return self._from_server.rest()

    def _active(self, line: bytes) -> bytes | str:
        """What the server is asked for, or why it is asked for nothing."""
        there = listening_at(line)
        here = _NAMES_NOTHING if there is None else self._open_back(there)
        return here if isinstance(here, str) else command_for(here)

    def _reply(self, line: bytes) -> bytes:
        reply = _REPLY.match(line)
        if reply is None or reply[1].startswith(b"1"):
            return line
        code = reply[1]
        if code == b"227" and self._is_answer_to(b"PASV"):
            return self._passive(line)
        if code == b"229" and self._is_answer_to(b"EPSV"):
            return self._extended(line)
        verb = self._awaited.popleft() if self._awaited else b""
        if verb == b"AUTH" and code == b"234":
            self._begin_tls()
        return line

    def _begin_tls(self) -> None:
        if not self._is_tls:
            self._is_tls = True
            self._hidden()

    def _is_answer_to(self, verb: bytes) -> bool:
        """Whether such a command waits; those before it will not be answered any more."""
        if verb not in self._awaited:
            return False
        while self._awaited.popleft() != verb:
            pass
        return True

    def _passive(self, line: bytes) -> bytes:
        if self._address is None:
            return _NO_ADDRESS
        found = _HOST_AND_PORT.search(line, 4)
        numbers = [] if found is None else [int(number) for number in found.groups()]
        if found is None or max(numbers) > 0xFF:  # noqa: PLR2004 - a byte
            return _NOT_UNDERSTOOD
        port = self._port(numbers[4] * 256 + numbers[5])
        if isinstance(port, bytes):
            return port
        told = ",".join(str(number) for number in (*self._address.packed, *divmod(port, 256))).encode()
        return line[: found.start()] + told + line[found.end() :]

    def _extended(self, line: bytes) -> bytes:
        found = _EXTENDED_PORT.search(line, 4)
        if found is None:
            return _NOT_UNDERSTOOD
        port = self._port(int(found[2]))
        if isinstance(port, bytes):
            return port
        return line[: found.start(2)] + str(port).encode() + line[found.end(2) :]

    def _port(self, port: int) -> int | bytes:
        """One that leads to this one, or the reply that there is none."""
        if not FIRST_DATA_PORT <= port <= 0xFFFF:  # noqa: PLR2004 - the last port
            return _NOT_UNDERSTOOD
        opened = self._open_port(port)
        return opened if isinstance(opened, int) else f"425 farshore: {opened}\r\n".encode()


class _Lines:
    """Cuts what comes into lines. One that is too long is passed on as it comes, and is none."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(self, data: bytes) -> Iterator[bytes]:
        self._rest += data
        while (end := self._rest.find(b"\n")) >= 0:
            line, self._rest = self._rest[: end + 1], self._rest[end + 1 :]
            yield line
        if len(self._rest) > MAX_LINE_BYTES:
            yield self.rest()

    def rest(self) -> bytes:
        rest, self._rest = self._rest, b""
        return rest


def _verb(line: bytes) -> bytes:
    """The command of a line; ABOR may follow Telnet's interrupt and synch (RFC 959 section 4.1.3)."""
    return line.lstrip(b"\xff\xf4\xf2\0 ").split(maxsplit=1)[0].upper() if line.strip() else b""
