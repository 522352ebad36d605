"""What is wrong with a configuration, where, and what to write instead."""

import re
from dataclasses import dataclass
from enum import StrEnum

from farshore.config.model import Config

Loc = tuple[str | int, ...]
"""Where a value stands in a configuration: `("routes", 0, "listen")`."""

MAX_QUOTED = 60
_USER_INFO = re.compile(r"[^\s/@:\"']{0,256}:[^\s/@\"']{1,256}@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake, or one warning. `str()` is the line that a person reads.

    `line` and `column` count from 1 and are None where the whole file is meant; `field` is empty where no field is.
    """

    file: str
    line: int | None
    column: int | None
    field: str
    expected: str
    found: str
    hint: str | None = None

    def __str__(self) -> str:
        position = "" if self.line is None else f":{self.line}:{self.column}"
        field = f" {self.field}" if self.field else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}{position}{field}: expected {self.expected}, found {self.found}{hint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of reading a configuration.

    `config` is None exactly when there are problems. `migrated` is the text of the same configuration in the present
    format, where the file was written in the founding one.
    """

    config: Config | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    migrated: str | None = None


class Severity(StrEnum):
    """Whether a configuration can run with it."""

    PROBLEM = "problem"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule that looks at several fields has to say about one of them.

    `found` None stands for what is written there. `other` is a second location that the message names by its line.
    `related` are locations that the rule read as well: nothing is said where one of them could not be read.
    """

    loc: Loc
    expected: str
    found: str | None = None
    hint: str | None = None
    other: Loc | None = None
    related: tuple[Loc, ...] = ()
    severity: Severity = Severity.PROBLEM

    @property
    def read(self) -> tuple[Loc, ...]:
        """Every location that the rule read."""
        return (self.loc, *self.related) if self.other is None else (self.loc, self.other, *self.related)


def starts_within(loc: Loc, places: frozenset[Loc]) -> bool:
    """Whether a location is one of these, or inside one."""
    return any(loc[:length] in places for length in range(1, len(loc) + 1))


def field_name(loc: Loc) -> str:
    """The location as a person writes it: `routes[0].listen`."""
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return excerpt(text)


def without_login(text: str) -> str:
    """The text without the user and the password of an address, `user:password@host`."""
    return _USER_INFO.sub("***@", text)


def excerpt(text: str) -> str:
    """At most 60 characters of a text, on one line and printable."""
    shown = "".join(char if char.isprintable() else "?" for char in text[: MAX_QUOTED + 1])
    return shown if len(shown) <= MAX_QUOTED else f"{shown[: MAX_QUOTED - 1]}…"
