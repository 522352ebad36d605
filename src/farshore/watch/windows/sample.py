"""What one ending says for the windows: good, bad, or nothing."""

from dataclasses import dataclass

from farshore.core.events import ConnectionEnded
from farshore.core.outcome import GAVE_UP_S, MEANINGS, UNCOUNTED, ClientEnd, Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One ending; `at_s` is seconds since the Unix epoch, `latency_s` the time to a connection to the target.

    `is_reset`: the client was cut off with a reset, or sent away with words in place of one.
    """

    at_s: float
    route: str
    path: str
    cause: str
    is_failure: bool
    is_reset: bool
    latency_s: float | None


def sample_of(event: ConnectionEnded, now_s: float) -> Sample | None:
    """How an ended connection counts; None for one that was turned away by rule or cut by a shutdown.

    A client that leaves before it is connected has failed if it had waited for `GAVE_UP_S`, and is not counted where
    it had not: port scanners and health checks of load balancers leave at once. None has ended later than `now_s`: one
    that seems to has begun before the clock was set back.
    """
    if event.code in UNCOUNTED:
        return None
    left = event.code is Code.CLIENT_GONE_EARLY
    if left and event.duration_ms < GAVE_UP_S * 1000:
        return None
    return Sample(
        at_s=min(event.started_at_s + event.duration_ms / 1000, now_s),
        route=event.route,
        path=event.path,
        cause=event.code.value,
        is_failure=left or MEANINGS[event.code].is_failure,
        is_reset=event.client_end in {ClientEnd.RST, ClientEnd.TOLD},
        latency_s=None if event.reached_ms is None else event.reached_ms / 1000,
    )
