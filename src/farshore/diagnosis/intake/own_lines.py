"""Farshore's own log lines, as JSON or as text (`surface.logs`): the event's name and its fields."""

import re
from collections.abc import Mapping

from farshore.diagnosis.intake.document import json_object

_LINE = re.compile(r"(?:debug|info|warning|error) {1,8}([a-z]{2,24}(?:-[a-z]{1,24}){1,4}) (?=\w{1,24}=)")
_PAIR = re.compile(r'(\w{1,24})=("(?:[^"\\]|\\.){0,2000}"|[^\s"]{0,400})')


def own_event(text: str, fields: Mapping[str, object] | None = None) -> tuple[str, Mapping[str, object]]:
    """The name of the event and its fields; an empty name for any other line."""
    told = fields if fields is not None else json_object(text)
    if told is not None:
        name = told.get("event")
        return (name, told) if isinstance(name, str) else ("", {})
    matched = _LINE.match(text)
    if matched is None:
        return "", {}
    return matched[1], {key: _unquoted(value) for key, value in _PAIR.findall(text, matched.end())}


def _unquoted(value: str) -> str:
    return value[1:-1].replace('\\"', '"').replace("\\\\", "\\") if value[:1] == '"' else value
