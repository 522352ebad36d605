"""What was like this before: earlier incidents with the same root. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from farshore.incident.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """How many there were before, when the first began (seconds since the Unix epoch), and the name of the last."""

    count: int
    first_s: float
    last: str


def earlier(record: Record, known: Iterable[Record]) -> Earlier | None:
    """Those that were over before this one, by the same cause with the same subject; None if this is the first.

    What was undecided is like nothing: two that nobody could tell may have had two causes.
    """
    key = _root(record)
    if key is None:
        return None
    alike = [
        other for other in known if other.since_s < record.since_s and other.id != record.id and _root(other) == key
    ]
    if not alike:
        return None
    return Earlier(count=len(alike), first_s=alike[0].since_s, last=alike[-1].id)


def _root(record: Record) -> tuple[str, str] | None:
    if not record.verdicts or record.merged_into is not None:
        return None
    last = record.verdicts[-1].conclusion
    return None if last.code is None else last.key
