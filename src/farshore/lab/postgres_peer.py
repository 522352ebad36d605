"""A peer that speaks enough PostgreSQL for psql and psycopg to log in and get a row.

Written from the PostgreSQL documentation, chapter "Frontend/Backend Protocol": "Message Flow" (start-up, simple and
extended query), "Message Formats". `select <number>` gives the number, `select $1` gives its parameter back, any other
`select` gives the peer's own answer; what isn't a query is acknowledged by its first word.
"""

import re
import struct
from dataclasses import dataclass, field

from farshore.lab.stream import Stream

PROTOCOL_3 = 3
CANCEL, TLS, GSS = 80877102, 80877103, 80877104
MAX_MESSAGE_BYTES = 1 << 20
INT4_OID, TEXT_OID = 23, 25
IDLE, IN_TRANSACTION = b"I", b"T"
PARAMETERS = {
    "server_version": "16.0 (farshore lab)",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "TimeZone": "UTC",
    "integer_datetimes": "on",
    "standard_conforming_strings": "on",
}
TRANSACTIONS = {"BEGIN": IN_TRANSACTION, "START": IN_TRANSACTION, "COMMIT": IDLE, "ROLLBACK": IDLE, "END": IDLE}
NUMBER = re.compile(r"select\s+(\d{1,9})\s*;?\s*", re.IGNORECASE)
FIRST_PARAMETER = re.compile(r"select\s+\$1\s*;?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """The one column of a result: its value as it goes over the wire, or NULL."""

    value: bytes | None
    oid: int = TEXT_OID
    format: int = 0

    def description(self) -> bytes:
        size = 4 if self.oid == INT4_OID else -1
        return _message(
            b"T", struct.pack("!h", 1) + b"answer\0" + struct.pack("!ihihih", 0, 0, self.oid, size, -1, self.format)
        )

    def row(self) -> bytes:
        value = struct.pack("!i", -1) if self.value is None else struct.pack("!i", len(self.value)) + self.value
        return _message(b"D", struct.pack("!h", 1) + value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Portal:
    """A statement with its parameters, ready to run."""

    statement: str
    column: _Column | None

    @property
    def tag(self) -> bytes:
        if self.column is not None:
            return b"SELECT 1\0"
        return (self.statement.split() or [""])[0].upper().encode() + b"\0"

    def results(self) -> bytes:
        if not self.statement.strip(" ;\n"):
            return _message(b"I")
        rows = self.column.row() if self.column is not None else b""
        return rows + _message(b"C", self.tag)

    def description(self) -> bytes:
        return self.column.description() if self.column is not None else _message(b"n")


@dataclass(slots=True)
class PostgresPeer:
    """Serves connections; the same answer for everyone who asks."""

    answer: str

    async def serve(self, stream: Stream) -> None:
        """One client, from start-up to its end."""
        if await _start(stream):
            await _Session(stream, self.answer).run()


@dataclass(slots=True)
class _Session:
    """One client after login."""

    stream: Stream
    answer: str
    status: bytes = IDLE
    statements: dict[bytes, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    portals: dict[bytes, _Portal] = field(default_factory=dict)
    skipping: bool = False

    async def run(self) -> None:
        handlers = {
            b"Q": self._query,
            b"P": self._parse,
            b"B": self._bind,
            b"D": self._describe,
            b"E": self._execute,
            b"C": self._close,
            b"S": self._sync,
            b"H": self._flush,
        }
        while (kind := await self.stream.read_exactly(1)) != b"X":
            body = await _read_body(self.stream)
            if self.skipping and kind != b"S":
                continue
            handler = handlers.get(kind)
            reply = handler(body) if handler else self._refuse(f"message {kind!r} is not understood")
            await self.stream.write(reply)

    def _query(self, body: bytes) -> bytes:
        portal = self._portal(_text(body))
        shown = portal.column.description() if portal.column is not None else b""
        self._note_transaction(portal)
        return shown + portal.results() + self._ready()

    def _parse(self, body: bytes) -> bytes:
        name, query, rest = body.split(b"\0", 2)
        (count,) = struct.unpack_from("!h", rest)
        self.statements[name] = query.decode(), struct.unpack_from(f"!{count}i", rest, 2)
        return _message(b"1")

    def _bind(self, body: bytes) -> bytes:
        portal, name, rest = body.split(b"\0", 2)
        if name not in self.statements:
            return self._refuse("no such statement")
        statement, oids = self.statements[name]
        self.portals[portal] = self._portal(statement, _first_parameter(rest, oids))
        return _message(b"2")

    def _describe(self, body: bytes) -> bytes:
        kind, name = body[:1], body[1:-1]
        if kind == b"P":
            return self.portals[name].description() if name in self.portals else self._refuse("no such portal")
        if name not in self.statements:
            return self._refuse("no such statement")
        statement, oids = self.statements[name]
        shown = _message(b"t", struct.pack(f"!h{len(oids)}i", len(oids), *oids))
        return shown + self._portal(statement).description()

    def _execute(self, body: bytes) -> bytes:
        name = body.split(b"\0", 1)[0]
        if name not in self.portals:
            return self._refuse("no such portal")
        self._note_transaction(self.portals[name])
        return self.portals[name].results()

    def _close(self, body: bytes) -> bytes:
        (self.statements if body[:1] == b"S" else self.portals).pop(body[1:-1], None)
        return _message(b"3")

    def _sync(self, _: bytes) -> bytes:
        self.skipping = False
        return self._ready()

    def _flush(self, _: bytes) -> bytes:
        return b""

    def _ready(self) -> bytes:
        return _message(b"Z", self.status)

    def _refuse(self, text: str) -> bytes:
        self.skipping = True
        return _message(b"E", b"SERROR\0VERROR\0C08P01\0M" + text.encode() + b"\0\0")

    def _note_transaction(self, portal: _Portal) -> None:
        self.status = TRANSACTIONS.get(portal.tag[:-1].decode(), self.status)

    def _portal(self, statement: str, parameter: _Column | None = None) -> _Portal:
        column = None
        if FIRST_PARAMETER.fullmatch(statement):
            column = parameter or _Column(value=None)
        elif number := NUMBER.fullmatch(statement):
            column = _Column(value=number[1].encode(), oid=INT4_OID)
        elif statement.lstrip().lower().startswith(("select", "show")):
            column = _Column(value=self.answer.encode())
        return _Portal(statement=statement, column=column)


async def _start(stream: Stream) -> bool:
    """Start-up up to ReadyForQuery; False if the client wanted something else."""
    while True:
        (size,) = struct.unpack("!i", await stream.read_exactly(4))
        if not 8 <= size <= MAX_MESSAGE_BYTES:  # noqa: PLR2004 - a length and a code
            return False
        body = await stream.read_exactly(size - 4)
        (code,) = struct.unpack_from("!i", body)
        if code in {TLS, GSS}:
            await stream.write(b"N")
            continue
        if code >> 16 != PROTOCOL_3:
            return False
        break
    newer = _message(b"v", struct.pack("!ii", 0, 0)) if code & 0xFFFF else b""
    parameters = b"".join(_message(b"S", f"{name}\0{value}\0".encode()) for name, value in PARAMETERS.items())
    key = _message(b"K", struct.pack("!ii", 1, 1))
    await stream.write(newer + _message(b"R", struct.pack("!i", 0)) + parameters + key + _message(b"Z", IDLE))
    return True


def _message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


async def _read_body(stream: Stream) -> bytes:
    (size,) = struct.unpack("!i", await stream.read_exactly(4))
    if not 4 <= size <= MAX_MESSAGE_BYTES:  # noqa: PLR2004 - the length counts itself
        raise EOFError
    return await stream.read_exactly(size - 4)


def _first_parameter(data: bytes, oids: tuple[int, ...]) -> _Column | None:
    """The first parameter of a Bind message, from behind its names, as it came: its type and format are echoed."""
    (count,) = struct.unpack_from("!h", data)
    formats = struct.unpack_from(f"!{count}h", data, 2)
    (given, size) = struct.unpack_from("!hi", data + b"\0" * 4, 2 + 2 * count)
    if not given:
        return None
    at = 8 + 2 * count
    value = data[at : at + size] if size >= 0 else None
    return _Column(value=value, oid=(oids or (0,))[0] or TEXT_OID, format=(formats or (0,))[0])


def _text(body: bytes) -> str:
    return body.removesuffix(b"\0").decode()
