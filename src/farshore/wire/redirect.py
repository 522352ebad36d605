"""Where a database server sends its client on to: seen in passing, as long as nothing is encrypted.

SQL Server names another server in its answer to the login (ENVCHANGE of type 20, MS-TDS 2.2.7.9), an Oracle listener in
a packet of type REDIRECT (5) in place of an ACCEPT; `wire.tns` names the sources of that layout.
"""

import re
import struct
from typing import Protocol

MAX_BYTES = 65536
_TDS_HEADER = struct.Struct(">BBH")
_TDS_HEADER_BYTES = 8
_REPLY, _HANDSHAKE = 0x04, 0x12
_END_OF_MESSAGE = 0x01
_ENVCHANGE, _ROUTING = 0xE3, 20
# Tokens of an answer to a login that carry their length: ERROR, INFO, LOGINACK, ENVCHANGE.
_WITH_LENGTH = frozenset({0xAA, 0xAB, 0xAD, _ENVCHANGE})
_TNS_HEADER = struct.Struct(">HHBBH")
_TNS_REDIRECT, _TNS_DATA, _TNS_RESEND = 5, 6, 11
_TNS_HOST = re.compile(rb"\(HOST *= *([^()]{1,255})\)", re.IGNORECASE)
_TNS_PORT = re.compile(rb"\(PORT *= *([0-9]{1,5})\)", re.IGNORECASE)


class Listener(Protocol):
    """Hears what a server says until it has heard enough. `to` is the `host:port` it names, empty for none."""

    to: str

    def hear(self, data: bytes) -> bool:
        """Whether it wants to hear more."""
        ...


class TdsListener:
    """Waits for the answer to the login: the second message that is not of the TLS handshake."""

    def __init__(self) -> None:
        self.to = ""
        self._said = b""
        self._message = b""
        self._answers = 0

    def hear(self, data: bytes) -> bool:
        """Take in some more."""
        self._said += data
        while len(self._said) >= _TDS_HEADER_BYTES:
            kind, status, size = _TDS_HEADER.unpack_from(self._said)
            if kind not in {_REPLY, _HANDSHAKE} or size < _TDS_HEADER_BYTES:
                return False
            if len(self._said) < size:
                break
            if kind == _REPLY:
                self._message += self._said[_TDS_HEADER_BYTES:size]
                self._answers += status & _END_OF_MESSAGE
            self._said = self._said[size:]
            if self._answers > 1:
                self.to = _routing(self._message)
                return False
            if status & _END_OF_MESSAGE:
                self._message = b""
        return len(self._said) + len(self._message) <= MAX_BYTES


class TnsListener:
    """Waits for the answer to a CONNECT: a REDIRECT names the address in itself, or in a DATA packet behind it."""

    def __init__(self) -> None:
        self.to = ""
        self._said = b""

    def hear(self, data: bytes) -> bool:
        """Take in some more."""
        self._said += data
        while len(self._said) >= _TNS_HEADER.size:
            size, _, kind, _, _ = _TNS_HEADER.unpack_from(self._said)
            if kind == _TNS_RESEND and size >= _TNS_HEADER.size:
                if len(self._said) < size:
                    break
                self._said = self._said[size:]
                continue
            if kind != _TNS_REDIRECT:
                return False
            host, port = _TNS_HOST.search(self._said), _TNS_PORT.search(self._said)
            if host is not None and port is not None:
                self.to = f"{host[1].decode(errors='replace').strip()}:{int(port[1])}"
                return False
            break
        return len(self._said) <= MAX_BYTES


def _routing(answer: bytes) -> str:
    at = 0
    while at + 3 <= len(answer) and answer[at] in _WITH_LENGTH:
        size = int.from_bytes(answer[at + 1 : at + 3], "little")
        token = answer[at + 3 : at + 3 + size]
        if answer[at] == _ENVCHANGE and token[:1] == bytes([_ROUTING]):
            return _server(token)
        at += 3 + size
    return ""


def _server(token: bytes) -> str:
    """Type, length of the value, protocol (0 is TCP), port, and the name in UTF-16."""
    if len(token) < 8 or token[3]:  # noqa: PLR2004 - up to the name
        return ""
    port, count = struct.unpack_from("<HH", token, 4)
    name = token[8 : 8 + 2 * count]
    return f"{name.decode('utf-16-le', errors='replace')}:{port}" if len(name) == 2 * count and name else ""
