"""How flow-log messages lie in a large file, told from its beginning; None where only the readers can tell.

Lines of messages (object stores), of envelopes (`{"event": …}`), of responses (`{"logs": [...]}`); an array, alone or
within one object (the API's response, on one line or on many).
"""

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from farshore.diagnosis.intake.document import HEAD_BYTES, Document, json_object
from farshore.diagnosis.lake.flow_files import EACH, Framing
from farshore.diagnosis.traffic.flow_messages import MAX_DEPTH, is_message

ARRAY = "array"
_OPENS = re.compile(rb'\s{0,64}(?:\{\s{0,64}"[^"\\]{1,64}"\s{0,64}:\s{0,64})?(?=\[\s{0,64}\{)')
_CLOSES = re.compile(rb"\]\s{0,64}\}\s{0,64}$")
_LAST_BYTES = 256
_CHUNK_BYTES = 4 * 1024 * 1024
_FEW = 5


@dataclass(frozen=True, slots=True)
class Framed:
    """A framing, and where the array begins and ends in the file if there is something around it."""

    framing: Framing
    skip_bytes: int = 0
    drop_bytes: int = 0


def framed(path: Path) -> Framed | None:
    """How the messages of a file lie, if each record of its beginning has them in the same place."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        document = Document(head)
        opens = _OPENS.match(head)
        if opens is not None and json_object(document.text.partition("\n")[0]) is None:
            return _array(file, head, opens.end())
    steps = {_steps(record) for record in document.sampled_records}
    found = steps.pop() if len(steps) == 1 else None
    return None if found is None else Framed(Framing(steps=found))


def unwrap(path: Path, found: Framed, to: Path) -> Path:
    """The file itself, or a copy of its array alone."""
    if not found.skip_bytes and not found.drop_bytes:
        return path
    left = path.stat().st_size - found.skip_bytes - found.drop_bytes
    with path.open("rb") as source, to.open("wb") as copy:
        source.seek(found.skip_bytes)
        while left > 0 and (chunk := source.read(min(_CHUNK_BYTES, left))):
            copy.write(chunk)
            left -= len(chunk)
    return to


def _array(file: IO[bytes], head: bytes, begin: int) -> Framed | None:
    loose = Document(head[begin:]).loose
    if loose is None or not isinstance(loose.value, list):
        return None
    # The last element may be cut where the head ends.
    steps = {_steps(each) for each in islice(loose.value[:-1] or loose.value, _FEW)}
    found = steps.pop() if len(steps) == 1 else None
    if found is None:
        return None
    wrapped = b"{" in head[:begin]
    size = file.seek(0, 2)
    file.seek(max(size - _LAST_BYTES, 0))
    last = file.read()
    closes = _CLOSES.search(last)
    if wrapped and closes is None:
        return None
    drop = len(last) - closes.start() - 1 if wrapped and closes is not None else 0
    return Framed(Framing(ARRAY, found), begin if wrapped else 0, drop)


def _steps(value: object) -> tuple[str, ...] | None:
    """The way from a record to its first message, through members and lists."""
    if is_message(value):
        return ()
    ways: list[tuple[tuple[str, ...], object]] = [((), value)]
    for _ in range(MAX_DEPTH):
        further: list[tuple[tuple[str, ...], object]] = []
        for way, each in ways:
            members = each.items() if isinstance(each, dict) else ()
            for name, inner in members:
                first = inner[0] if isinstance(inner, list) and inner else inner
                there = (*way, str(name), EACH) if first is not inner else (*way, str(name))
                if is_message(first):
                    return there
                further.append((there, first))
        ways = further
    return None
