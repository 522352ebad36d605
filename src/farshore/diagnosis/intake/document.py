"""One text to be read: its bytes, and what several readers would otherwise each work out again."""

import re
from functools import cached_property

import msgspec

from farshore.core.journal import APPLICATION_ID
from farshore.diagnosis.intake.loose_json import Loose, decode_loosely

HEAD_BYTES = 65536
SAMPLED_RECORDS = 20
MAX_LINE = 65536
# A document above this is not decoded whole; line-oriented readers still see all of it.

# sqlite.org/fileformat.html, 1.3
_SQLITE_MAGIC = b"SQLite format 3\0"
_APPLICATION_AT, _APPLICATION = 68, APPLICATION_ID.to_bytes(4, "big")

_BEGINS_JSON = re.compile(r"\s{0,4096}(?:\{|\[\s{0,4096}(?:[{\[\"\]/\d-]|$|true|false|null))")
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))


class Document:
    """Bytes with their text, lines and JSON, each made once and only if somebody asks."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @property
    def is_journal(self) -> bool:
        """Whether it is a journal of Farshore's, which is no text: SQLite's header, and its application id in there."""
        return self.data.startswith(_SQLITE_MAGIC) and self.data[_APPLICATION_AT : _APPLICATION_AT + 4] == _APPLICATION

    @cached_property
    def text(self) -> str:
        """The whole text; UTF-8 or what the byte order mark says, undecodable bytes replaced."""
        for mark, encoding in _BYTE_ORDER_MARKS:
            if self.data.startswith(mark):
                return self.data[len(mark) :].decode(encoding, "replace")
        return self.data.decode("utf-8", "replace")

    @cached_property
    def head(self) -> str:
        """The beginning of the text, for recognising."""
        return self.text[:HEAD_BYTES]

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends, each at most `MAX_LINE` characters; line N is `lines[N - 1]`."""
        return [line.removesuffix("\r")[:MAX_LINE] for line in self.text.split("\n")]

    @cached_property
    def json(self) -> object | None:
        """The text as one strict JSON value (RFC 8259) that is an object or an array; None if it is none."""
        if not self.looks_like_json:
            return None
        try:
            value: object = msgspec.json.decode(self.text)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            return None
        return value

    @cached_property
    def loose(self) -> Loose | None:
        """The text as one JSON value with comments, trailing commas or a cut end; None if it does not begin as one."""
        return decode_loosely(self.text) if self.looks_like_json else None

    @cached_property
    def looks_like_json(self) -> bool:
        """Whether it begins as an object or an array of JSON does; `[UserDial]` and `[v1]` don't."""
        return _BEGINS_JSON.match(self.text) is not None

    @cached_property
    def records(self) -> list[tuple[int, dict[str, object] | None]]:
        """Every non-empty line with its number, as a JSON object or None (newline-delimited JSON)."""
        return [(number, json_object(line)) for number, line in enumerate(self.lines, 1) if line.strip()]

    @cached_property
    def sampled_records(self) -> list[dict[str, object]]:
        """The first records that are objects, for recognising newline-delimited JSON."""
        sample = self.head.split("\n")[:SAMPLED_RECORDS]
        return [record for line in sample if (record := json_object(line)) is not None]


def json_object(line: str) -> dict[str, object] | None:
    """A line as one JSON object, or None."""
    if not line.lstrip().startswith("{"):
        return None
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    return value if isinstance(value, dict) else None
