"""Time in a test's hand."""

from dataclasses import dataclass


@dataclass
class HeldClock:
    """A clock that moves only when it is told to."""

    now_s: float = 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return 1_700_000_000.0 + self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
