"""One query over TDS 7.4: log in without a password, ask, read the first column of the first row.

MS-TDS 2.2.6.5 (PRELOGIN), 2.2.6.4 (LOGIN7), 2.2.6.7 (SQL batch), 2.2.7 (tokens).
"""

import struct

from farshore.core.address import HostPort
from farshore.lab.stream import connect
from farshore.lab.tds import (
    INTN,
    NOT_ENCRYPTED,
    NVARCHAR,
    PACKET_BYTES,
    VERSION_7_4,
    Kind,
    Token,
    packets,
    prelogin,
    read_message,
)

LOGIN_FIXED_BYTES = 94
TRANSACTION_HEADER = struct.pack("<IIHQI", 22, 18, 2, 0, 1)
WITH_SHORT_LENGTH = (Token.LOGINACK, Token.ENVCHANGE, Token.ERROR)


async def query_tds(address: HostPort, statement: str) -> str:
    """The answer to one statement; empty where it has no row.

    Raises:
        OSError: the connection was refused or reset.
        EOFError: the connection ended before the answer.
        ValueError: the server said no, or something this client doesn't understand.
    """
    stream = await connect(address)
    try:
        await stream.write(packets(Kind.PRELOGIN, prelogin(NOT_ENCRYPTED)))
        await read_message(stream)
        await stream.write(packets(Kind.LOGIN7, _login()))
        read_answer((await read_message(stream)).body)
        await stream.write(packets(Kind.BATCH, TRANSACTION_HEADER + statement.encode("utf-16-le")))
        return read_answer((await read_message(stream)).body)
    finally:
        stream.close()


def read_answer(body: bytes) -> str:
    """The first column of the last row in a response.

    Raises:
        ValueError: an ERROR token, or one this client doesn't understand.
    """
    at, kind, answer = 0, 0, ""
    while at < len(body):
        token, at = body[at], at + 1
        if token in WITH_SHORT_LENGTH:
            (size,) = struct.unpack_from("<H", body, at)
            if token == Token.ERROR:
                raise ValueError(_error_text(body[at + 2 : at + 2 + size]))
            at += 2 + size
        elif token == Token.COLMETADATA:
            kind, at = _read_column(body, at)
        elif token == Token.ROW:
            answer, at = _read_value(kind, body, at)
        elif token in {Token.DONE, Token.DONEPROC}:
            at += 12
        else:
            msg = f"token {token:#x} is not understood"
            raise ValueError(msg)
    return answer


def _login() -> bytes:
    """2.2.6.4: only host, user and application are given."""
    texts = ("lab", "demo", "", "farshore", "", "", "", "", "")
    data, places = b"", b""
    for text in texts:
        places += struct.pack("<HH", LOGIN_FIXED_BYTES + len(data), len(text))
        data += text.encode("utf-16-le")
    nothing = struct.pack("<HH", LOGIN_FIXED_BYTES + len(data), 0)
    fixed = struct.pack("<IIIIIBBBBII", VERSION_7_4, PACKET_BYTES, 0, 0, 0, 0xE0, 0x03, 0, 0, 0, 0)
    places += b"\x00" * 6 + nothing * 3 + b"\x00" * 4
    whole = fixed + places + data
    return struct.pack("<I", len(whole) + 4) + whole


def _read_column(body: bytes, at: int) -> tuple[int, int]:
    kind = body[at + 8]
    at += 9 + (7 if kind == NVARCHAR else 1)
    return kind, at + 1 + 2 * body[at]


def _read_value(kind: int, body: bytes, at: int) -> tuple[str, int]:
    if kind == INTN:
        size = body[at]
        return str(int.from_bytes(body[at + 1 : at + 1 + size], "little", signed=True)), at + 1 + size
    (size,) = struct.unpack_from("<H", body, at)
    return body[at + 2 : at + 2 + size].decode("utf-16-le"), at + 2 + size


def _error_text(body: bytes) -> str:
    (count,) = struct.unpack_from("<H", body, 6)
    return body[8 : 8 + 2 * count].decode("utf-16-le")
