import struct

import pytest

from farshore.lab import tds as lab
from farshore.wire.first_message import FirstMessage
from farshore.wire.tds import first_message


def packet(body: bytes, kind: int = 0x12, status: int = 1) -> bytes:
    return struct.pack(">BBHHBB", kind, status, 8 + len(body), 0, 1, 0) + body


# The example of MS-TDS 4.1, as SQL Server's own client sends it: version, encryption, instance, thread, MARS.
SPECIFIED = bytes.fromhex(
    "1201002F00000100 00001A0006 0100200001 0200210001 0300220004 0400260001 FF 090000000000 01 00 B80D0000 01"
)
VERSION_ONLY = packet(struct.pack(">BHH", 0, 6, 6) + b"\xff" + bytes(6))


@pytest.mark.parametrize("said", [SPECIFIED, VERSION_ONLY, lab.packets(lab.Kind.PRELOGIN, lab.prelogin(2))])
def test_a_prelogin_is_harmless(said: bytes) -> None:
    assert first_message(said) is FirstMessage.HARMLESS


@pytest.mark.parametrize(
    "said",
    [
        SPECIFIED + b"\x10",
        packet(SPECIFIED[8:], kind=0x10),
        packet(SPECIFIED[8:], status=0),
        packet(b"\x16\x03\x01\x00\x05hello"),
        packet(b"\x00"),
        packet(struct.pack(">BHH", 0, 6, 6) + b"\xff" + bytes(5)),
        packet(struct.pack(">BHH", 0, 6, 6) + bytes(6)),
        packet(b""),
        packet(VERSION_ONLY[8:] + bytes(4096)),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n",
    ],
    ids=[
        "more",
        "login",
        "not the last packet",
        "tls",
        "no list",
        "outside",
        "no end",
        "empty",
        "long",
        "tds 8",
        "web",
    ],
)
def test_anything_else_is_not(said: bytes) -> None:
    assert first_message(said) is FirstMessage.OTHER
