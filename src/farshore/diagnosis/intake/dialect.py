"""What a dialect is: the messages of one speaker in a log, whatever file and wrapper they stand in."""

from collections.abc import Iterable
from typing import Protocol

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.intake.records import Record


class Dialect(Protocol):
    """One speaker's messages. Adding one is adding a module to `dialects/` whose `DIALECT` is an instance.

    A record is offered only if one of `needles` occurs in its text (lower-cased), so that a million foreign lines
    cost one search each. The first dialect (by name) that returns a fact has understood the record.
    """

    @property
    def name(self) -> str:
        """The speaker: `tailscaled`, `mssql-jdbc`."""
        ...

    @property
    def needles(self) -> tuple[str, ...]:
        """Lower-case texts, of which a message of this dialect has at least one."""
        ...

    def read(self, record: Record) -> Iterable[Fact]:
        """What the message says; nothing if it is not this dialect's after all. Linear patterns only."""
        ...
