"""How the last connections ended, kept for whoever asks later: a diagnosis, or a person with `curl`."""

from collections import deque
from collections.abc import Sequence

from farshore.core.events import ConnectionEnded, Event
from farshore.core.outcome import MEANINGS, Code

KEPT = 500
# In order, and still no ordinary ending: a pool finds its connection dead, a reply was waited for in vain.
_TELLING = frozenset({Code.IDLE, Code.HALF_CLOSE, Code.CLIENT_GONE_EARLY})
_TOLD = frozenset(code for code in Code if MEANINGS[code].is_failure) | _TELLING


class Endings:
    """Listens to events and keeps the last 500 connections that ended well, and the last 500 that did not.

    A busy gateway would otherwise have forgotten its one failure before anybody asks. What is kept is the event that
    is announced anyway: a connection costs one `deque.append`.
    """

    def __init__(self) -> None:
        self._ordinary: deque[ConnectionEnded] = deque(maxlen=KEPT)
        self._told: deque[ConnectionEnded] = deque(maxlen=KEPT)

    def announce(self, event: Event) -> None:
        """Keep what is the end of a connection."""
        if isinstance(event, ConnectionEnded):
            (self._told if event.code in _TOLD else self._ordinary).append(event)

    def since(self, wall_s: float) -> Sequence[ConnectionEnded]:
        """Those that ended at that Unix time or later, the earliest first."""
        kept = [*self._ordinary, *self._told]
        return sorted((each for each in kept if ended_at_s(each) >= wall_s), key=ended_at_s)


def ended_at_s(event: ConnectionEnded) -> float:
    """The Unix time at which a connection ended."""
    return event.started_at_s + event.duration_ms / 1000
