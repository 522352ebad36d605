import struct

import pytest

from farshore.wire.first_message import FirstMessage
from farshore.wire.tns import first_message

ADDRESS = b"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=orcl)))"


def connect(inside: bytes, count: int | None = None, kind: int = 1) -> bytes:
    """A CONNECT as python-oracledb's thin mode lays it out: 74 bytes, and its data."""
    fields = struct.pack(">HHHHHHHHHH", 319, 300, 0, 8192, 65535, 0x7F08, 0, 1, count or len(inside), 74)
    return struct.pack(">HHBBH", 74 + len(inside), 0, kind, 0, 0) + fields.ljust(66, b"\0")[:66] + inside


def data(text: bytes, kind: int = 6) -> bytes:
    return struct.pack(">HHBBHH", 10 + len(text), 0, kind, 0, 0, 0) + text


LONG = b"(" + b"A" * 300 + b")"


@pytest.mark.parametrize("said", [connect(ADDRESS), connect(b"", len(LONG)) + data(LONG)], ids=["short", "long"])
def test_a_connect_is_harmless(said: bytes) -> None:
    assert first_message(said) is FirstMessage.HARMLESS


@pytest.mark.parametrize(
    "said",
    [
        connect(ADDRESS) + b"\0",
        connect(ADDRESS, kind=6),
        connect(ADDRESS, 3),
        connect(b"", len(LONG)) + data(LONG) + b"\0",
        connect(b"", len(LONG)) + data(LONG[1:]),
        connect(b"", len(LONG)) + data(LONG, kind=1),
        connect(bytes(8192)),
        b"\0\x0a\0\0\x01\0\0\0\0\0",
        b"GET / HTTP/1.1\r\n",
    ],
    ids=["more", "data", "count", "more data", "fewer data", "two connects", "long", "short", "web"],
)
def test_anything_else_is_not(said: bytes) -> None:
    assert first_message(said) is FirstMessage.OTHER
