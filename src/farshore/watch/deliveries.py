"""What became of the last messages about alerts, for people who ask later."""

from collections import deque
from enum import StrEnum

import msgspec

from farshore.core.alerts import AlertState, NotificationFailed, NotificationSent
from farshore.core.clock import Clock
from farshore.core.events import Event

KEPT = 200


class DeliveryResult(StrEnum):
    """What came of one try; a message that was dropped was never tried."""

    SENT = "sent"
    RETRIED = "retried"
    FAILED = "failed"
    DROPPED = "dropped"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One try to tell a channel of an alert. `at_s` is the Unix time at which its result was known.

    `tries` counts this one; `took_ms` is null where the channel has not taken it, and `reason` says why it has not.
    """

    at_s: float
    channel: str
    key: str
    state: AlertState
    result: DeliveryResult
    tries: int
    reason: str = ""
    took_ms: float | None = None


class Deliveries:
    """Listens to events and keeps the last 200 rows, the oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: deque[Delivery] = deque(maxlen=KEPT)

    def announce(self, event: Event) -> None:
        """Keep what is about a message."""
        if isinstance(event, NotificationSent | NotificationFailed):
            fields = msgspec.structs.asdict(event)
            fields.pop("will_retry", None)
            self._rows.append(Delivery(at_s=round(self._clock.wall_s(), 3), result=_result(event), **fields))

    def rows(self) -> list[Delivery]:
        """The oldest first."""
        return list(self._rows)


def _result(event: NotificationSent | NotificationFailed) -> DeliveryResult:
    match event:
        case NotificationSent():
            return DeliveryResult.SENT
        case NotificationFailed(will_retry=True):
            return DeliveryResult.RETRIED
        case _:
            return DeliveryResult.FAILED if event.tries else DeliveryResult.DROPPED
