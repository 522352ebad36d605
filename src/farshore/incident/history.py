"""What was like this before: earlier incidents with the same root. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from farshore.core.remedy import RemedyResult
from farshore.incident.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """How many there were before, when the first began (seconds since the Unix epoch), and the name of the last.

    `cured_by` is the remedy after which the last of them ended that the gateway ended; empty where it ended none.
    """

    count: int
    first_s: float
    last: str
    cured_by: str = ""

    def __str__(self) -> str:
        """One sentence without its full stop, for a terminal or a notice."""
        times = "once" if self.count == 1 else f"{self.count} times"
        since = datetime.fromtimestamp(self.first_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        cured = f", last ended after {self.cured_by}" if self.cured_by else ""
        return f"the same cause and subject {times} before, since {since}; last {self.last}{cured}"


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
    cures = [cure for other in alike if (cure := cured_by(other))]
    return Earlier(count=len(alike), first_s=alike[0].since_s, last=alike[-1].id, cured_by=cures[-1] if cures else "")


def cured_by(record: Record) -> str:
    """The last remedy with which an incident ended; empty where the gateway applied none that helped."""
    helped = [tried for tried in record.remedies if tried.result is RemedyResult.HELPED]
    return f"{helped[-1].remedy} on {helped[-1].subject}" if helped else ""


def _root(record: Record) -> tuple[str, str] | None:
    if not record.verdicts or record.merged_into is not None:
        return None
    last = record.verdicts[-1].conclusion
    return None if last.code is None else last.key
