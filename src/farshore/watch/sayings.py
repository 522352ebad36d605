"""What the tailscaled of this gateway's own has said of late, kept for whoever asks later."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from farshore.core.clock import Clock
from farshore.core.events import Event, TailscaledChanged, TailscaledSaid

KEPT = 500

_Said = TailscaledSaid | TailscaledChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One line, or one change of where it stands; `at_s` is the Unix time at which it was heard."""

    at_s: float
    event: _Said


class Sayings:
    """Listens to events and keeps the last 500 lines of chatter, and the last 500 of trouble or change."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._chatter: deque[Saying] = deque(maxlen=KEPT)
        self._trouble: deque[Saying] = deque(maxlen=KEPT)

    def announce(self, event: Event) -> None:
        """Keep what is of tailscaled; its keys were taken out before it was announced."""
        if isinstance(event, _Said):
            is_chatter = isinstance(event, TailscaledSaid) and event.severity != "warning"
            (self._chatter if is_chatter else self._trouble).append(Saying(at_s=self._clock.wall_s(), event=event))

    def since(self, wall_s: float) -> Sequence[Saying]:
        """What was said at that Unix time or later, the earliest first."""
        kept = [*self._chatter, *self._trouble]
        return sorted((each for each in kept if each.at_s >= wall_s), key=lambda saying: saying.at_s)
