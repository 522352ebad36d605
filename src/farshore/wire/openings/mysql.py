"""MySQL and MariaDB greet by themselves, and hold it against a client's address when it then goes without a word.

After `max_connect_errors` of those (100 if not changed) a server refuses every client from there. A client that
answers the greeting and whose login is then denied does not count (executed on MariaDB 10.11; the sum of
`performance_schema.host_cache` stays 0), so that is how a probe leaves: it logs in as `farshore_probe` without a
password, which nobody has to let in. One line of the server's log is left either way. Where the user exists, without a
password and any privilege, the login succeeds, the probe quits in order, and no line is left at all.
"""

import re
import struct

from farshore.wire.excerpt import one_line, unexpected
from farshore.wire.openings.opening import Foreign, Greeted, Heard, Say, TurnedDown

USER = b"farshore_probe"
_HEAD_BYTES = 4
_VERSION_10, _ERR, _OK, _MORE, _SWITCH = 10, 0xFF, 0x00, 0x01, 0xFE
# A greeting has 80 to 300 bytes, an error at most 512 (MYSQL_ERRMSG_SIZE) and its number.
_MAX_PACKET_BYTES = 1024
_CODE = struct.Struct("<H")
_MAX_VERSION_BYTES = 128
# MariaDB puts a version that replicas of old understand before its own.
_MARIADB = re.compile(r"(?:5\.5\.5-)?(\d+(?:\.\d+)+)-MariaDB")
# CLIENT_LONG_PASSWORD, CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH; packets of 16 MiB; utf8mb4.
_RESPONSE = struct.pack("<IIB23x", 0x1 | 0x200 | 0x8000 | 0x80000, 1 << 24, 45)
_RESPONSE += USER + b"\0" + b"\0" + b"mysql_native_password\0"
_COM_QUIT = b"\x01"
# Methods that a server may want to change to until it has made up its mind.
_MAX_ANSWERS = 3


class MysqlOpening:
    """Hears the greeting, or the error in its place."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def begin(self) -> bytes:
        """Nothing: the server speaks first."""
        return b""

    def receive(self, data: bytes) -> Heard:
        """Take what arrived, cut anywhere."""
        held = self._held = self._held + data
        size = int.from_bytes(held[:3], "little")
        if not _begins_like_a_greeting(held, size):
            return Foreign(says=unexpected(held))
        if len(held) < _HEAD_BYTES + size or len(held) <= _HEAD_BYTES:
            return Say()
        payload = held[_HEAD_BYTES : _HEAD_BYTES + size]
        if payload[0] == _ERR:
            return TurnedDown(server="MySQL", says=_error(payload))
        version, end, _ = payload[1 : 1 + _MAX_VERSION_BYTES].partition(b"\0")
        return Greeted(server=product(version), goodbye=MysqlGoodbye()) if end else Foreign(says=unexpected(held))


class MysqlGoodbye:
    """Logs in as a user without a password, and quits if that is let in."""

    __slots__ = ("_answers", "_held")

    def __init__(self) -> None:
        self._held = b""
        self._answers = 0

    def begin(self) -> bytes:
        """The login."""
        return _packet(1, _RESPONSE)

    def receive(self, data: bytes) -> bytes:
        """Take what arrived, cut anywhere; a server that asks on is told an empty password."""
        held = self._held = (self._held + data)[: _HEAD_BYTES + _MAX_PACKET_BYTES]
        size = int.from_bytes(held[:3], "little")
        if not size or len(held) < _HEAD_BYTES + size or self._answers >= _MAX_ANSWERS:
            return b""
        number, said = held[3], held[_HEAD_BYTES]
        self._held = held[_HEAD_BYTES + size :]
        self._answers += 1
        if said == _OK:
            return _packet(0, _COM_QUIT)
        return _packet(number + 1 & 0xFF, b"") if said in {_SWITCH, _MORE} else b""


def _begins_like_a_greeting(held: bytes, size: int) -> bool:
    if len(held) >= 3 and not 0 < size <= _MAX_PACKET_BYTES:  # noqa: PLR2004 - the bytes of a length
        return False
    return held[3:4] in {b"", b"\0"} and held[4:5] in {b"", bytes([_VERSION_10]), bytes([_ERR])}


def _packet(number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


def product(version: bytes) -> str:
    """Which of the two it is, and its version without what packagers add."""
    text = one_line(version)
    mariadb = _MARIADB.match(text)
    return f"MariaDB {mariadb[1]}" if mariadb else f"MySQL {text}"


def _error(payload: bytes) -> str:
    if len(payload) < 1 + _CODE.size:
        return "an error without a number"
    (number,) = _CODE.unpack_from(payload, 1)
    text = payload[1 + _CODE.size :]
    text = text[6:] if text[:1] == b"#" else text
    return f"error {number}: {one_line(text)}"
