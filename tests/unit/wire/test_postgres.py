import struct

import pytest

from farshore.wire.first_message import FirstMessage
from farshore.wire.postgres import first_message

SSL_REQUEST, GSS_ENC_REQUEST = bytes.fromhex("0000000804d2162f"), bytes.fromhex("0000000804d21630")


def startup(parameters: bytes, version: int = 3 << 16) -> bytes:
    return struct.pack(">II", 8 + len(parameters), version) + parameters


STARTUP = startup(b"user\0app\0database\0\0\0")


@pytest.mark.parametrize("said", [SSL_REQUEST, GSS_ENC_REQUEST, STARTUP, startup(b"\0"), startup(b"u\0a\0\0", 0x30002)])
def test_a_request_or_a_startup_is_harmless(said: bytes) -> None:
    assert first_message(said) is FirstMessage.HARMLESS


@pytest.mark.parametrize(
    "said",
    [
        SSL_REQUEST + b"\x16",
        SSL_REQUEST + STARTUP,
        STARTUP + b"p",
        bytes.fromhex("0000001004d2162e") + bytes(8),
        b"\0\0\0\x09" + SSL_REQUEST[4:] + b"\0",
        startup(b"user\0app\0\0", 2 << 16),
        startup(b"user\0\0"),
        startup(b"user\0app\0"),
        startup(b"\0app\0\0"),
        startup(b"user\0app\0" + b"a" * 10000 + b"\0b\0\0"),
        startup(b""),
        b"\0\0\0\0\0\x03\0\0",
        b"Q\0\0\0\x0dSELECT 1\0",
    ],
    ids=["tls", "both", "password", "cancel", "long request", "version 2", "odd", "no end", "nameless", "long", "bare",
         "nothing", "query"],
)  # fmt: skip
def test_anything_else_is_not(said: bytes) -> None:
    assert first_message(said) is FirstMessage.OTHER
