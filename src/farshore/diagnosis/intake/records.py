"""The lines of a log that belong together: one message each, out of its wrappers, with its time and speaker.

A stack trace, a wrapped sentence, an open quotation and what a container runtime cut go on with the message before
them, also where every line bears a time of its own. Of a stack's frames the first few are kept, of its causes all.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.wrappers import MAX_MESSAGE, Record, unquoted, unwrap

__all__ = ("MAX_JOINED_LINES", "MAX_MESSAGE", "Record", "read_records")

MAX_JOINED_LINES = 40
KEPT_FRAMES = 3

_CONTINUES = ("at ", "... ", 'Error: "', "Is the server running", "|", ": ")
# These go on with a message whatever stands before them, a blank line as well.
_SURELY_CONTINUES = re.compile(
    r"(?:[Cc]aused|Wrapped) by ?:|Suppressed: |This probably means the server terminated"
    r"|before or while processing the request|Is the server running |The last packet (?:sent )?successfully "
)
_FRAME = re.compile(r"at [\w$.@/<>~-]{2,300}\(|\.\.\. \d{1,5} (?:more|common frames)|File \"[^\"]{1,300}\", line \d")
# A component that begins its message: `magicsock: `, `health(`, `open-conn-track: `.
_BEGINS = re.compile(r"[\w.-]{1,120}(?:: |\()")
_CUT_UUID = re.compile(r"-[0-9a-f]{4}-[0-9a-f]{1,11}$")
_TRACEBACK = "Traceback (most recent call last)"
_RAISED = re.compile(r"(?:\w{1,40}\.){1,12}\w{0,60}(?:Error|Exception|Timeout)(?:: |$)")


def read_records(document: Document, origin: Origin) -> Iterator[Record]:
    """Every message of a log, in order."""
    pending: Record | None = None
    joined = frames = 0
    is_parted = False
    for number, quoted in enumerate(document.lines, 1):
        line = unquoted(quoted)
        if not line.strip():
            is_parted = True
            continue
        record = unwrap(line, number, origin)
        if pending is not None and is_parted and not _SURELY_CONTINUES.match(record.text):
            yield pending
            pending, joined, frames = None, 0, 0
        is_parted = False
        if pending is not None and _FRAME.match(record.text) and record.fields is None:
            frames += 1
            pending = _joined(pending, record, " ") if frames <= KEPT_FRAMES else pending
            continue
        if pending is not None and joined < MAX_JOINED_LINES and _continues(pending, record, line):
            pending = _joined(pending, record, "" if pending.unfinished else " ")
            joined += 1
            continue
        if pending is not None:
            yield pending
        pending, joined, frames = record, 0, 0
    if pending is not None:
        yield pending


def _joined(pending: Record, record: Record, between: str) -> Record:
    text = f"{pending.text}{between}{record.text}"[:MAX_MESSAGE]
    return replace(pending, text=text, unfinished=record.unfinished)


def _continues(pending: Record, record: Record, line: str) -> bool:
    """Whether a line goes on with the message before it: it says so by its shape, or bears no time of its own."""
    if record.fields is not None or pending.fields is not None:
        return False
    if pending.unfinished or (_SURELY_CONTINUES.match(record.text) and record.speaker == pending.speaker):
        return True
    if record.time is not None:
        return False
    shaped = line[0] in " \t" or record.text.startswith(_CONTINUES)
    # A logger prints the exception below its own line.
    raised = (pending.time is not None or _TRACEBACK in pending.text) and _RAISED.match(record.text) is not None
    if shaped or raised or _is_open(pending.text):
        return True
    # A sentence that runs on: the line before did not end one, and this one does not begin one.
    return pending.text[-1:].isalnum() and record.text[:1].islower() and not _BEGINS.match(record.text)


def _is_open(text: str) -> bool:
    """Whether a message has not ended yet: in a quotation, before what it announces, or in the middle of a UUID."""
    return text.endswith((":", "->", ",", "\\")) or text.count('"') % 2 == 1 or _CUT_UUID.search(text[-24:]) is not None
