"""What became of the last messages."""

from tests.unit.surface.seen import StoppedClock

from farshore.core.alerts import AlertState, NotificationFailed, NotificationSent
from farshore.core.events import DrainStarted
from farshore.watch.deliveries import KEPT, Deliveries, Delivery, DeliveryResult

FIRING = AlertState.FIRING


def failed(*, tries: int, will_retry: bool) -> NotificationFailed:
    return NotificationFailed(
        channel="chat", key="M01/r1", state=FIRING, reason="503", tries=tries, will_retry=will_retry
    )


def test_every_try_leaves_a_row_and_nothing_else_does() -> None:
    deliveries = Deliveries(StoppedClock())
    sent = NotificationSent(channel="chat", key="M01/r1", state=FIRING, took_ms=12.5, tries=2)
    for event in (
        failed(tries=1, will_retry=True),
        DrainStarted(connections=1),
        sent,
        failed(tries=3, will_retry=False),
        failed(tries=0, will_retry=False),
    ):
        deliveries.announce(event)
    rows = deliveries.rows()
    assert [row.result.value for row in rows] == ["retried", "sent", "failed", "dropped"]
    assert rows[1] == Delivery(
        at_s=1_700_000_000.125,
        channel="chat",
        key="M01/r1",
        state=FIRING,
        result=DeliveryResult.SENT,
        tries=2,
        took_ms=12.5,
    )
    assert (rows[0].reason, rows[0].took_ms) == ("503", None)


def test_only_the_last_rows_are_kept() -> None:
    deliveries = Deliveries(StoppedClock())
    for tries in range(KEPT + 1):
        deliveries.announce(failed(tries=tries, will_retry=True))
    assert [row.tries for row in deliveries.rows()] == [*range(1, KEPT + 1)]
