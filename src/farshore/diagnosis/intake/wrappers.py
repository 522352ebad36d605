"""What stands around a log message: every wrapper is taken off, one layer at a time, and says what it knows.

Known: quoting, containers' and Kubernetes' RFC 3339 prefix and stream tags, `docker compose` and `kubectl --prefix`
names, JSON lines (docker, structured loggers, one inside the other), keys and values (logrus, slog), syslog with
priority, host and process, macOS' console, Go's own stamp, `[v1]`, `message repeated N times: [ … ]`, a level before
its time.
"""

import re
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from farshore.diagnosis.evidence import Evidence, Instant, Origin, Sureness
from farshore.diagnosis.intake.document import json_object
from farshore.diagnosis.intake.logfmt import logfmt
from farshore.diagnosis.intake.lookalikes import latin
from farshore.diagnosis.intake.own_lines import own_event
from farshore.diagnosis.intake.times import read_stamp, read_time

MAX_MESSAGE = 8192
MAX_WRAPPERS = 8
MAX_DETAIL = 2000

_SURENESS = tuple(Sureness)
_QUOTED = re.compile(r"\s{0,8}(?:>(?: |(?=\t|$))){1,4}")
_SPEAKER = re.compile(r"(?:(?P<host>[\w.-]{1,64}) )?(?P<process>[\w./-]{1,48})\[\d{1,10}\]: ")
# A level is no host, and the class behind it no process: it tells whose error it is.
_LEVEL = r"(?:trace|debug|info|warn|warning|error|fatal|severe)"
_SPEAKER_BEHIND_TIME = re.compile(
    rf"(?P<host>(?!(?i:{_LEVEL}) )[\w.-]{{1,64}}) (?P<process>(?!error\b|warning\b)[\w./-]{{1,48}}): "
)
_GO_STAMP = re.compile(r"\d{4}/")
_REPEATED = re.compile(r"message repeated (\d{1,9}) times: \[ ?")
# These say nothing that the diagnosis needs.
_TAGS = tuple(
    map(
        re.compile,
        (
            r"<\d{1,3}>",
            r"(?:stdout|stderr) F ",
            r"\[v\d\] ",
            r"\[?(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|SEVERE)\]?:? (?=\[?\d{4}[-/]\d)",
            r"(?:time|ts|timestamp) ?= ?\"?(?=\d{4}-\d)",
        ),
    )
)
_CUT_LINE = re.compile(r"(?:stdout|stderr) P ")
# `docker compose`: NAME | …; pfSense: NAME | PID | …; `kubectl logs --prefix`: [pod/NAME/CONTAINER] …; IMAGE:TAG: …
_NAMED = (
    re.compile(r"(?P<speaker>[\w.-]{1,64}) {0,40}\| (?:\d{1,10} \| )?(?=\[?\d{4}[-/]\d|\{|time=)"),
    re.compile(r"\[pod/(?P<host>[\w.-]{1,120})/(?P<speaker>[\w.-]{1,64})\] "),
    re.compile(r"(?P<speaker>[\w./-]{1,80}:[\w.-]{1,40}): (?=\d{4}[-/]\d)"),
)
_CONSOLE = re.compile(
    r"(?:default|info|debug|error|fault)\t(\d\d:\d\d:\d\d\.\d{1,9})([+-])(\d\d)(\d\d)\t([\w. -]{1,64})\t"
)
_SAID = "tailscaled-said"
_MESSAGE_KEYS = ("log", "message", "msg", "MESSAGE", "textPayload", "line")
_DETAIL_KEYS = ("error", "err", "exception", "stack_trace", "stackTrace", "thrown", "cause")
_TIME_KEYS = ("time", "timestamp", "ts", "@timestamp", "at", "t")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a log. `text` is without its wrappers, joined to one line; `fields` where it was a JSON object.

    `speaker` is the process that a wrapper names, `host` the host; `count` above 1 where a wrapper says repeated;
    `unfinished` where the container runtime cut the line, so that the next one is the rest of it.
    """

    origin: Origin
    line: int
    text: str
    time: Instant | None = None
    host: str = ""
    speaker: str = ""
    count: int = 1
    fields: dict[str, object] | None = None
    unfinished: bool = False

    def evidence(self, *, observer: str = "", version: str = "") -> Evidence:
        """The record as evidence, at its line and time; the observer is its host unless better is known."""
        return self.origin.evidence(
            self.text, line=self.line, time=self.time, observer=observer or self.host, version=version
        )


def unquoted(line: str) -> str:
    """A line without the marks of a quotation; its indentation stays."""
    matched = _QUOTED.match(line)
    return line if matched is None else line[matched.end() :]


def unwrap(line: str, number: int, origin: Origin) -> Record:
    """One line's message, out of all its wrappers."""
    return _unwrapped(Record(origin=origin, line=number, text=line.strip()))


def _unwrapped(record: Record) -> Record:
    for _ in range(MAX_WRAPPERS):
        peeled = next((peeled for layer in _LAYERS if (peeled := layer(record)) is not None), None)
        if peeled is None:
            break
        record = peeled
    return replace(record, text=latin(record.text[:MAX_MESSAGE]))


def _structured(record: Record) -> Record | None:
    text = record.text
    fields = json_object(text) if text[:1] == "{" and text[-1:] == "}" else None
    return None if fields is None or fields == record.fields else _from_fields(record, fields)


def _in_pairs(record: Record) -> Record | None:
    fields = logfmt(record.text)
    return None if fields is None or fields == record.fields else _from_fields(record, fields)


def _stamped(record: Record) -> Record | None:
    text = record.text.removeprefix("[")
    stamp = read_stamp(text, day=record.origin.day)
    if stamp is None:
        return None
    instant, end = stamp
    stamped = replace(record, text=text[end:].lstrip(" \t|]:-"), time=_surer(record.time, instant))
    # Syslog names host and process behind its time, Go never does; a bare `word: ` is more often the message's own.
    return stamped if _GO_STAMP.match(text) else _spoken(stamped, _SPEAKER_BEHIND_TIME) or stamped


def _tagged(record: Record) -> Record | None:
    text = record.text
    for pattern in _TAGS:
        if (matched := pattern.match(text)) is not None:
            return replace(record, text=text[matched.end() :].lstrip())
    if (matched := _CUT_LINE.match(text)) is not None:
        return replace(record, text=text[matched.end() :], unfinished=True)
    if (matched := _REPEATED.match(text)) is not None:
        return replace(record, text=text[matched.end() :].removesuffix("]"), count=int(matched[1]))
    return None


def _named(record: Record) -> Record | None:
    if record.speaker:
        return None
    for pattern in _NAMED:
        if (matched := pattern.match(record.text)) is not None:
            names = matched.groupdict()
            host = names.get("host") or record.host
            return replace(record, text=record.text[matched.end() :], host=host, speaker=names["speaker"] or "")
    return _spoken(record, _SPEAKER)


def _spoken(record: Record, pattern: re.Pattern[str]) -> Record | None:
    """Without the host and the process that syslog names."""
    matched = None if record.speaker else pattern.match(record.text)
    if matched is None:
        return None
    text = record.text[matched.end() :]
    return replace(record, text=text, host=matched["host"] or record.host, speaker=matched["process"])


def _surer(known: Instant | None, found: Instant) -> Instant:
    if known is None or _SURENESS.index(found.sure) < _SURENESS.index(known.sure):
        return found
    return known


def _said(record: Record) -> Record | None:
    """What the tailscaled that Farshore keeps said, as Farshore passes it on."""
    if _SAID not in record.text[:200]:
        return None
    name, fields = own_event(record.text)
    text, component = fields.get("text"), fields.get("component")
    if name != _SAID or not isinstance(text, str):
        return None
    stamp = fields.get("at")
    found = read_time(stamp) if isinstance(stamp, str) else None
    time = record.time if found is None else _surer(record.time, found)
    return replace(record, text=f"{component}: {text}" if component else text, time=time, speaker="tailscaled")


def _from_console(record: Record) -> Record | None:
    """The console of macOS: a clock with its zone and no date."""
    matched = _CONSOLE.match(record.text)
    stamp = None if matched is None else read_stamp(matched[1], day=record.origin.day)
    if matched is None or stamp is None:
        return None
    offset = timedelta(hours=int(matched[3]), minutes=int(matched[4]))
    try:
        time = replace(stamp[0], at=stamp[0].at - (offset if matched[2] == "+" else -offset))
    except OverflowError:
        time = stamp[0]
    return replace(record, text=record.text[matched.end() :], time=time, speaker=matched[5])


def _from_fields(record: Record, fields: dict[str, object]) -> Record:
    """A structured logger's line: its message with the error beside it, its time if it names one."""
    message = next((value for key in _MESSAGE_KEYS if isinstance(value := fields.get(key), str)), None)
    stamp = next((value for key in _TIME_KEYS if isinstance(value := fields.get(key), str)), None)
    found = None if stamp is None else read_time(stamp)
    time = record.time if found is None else _surer(record.time, found)
    if message is None:
        return replace(record, time=time, fields=fields)
    if "stream" in fields and "log" in fields:
        # docker's own wrapper says nothing of the message: what it holds is a line like any other.
        return replace(record, text=message.strip(), time=time)
    details = [detail for key in _DETAIL_KEYS if (detail := _detail(fields.get(key))) and detail not in message]
    return replace(record, text=": ".join((message.strip(), *details)), time=time, fields=fields)


def _detail(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("message")
    return value[:MAX_DETAIL].strip() if isinstance(value, str) else ""


_LAYERS = (_said, _structured, _in_pairs, _stamped, _tagged, _from_console, _named)
