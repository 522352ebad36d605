"""An SSH server says its version (RFC 4253 section 4.2), and is told ours and a DISCONNECT (section 11.1).

A client that goes without a version leaves an error in OpenSSH's log (`kex_exchange_identification`); one that leaves
so leaves "Received disconnect" and "Disconnected", which are information (executed on 9.2).
"""

import re
import struct

from farshore.wire.excerpt import one_line, unexpected
from farshore.wire.greeting import speaker_of
from farshore.wire.openings.lines import Lines
from farshore.wire.openings.opening import Foreign, Greeted, Heard, LastWords, Say, TurnedDown

VERSION = b"SSH-2.0-farshore_probe\r\n"
_PREFIX = b"SSH-"
_SAID = re.compile(rb"SSH-(?:2\.0|1\.99)-(.+)")
# OpenSSH's words in place of a version, when it has too many connections, or an address has been penalised.
_TURNED_DOWN = re.compile(rb"(?i)exceeded maxstartups|not allowed at this time")
_GREETERS = frozenset({"ftp", "http", "mysql", "tds", "tns"})
_TEXT = re.compile(rb"[^\x00-\x08\x0e-\x1f]*")
_BLOCK_BYTES, _LEAST_PADDING = 8, 4
_DISCONNECT, _BY_APPLICATION = 1, 11


def _disconnect(words: bytes) -> bytes:
    """SSH_MSG_DISCONNECT in a packet without encryption (section 6)."""
    payload = struct.pack(">BII", _DISCONNECT, _BY_APPLICATION, len(words)) + words + struct.pack(">I", 0)
    padding = -(5 + len(payload)) % _BLOCK_BYTES
    padding += _BLOCK_BYTES if padding < _LEAST_PADDING else 0
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


GOODBYE = VERSION + _disconnect(b"probe")


class SshOpening:
    """Hears the server's version, and the lines that may come before it."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines = Lines()

    def begin(self) -> bytes:
        """Nothing: the server speaks, too."""
        return b""

    def receive(self, data: bytes) -> Heard:
        """Take what arrived, cut anywhere."""
        for line in self._lines.receive(data):
            heard = _line(line)
            if not isinstance(heard, Say):
                return heard
        if self._lines.is_too_long:
            return Foreign(says=f"{self._lines.count} bytes, and no version of SSH")
        begun = self._lines.begun
        if _PREFIX.startswith(begun[: len(_PREFIX)]):
            return Say()
        return _other(begun) or Say()


def _line(line: bytes) -> Heard:
    said = _SAID.fullmatch(line)
    if said:
        return Greeted(server=one_line(said[1]) or "SSH", goodbye=LastWords(data=GOODBYE))
    if line.startswith(_PREFIX):
        return Foreign(says=f"another version of SSH: {one_line(line)}")
    if _TURNED_DOWN.search(line):
        return TurnedDown(server="SSH", says=one_line(line))
    return _other(line) or Say()


def _other(line: bytes) -> Foreign | None:
    """What is surely no line before a version: any other protocol's greeting, or no text at all."""
    if speaker_of(line) not in _GREETERS and _TEXT.fullmatch(line):
        return None
    return Foreign(says=unexpected(line))
