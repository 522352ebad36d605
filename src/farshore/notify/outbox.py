"""What waits to be delivered over one channel: bounded, and never two of one thing that say the same. Pure."""

from dataclasses import dataclass

from farshore.core.alerts import Alert, AlertState

CAPACITY = 200


@dataclass(slots=True, kw_only=True)
class Letter:
    """One alert on its way; `is_repeat` marks what the other side was told before and has to hear again."""

    alert: Alert
    is_repeat: bool = False
    tries: int = 0


class Outbox:
    """First in, first out. A newer state of an alert takes the place of an older one that still waits.

    One that says that an alert is over is kept: what begins afresh stands behind it.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._letters: list[Letter] = []

    @property
    def first(self) -> Letter | None:
        """Whose turn it is."""
        return self._letters[0] if self._letters else None

    def put(self, letter: Letter) -> Letter | None:
        """Let it wait; returns the one that had to go, where there was no room left."""
        mine = [place for place, each in enumerate(self._letters) if each.alert.key == letter.alert.key]
        if mine and letter.is_repeat:
            return None
        if mine and not (_is_over(self._letters[mine[-1]]) and not _is_over(letter)):
            self._letters[mine[-1]] = letter
            return None
        self._letters.append(letter)
        return self._letters.pop(self._least()) if len(self._letters) > self._capacity else None

    def remove(self, letter: Letter) -> None:
        """It has gone, or nobody tries any more; nothing happens where a newer one has its place."""
        self._letters = [each for each in self._letters if each is not letter]

    def rest(self) -> list[Letter]:
        """Everything that waits."""
        return [*self._letters]

    def _least(self) -> int:
        """The oldest that tells of no end; else the oldest."""
        return next((place for place, each in enumerate(self._letters) if not _is_over(each)), 0)


def _is_over(letter: Letter) -> bool:
    return letter.alert.state is AlertState.RESOLVED
