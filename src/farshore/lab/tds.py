"""Packets and tokens of TDS that the lab's peer and client share (MS-TDS).

A message is one or more packets, the last one marked (2.2.3.1). Integers are little-endian but for the packet header
and the offsets in PRELOGIN.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from farshore.lab.stream import Stream

HEADER = struct.Struct(">BBHHBB")
END_OF_MESSAGE = 1
PACKET_BYTES = 4096
MAX_MESSAGE_BYTES = 1 << 20
NOT_ENCRYPTED = 2
VERSION_7_2 = 0x72
VERSION_7_4 = 0x74000004
INTN, NVARCHAR = 0x26, 0xE7
PRELOGIN_END = 0xFF


class Kind(IntEnum):
    """Types of packet (2.2.3.1.1)."""

    BATCH = 1
    RPC = 3
    RESPONSE = 4
    ATTENTION = 6
    TRANSACTION = 14
    LOGIN7 = 16
    PRELOGIN = 18


class Token(IntEnum):
    """Types of token in a response (2.2.7)."""

    COLMETADATA = 0x81
    LOGINACK = 0xAD
    ERROR = 0xAA
    ROW = 0xD1
    ENVCHANGE = 0xE3
    DONE = 0xFD
    DONEPROC = 0xFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One whole message."""

    kind: int
    body: bytes


async def read_message(stream: Stream) -> Message:
    """The next message.

    Raises:
        EOFError: the connection ended, or what came is longer than a megabyte.
    """
    body = bytearray()
    while True:
        kind, status, size, *_ = HEADER.unpack(await stream.read_exactly(HEADER.size))
        body += await stream.read_exactly(max(size - HEADER.size, 0))
        if len(body) > MAX_MESSAGE_BYTES:
            raise EOFError
        if status & END_OF_MESSAGE:
            return Message(kind=kind, body=bytes(body))


def packets(kind: Kind, body: bytes) -> bytes:
    """The packets of a message."""
    room = PACKET_BYTES - HEADER.size
    pieces = [body[at : at + room] for at in range(0, len(body), room)] or [b""]
    return b"".join(
        HEADER.pack(kind, int(number == len(pieces)), len(piece) + HEADER.size, 0, number & 0xFF, 0) + piece
        for number, piece in enumerate(pieces, 1)
    )


def prelogin(encryption: int) -> bytes:
    """A PRELOGIN body: version, encryption, instance, thread, no MARS (2.2.6.5)."""
    options = (b"\x10\x00\x00\x00\x00\x00", bytes((encryption,)), b"\x00", b"\x00\x00\x00\x00", b"\x00")
    offset = 5 * len(options) + 1
    heads = b""
    for number, option in enumerate(options):
        heads += struct.pack(">BHH", number, offset, len(option))
        offset += len(option)
    return heads + bytes((PRELOGIN_END,)) + b"".join(options)


def b_varchar(text: str) -> bytes:
    """Text with its length in characters in one byte (2.2.5.1.2)."""
    return bytes((len(text),)) + text.encode("utf-16-le")


def us_varchar(text: str) -> bytes:
    """Text with its length in bytes in two bytes, as a NVARCHAR value goes (2.2.5.2.1)."""
    data = text.encode("utf-16-le")
    return struct.pack("<H", len(data)) + data
