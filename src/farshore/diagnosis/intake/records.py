"""Log lines out of their wrappers, and the lines that belong together: one message each, with its time and speaker.

Known wrappers: quoting, containers' and Kubernetes' RFC 3339 prefix, JSON lines (docker, structured loggers), syslog
with host and process, Go's own stamp, `[v1]`, `message repeated N times: [ … ]`. A message that goes on over several
lines is one message.
"""

import re
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from farshore.diagnosis.evidence import Evidence, Instant, Origin, Sureness
from farshore.diagnosis.intake.document import Document, json_object
from farshore.diagnosis.intake.times import read_stamp, read_time

MAX_MESSAGE = 8192
MAX_JOINED_LINES = 40
MAX_WRAPPERS = 8

_SURENESS = tuple(Sureness)
_SPEAKER = re.compile(
    r"(?:(?P<host>[\w.-]{1,64}) )?(?P<process>(?!error\b|warning\b)[\w./-]{1,48})(?:\[(?P<pid>\d{1,10})\])?: "
)
_REPEATED = re.compile(r"message repeated (\d{1,9}) times: \[ ?")
_PRIORITY = re.compile(r"<\d{1,3}>")
_STREAM = re.compile(r"(?:stdout|stderr) [FP] ")
_VERBOSE = re.compile(r"\[v\d\] ")
_CONTINUES = ("at ", "... ", "Caused by", "caused by", 'Error: "', "Suppressed:", "Is the server running", "|")
_MESSAGE_KEYS = ("log", "message", "msg", "MESSAGE", "textPayload", "line")
_TIME_KEYS = ("time", "timestamp", "ts", "@timestamp", "at", "t")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a log. `text` is without its wrappers, joined to one line; `fields` where it was a JSON object.

    `speaker` is the process that a wrapper names, `host` the host; `count` above 1 where a wrapper says repeated.
    """

    origin: Origin
    line: int
    text: str
    time: Instant | None = None
    host: str = ""
    speaker: str = ""
    count: int = 1
    fields: dict[str, object] | None = None

    def evidence(self, *, observer: str = "", version: str = "") -> Evidence:
        """The record as evidence, at its line and time; the observer is its host unless better is known."""
        return self.origin.evidence(
            self.text, line=self.line, time=self.time, observer=observer or self.host, version=version
        )


def read_records(document: Document, origin: Origin) -> Iterator[Record]:
    """Every message of a log, in order."""
    pending: Record | None = None
    joined = 0
    for number, line in enumerate(document.lines, 1):
        if not line.strip():
            if pending is not None:
                yield pending
            pending, joined = None, 0
            continue
        record = _unwrap(line, number, origin)
        if pending is not None and joined < MAX_JOINED_LINES and _continues(pending, record, line):
            pending = replace(pending, text=f"{pending.text} {record.text}"[:MAX_MESSAGE])
            joined += 1
            continue
        if pending is not None:
            yield pending
        pending, joined = record, 0
    if pending is not None:
        yield pending


def _continues(pending: Record, record: Record, line: str) -> bool:
    """Whether a line goes on with the message before it: it bears no time of its own and says so by its shape."""
    if record.time is not None or record.fields is not None or pending.fields is not None:
        return False
    if line[0] in " \t" or pending.text.endswith((":", "->", ",", "\\")) or record.text.startswith(_CONTINUES):
        return True
    if pending.text.count('"') % 2:
        return True
    # A sentence that runs on: the line before did not end one, and this one does not begin one.
    return pending.text[-1:].isalnum() and record.text[:1].islower()


def _unwrap(line: str, number: int, origin: Origin) -> Record:
    text = line.strip().removeprefix("> ").lstrip()
    fields = json_object(text)
    if fields is not None:
        return _from_fields(fields, text, number, origin)
    return _unwrap_text(Record(origin=origin, line=number, text=text[:MAX_MESSAGE]))


def _peel(record: Record) -> Record:
    """The record without its outermost wrapper; the same record where there is none."""
    text = record.text
    if (stamp := read_stamp(text.removeprefix("["), day=record.origin.day)) is not None:
        instant, end = stamp
        rest = text.removeprefix("[")[end:].lstrip(" \t|]:-")
        better = record.time is None or _SURENESS.index(instant.sure) < _SURENESS.index(record.time.sure)
        return replace(record, text=rest, time=instant if better else record.time)
    for pattern in (_PRIORITY, _STREAM, _VERBOSE):
        if (matched := pattern.match(text)) is not None:
            return replace(record, text=text[matched.end() :])
    if (matched := _REPEATED.match(text)) is not None:
        return replace(record, text=text[matched.end() :].removesuffix("]"), count=int(matched[1]))
    # Syslog names host and process behind its time; a bare `word: ` is more often the message's own.
    matched = None if record.speaker else _SPEAKER.match(text)
    if matched is not None and (matched["pid"] or (matched["host"] and record.time is not None)):
        return replace(record, text=text[matched.end() :], host=matched["host"] or "", speaker=matched["process"])
    return record


def _from_fields(fields: dict[str, object], text: str, number: int, origin: Origin) -> Record:
    """A structured logger's line: its message unwrapped further, its time if it names one."""
    message = next((value for key in _MESSAGE_KEYS if isinstance(value := fields.get(key), str)), None)
    stamp = next((value for key in _TIME_KEYS if isinstance(value := fields.get(key), str)), None)
    time = None if stamp is None else read_time(stamp)
    if message is None:
        return Record(origin=origin, line=number, text=text[:MAX_MESSAGE], time=time, fields=fields)
    inner = _unwrap_text(Record(origin=origin, line=number, text=message.strip()[:MAX_MESSAGE], time=time))
    return replace(inner, fields=fields)


def _unwrap_text(record: Record) -> Record:
    for _ in range(MAX_WRAPPERS):
        peeled = _peel(record)
        if peeled is record:
            return record
        record = peeled
    return record
