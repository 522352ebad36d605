"""Members of decoded JSON whose kinds nobody vouches for: each is what it should be, or absent."""

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from json import JSONDecoder
from typing import cast

from farshore.core.address import IPNetwork
from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.times import read_time

Members = dict[str, object]

MAX_VALUES = 20_000


def decoded(document: Document, origin: Origin) -> tuple[object, list[Unread]]:
    """A document's JSON, strict or as far as it goes; what was wrong with it is listed."""
    if document.json is not None:
        return document.json, []
    loose = document.loose
    if loose is None:
        return None, []
    return loose.value, [origin.unread(loose.problem)] if loose.problem else []


def json_values(text: str) -> Iterator[tuple[int, object]]:
    """JSON values one after the other, on a line each or spread over many, with the line on which each begins.

    Between two values anything may stand; a value that is cut off ends it.
    """
    decoder, at, line = JSONDecoder(), 0, 1
    for _ in range(MAX_VALUES):
        start = min((found for mark in "{[" if (found := text.find(mark, at)) >= 0), default=-1)
        if start < 0:
            return
        line += text.count("\n", at, start)
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return
        yield line, value
        line += text.count("\n", start, end)
        at = end


def members(value: object) -> Members:
    """An object's members; none of anything else."""
    return cast("Members", value) if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """An array's items; none of anything else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """A string, or a number as it was written; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def texts(value: object) -> tuple[str, ...]:
    """The strings of an array."""
    return tuple(item for item in items(value) if isinstance(item, str))


def flag(value: object) -> bool | None:
    """True or False, or None for anything else."""
    return value if isinstance(value, bool) else None


def number(value: object) -> float | None:
    """A number, or None for anything else; also from a string, as protobuf writes large ones."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def count(value: object) -> int:
    """A whole number that is not negative; 0 for anything else."""
    found = number(value)
    return int(found) if found is not None and 0 <= found < 2**63 else 0


def networks(value: object, lost: list[str]) -> tuple[IPNetwork, ...] | None:
    """An array of prefixes, None if there is no array; what is no prefix is put down as lost."""
    if not isinstance(value, list):
        return None
    found: list[IPNetwork] = []
    for item in value:
        try:
            found.append(ip_network(str(item), strict=False))
        except ValueError:
            lost.append(f"{str(item)[:64]!r} is no prefix")
    return tuple(found)


def time(value: object) -> datetime | None:
    """A moment: RFC 3339 text, or protobuf's `{seconds, nanos}`; None for Go's zero and anything else."""
    if isinstance(value, str):
        instant = read_time(value)
        return None if instant is None else instant.at
    seconds = number(members(value).get("seconds"))
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
