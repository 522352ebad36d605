"""The journal, as a configuration describes it."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from farshore.config.fields import Duration, UnfitError
from farshore.config.login_fields import FilePath
from farshore.config.strict import Model

_SIZE = re.compile(r"([1-9][0-9]{0,6})(MiB|GiB|MB|GB)")
_UNIT_BYTES = {"MiB": 1 << 20, "GiB": 1 << 30, "MB": 10**6, "GB": 10**9}
_LEAST_BYTES, _MOST_BYTES = 8 << 20, 1 << 40


def read_size(value: object) -> int:
    """Bytes from `512MiB`, `1GiB`, `500MB` or `1GB`; from 8 MiB to 1024 GiB.

    Raises:
        UnfitError: anything else.
    """
    expected = "a size such as 512MiB or 1GiB, from 8MiB to 1024GiB"
    matched = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        raise UnfitError(expected=expected)
    size = int(matched[1]) * _UNIT_BYTES[matched[2]]
    if not _LEAST_BYTES <= size <= _MOST_BYTES:
        raise UnfitError(expected=expected)
    return size


def write_size(size: int) -> str:
    """The size as a person writes it; `read_size` reads it back where it is whole in a unit."""
    unit = next(unit for unit in ("GiB", "GB", "MiB", "MB") if not size % _UNIT_BYTES[unit] or unit == "MB")
    return f"{size // _UNIT_BYTES[unit]}{unit}"


Size = Annotated[
    int,
    BeforeValidator(read_size),
    PlainSerializer(write_size, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "title": "size", "examples": ["512MiB"], "pattern": f"^{_SIZE.pattern}$"}),
]


class Journal(Model):
    """What the gateway remembers, in an SQLite file of its own: docs/journal.md."""

    path: FilePath = Field(description="the file; it is created with mode 0600, and its folder has to be there")
    keep_s: Duration = Field(
        30 * 86400.0,
        alias="keep",
        ge=60,
        description="how long connections, attempts, checks, probes, samples and lines are kept",
    )
    keep_outages_s: Duration = Field(
        366 * 86400.0,
        alias="keep_outages",
        ge=60,
        description="how long everything that is rarer is kept: outages, incidents, remedies, changes of paths",
    )
    max_size: Size = Field(
        "240MiB", validate_default=True, description="what the file may grow to; then the oldest rows make room"
    )
