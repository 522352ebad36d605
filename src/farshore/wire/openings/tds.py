"""SQL Server is sent a PRELOGIN (MS-TDS 2.2.6.5) and answers with its version and what it wants encrypted.

Nobody logs in: no TLS handshake and no LOGIN7 follow.
"""

import struct

from farshore.wire.excerpt import one_line, unexpected
from farshore.wire.openings.opening import Foreign, Greeted, Heard, Say, TurnedDown

_HEADER = struct.Struct(">BBHHBB")
_OPTION = struct.Struct(">BHH")
_VERSION, _ENCRYPTION, _TERMINATOR = 0x00, 0x01, 0xFF
# The client offers to encrypt the login (ENCRYPT_OFF), so that the answer tells what the server can and wants.
_OPTIONS = struct.pack(">BHHBHHB", _VERSION, 11, 6, _ENCRYPTION, 17, 1, _TERMINATOR) + bytes(6) + b"\x00"
PRELOGIN = _HEADER.pack(0x12, 0x01, _HEADER.size + len(_OPTIONS), 0, 1, 0) + _OPTIONS

# A tabular response that is the last packet of its message (2.2.3.1.1, 2.2.3.1.2).
_RESPONSE = b"\x04\x01"
_MAX_PACKET_BYTES = 4096
_PRODUCT_VERSION = struct.Struct(">BBH")
_ERROR_TOKEN = 0xAA
# Length of the token, number, state, class, length of the message in characters (2.2.7.10).
_ERROR = struct.Struct("<HIBBH")
_ENCRYPTIONS = {0: "encryption of the login", 1: "encryption on", 2: "no encryption", 3: "encryption required"}
_RELEASES = {
    10: "2008",
    11: "2012",
    12: "2014",
    13: "2016",
    14: "2017",
    15: "2019",
    16: "2022",
    17: "2025",
}


class TdsOpening:
    """Sends a PRELOGIN and hears its answer."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def begin(self) -> bytes:
        """The PRELOGIN."""
        return PRELOGIN

    def receive(self, data: bytes) -> Heard:
        """Take what arrived, cut anywhere."""
        held = self._held = self._held + data
        if not _RESPONSE.startswith(held[: len(_RESPONSE)]):
            return Foreign(says=unexpected(held))
        if len(held) < _HEADER.size:
            return Say()
        size = int.from_bytes(held[2:4])
        if not _HEADER.size < size <= _MAX_PACKET_BYTES:
            return Foreign(says=unexpected(held))
        return Say() if len(held) < size else _read(held[_HEADER.size : size], held)


def _read(body: bytes, held: bytes) -> Heard:
    if body[0] == _ERROR_TOKEN:
        return _error(body[1:])
    options = _options(body)
    version = options.get(_VERSION, b"")
    if len(version) < _PRODUCT_VERSION.size:
        return Foreign(says=unexpected(held))
    major, minor, build = _PRODUCT_VERSION.unpack_from(version)
    product = f"SQL Server {_RELEASES[major]}" if major in _RELEASES else "SQL Server"
    wanted = options.get(_ENCRYPTION, b"\xff")
    encryption = _ENCRYPTIONS.get(wanted[0] if wanted else -1, "no word on encryption")
    return Greeted(server=f"{product} ({major}.{minor}.{build}), {encryption}")


def _options(body: bytes) -> dict[int, bytes]:
    options: dict[int, bytes] = {}
    at = 0
    while at + _OPTION.size <= len(body) and body[at] != _TERMINATOR:
        token, offset, size = _OPTION.unpack_from(body, at)
        options[token] = body[offset : offset + size]
        at += _OPTION.size
    return options


def _error(token: bytes) -> Heard:
    if len(token) < _ERROR.size:
        return TurnedDown(server="SQL Server", says="an error that is cut off")
    _, number, _, _, count = _ERROR.unpack_from(token)
    text = token[_ERROR.size : _ERROR.size + 2 * count].decode("utf-16-le", "replace")
    return TurnedDown(server="SQL Server", says=f"error {number}: {one_line(text.encode())}")
