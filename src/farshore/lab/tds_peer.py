"""A peer that speaks enough TDS for tsql, pymssql and python-tds to log in and get a row.

Written from MS-TDS: PRELOGIN (2.2.6.5, encryption not supported), LOGIN7 (2.2.6.4), SQL batch (2.2.6.7), transaction
manager request (2.2.6.9) and the tokens of 2.2.7. `select <number>` gives the number, any other `select` and every
remote procedure call give the peer's own answer, everything else is acknowledged.
"""

import re
import struct
from dataclasses import dataclass

from farshore.lab.stream import Stream
from farshore.lab.tds import (
    INTN,
    NOT_ENCRYPTED,
    NVARCHAR,
    PACKET_BYTES,
    VERSION_7_2,
    Kind,
    Message,
    Token,
    b_varchar,
    packets,
    prelogin,
    read_message,
    us_varchar,
)

NUMBER = re.compile(r"select\s+(\d{1,9})\s*;?\s*", re.IGNORECASE)
COLLATION = b"\x09\x04\xd0\x00\x34"
NULLABLE = 1
DATABASE, PACKET_SIZE, SQL_COLLATION, BEGIN, COMMIT, ROLL_BACK = 1, 4, 7, 8, 9, 10
DESCRIPTOR = b"\x01\x00\x00\x00\x00\x00\x00\x00"
DONE_COUNT, DONE_ATTENTION = 0x10, 0x20
CURRENT_SELECT = 0xC1
PROGRAM, PROGRAM_VERSION = "Microsoft SQL Server", b"\x10\x00\x00\x00"
TRANSACTION_CHANGES = {5: BEGIN, 7: COMMIT, 8: ROLL_BACK}


@dataclass(slots=True)
class TdsPeer:
    """Serves connections; the same answer for everyone who asks."""

    answer: str

    async def serve(self, stream: Stream) -> None:
        """One client, from PRELOGIN to its end."""
        message = await read_message(stream)
        if message.kind == Kind.PRELOGIN:
            await stream.write(packets(Kind.RESPONSE, prelogin(NOT_ENCRYPTED)))
            message = await read_message(stream)
        if message.kind != Kind.LOGIN7:
            return
        session = _Session(answer=self.answer, version=message.body[4:8][::-1])
        await stream.write(packets(Kind.RESPONSE, session.logged_in()))
        while True:
            message = await read_message(stream)
            await stream.write(packets(Kind.RESPONSE, session.reply(message)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """One client after login; `version` as LOGINACK shows it, so its first byte is the major one."""

    answer: str
    version: bytes

    def logged_in(self) -> bytes:
        """2.2.7.14: the client's own version is agreed to."""
        body = b"\x01" + self.version + b_varchar(PROGRAM) + PROGRAM_VERSION
        changes = (
            _change(DATABASE, b_varchar("lab") + b_varchar("")),
            _change(SQL_COLLATION, bytes((len(COLLATION),)) + COLLATION + b"\x00"),
            _change(PACKET_SIZE, b_varchar(str(PACKET_BYTES)) * 2),
        )
        return b"".join(changes) + _token(Token.LOGINACK, body) + self._done()

    def reply(self, message: Message) -> bytes:
        """The whole response to one request."""
        match message.kind:
            case Kind.BATCH:
                return self._batch(self._without_headers(message.body).decode("utf-16-le", "replace"))
            case Kind.RPC:
                return self._text(self.answer) + self._done(Token.DONEPROC, DONE_COUNT, 1)
            case Kind.TRANSACTION:
                return self._transaction(self._without_headers(message.body))
            case Kind.ATTENTION:
                return self._done(status=DONE_ATTENTION)
            case _:
                raise EOFError

    def _batch(self, statement: str) -> bytes:
        if number := NUMBER.fullmatch(statement.strip()):
            return self._number(int(number[1])) + self._done(status=DONE_COUNT, rows=1)
        if statement.lstrip().lower().startswith("select"):
            return self._text(self.answer) + self._done(status=DONE_COUNT, rows=1)
        return self._done()

    def _transaction(self, body: bytes) -> bytes:
        """2.2.6.9: a commit or rollback may begin the next transaction at once."""
        (request,) = struct.unpack_from("<H", body)
        change = TRANSACTION_CHANGES.get(request)
        if change is None:
            return self._done()
        begun = _change(BEGIN, b"\x08" + DESCRIPTOR + b"\x00")
        if change == BEGIN:
            return begun + self._done()
        ended = _change(change, b"\x00\x08" + DESCRIPTOR)
        flags = body[3 + body[2]] if len(body) > 3 + body[2] else 0
        return ended + (begun if flags & 1 else b"") + self._done()

    def _number(self, number: int) -> bytes:
        return self._column(bytes((INTN, 4))) + bytes((Token.ROW, 4)) + struct.pack("<i", number)

    def _text(self, text: str) -> bytes:
        kind = bytes((NVARCHAR,)) + struct.pack("<H", 8000) + COLLATION
        return self._column(kind) + bytes((Token.ROW,)) + us_varchar(text)

    def _column(self, kind: bytes) -> bytes:
        """2.2.7.4: one column, nullable, called answer."""
        user_type = b"\x00" * (4 if self._is_7_2 else 2)
        head = bytes((Token.COLMETADATA,)) + struct.pack("<H", 1) + user_type + struct.pack("<H", NULLABLE)
        return head + kind + b_varchar("answer")

    def _done(self, token: Token = Token.DONE, status: int = 0, rows: int = 0) -> bytes:
        count = struct.pack("<Q" if self._is_7_2 else "<I", rows)
        return bytes((token,)) + struct.pack("<HH", status, CURRENT_SELECT if rows else 0) + count

    @property
    def _is_7_2(self) -> bool:
        return self.version[0] >= VERSION_7_2

    def _without_headers(self, body: bytes) -> bytes:
        """2.2.5.3: since 7.2 requests begin with ALL_HEADERS, which say their own length."""
        return body[struct.unpack_from("<I", body)[0] :] if self._is_7_2 else body


def _token(token: Token, body: bytes) -> bytes:
    return bytes((token,)) + struct.pack("<H", len(body)) + body


def _change(kind: int, values: bytes) -> bytes:
    return _token(Token.ENVCHANGE, bytes((kind,)) + values)
