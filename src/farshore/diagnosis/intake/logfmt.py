"""`time="…" level=error msg="…"`, as logrus, slog and many Go programs write: a line of keys and values."""

import re

import msgspec

_BEGINS = re.compile(r"(?:time|ts|t|timestamp|level|lvl|msg|caller|component|logger)=")
# The alternatives inside the quotes begin with different characters, so that nothing is tried twice.
_PAIR = re.compile(r"([A-Za-z_][\w.-]{0,60})=(\"(?:[^\"\\]|\\.){0,8000}\"|[^\s\"]{0,1000})(?:\s{1,8}|$)")
_FEWEST = 2


def logfmt(line: str) -> dict[str, object] | None:
    """A line's keys and values if it has nothing else; None for any other line."""
    if not _BEGINS.match(line):
        return None
    fields: dict[str, object] = {}
    at = 0
    while at < len(line):
        matched = _PAIR.match(line, at)
        if matched is None:
            return None
        fields.setdefault(matched[1], _unquoted(matched[2]))
        at = matched.end()
    return fields if len(fields) >= _FEWEST else None


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        decoded: object = msgspec.json.decode(value.encode())
    except (msgspec.DecodeError, UnicodeError):
        return value[1:-1]
    return decoded if isinstance(decoded, str) else value[1:-1]
