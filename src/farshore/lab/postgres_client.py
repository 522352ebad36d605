"""One query over PostgreSQL's protocol: log in without a password, ask, read the first column of the first row.

PostgreSQL documentation, "Message Flow": "Start-up" and "Simple Query".
"""

import struct
from collections.abc import AsyncIterator

from farshore.core.address import HostPort
from farshore.lab.stream import Stream, connect

PROTOCOL_3_0 = 196608


async def query_postgres(address: HostPort, statement: str) -> str:
    """The answer to one statement over a connection of its own; empty where it has no row.

    Raises:
        OSError: the connection was refused or reset.
        EOFError: the connection ended before the answer.
        ValueError: the server said no; its own words.
    """
    stream = await connect(address)
    try:
        return await ask_postgres(stream, statement)
    finally:
        stream.close()


async def ask_postgres(stream: Stream, statement: str) -> str:
    """The same over a connection that is there already, and has not been spoken on."""
    body = struct.pack("!i", PROTOCOL_3_0) + b"user\0demo\0database\0demo\0\0"
    await stream.write(struct.pack("!i", len(body) + 4) + body)
    async for _ in _until_ready(stream):
        pass
    await stream.write(b"Q" + struct.pack("!i", len(statement) + 5) + statement.encode() + b"\0")
    answer = b""
    async for kind, body in _until_ready(stream):
        if kind == b"D":
            (size,) = struct.unpack_from("!i", body, 2)
            answer = body[6 : 6 + size]
    await stream.write(b"X" + struct.pack("!i", 4))
    return answer.decode()


async def _until_ready(stream: Stream) -> AsyncIterator[tuple[bytes, bytes]]:
    while True:
        kind = await stream.read_exactly(1)
        (size,) = struct.unpack("!i", await stream.read_exactly(4))
        body = await stream.read_exactly(size - 4)
        if kind == b"E":
            fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
            raise ValueError(fields.get(b"M", "no reason given"))
        if kind == b"Z":
            return
        yield kind, body
