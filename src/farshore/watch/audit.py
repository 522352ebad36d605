"""The last things that were done, suggested or withheld, for people who ask later."""

from collections import deque

import msgspec

from farshore.core.clock import Clock
from farshore.core.events import Event, RemedyEvent, remedy_result
from farshore.core.remedy import Remedy, RemedyResult

KEPT = 200


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One remedy of one outage. `at_s` is the Unix time at which its result was known."""

    at_s: float
    route: str
    remedy: Remedy
    subject: str
    result: RemedyResult
    why: str
    detail: str = ""
    command: str = ""
    duration_ms: float = 0.0


class Audit:
    """Listens to events and keeps the last 200 rows, the oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: deque[AuditRow] = deque(maxlen=KEPT)

    def announce(self, event: Event) -> None:
        """Keep what is about a remedy."""
        if isinstance(event, RemedyEvent):
            fields = msgspec.structs.asdict(event) | {"result": remedy_result(event)}
            self._rows.append(AuditRow(at_s=round(self._clock.wall_s(), 3), **fields))

    def rows(self) -> list[AuditRow]:
        """The oldest first."""
        return list(self._rows)
