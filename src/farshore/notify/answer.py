"""What came of one try to deliver a message."""

from dataclasses import dataclass
from typing import Protocol

from farshore.core.alerts import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The other side has taken it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """It has not, as far as is known; `reason` holds no password.

    `is_passing`: another try may do better, `after_s` seconds from now where the other side has said so.
    """

    reason: str
    is_passing: bool
    after_s: float | None = None


Answer = Taken | NotTaken


class Sends(Protocol):
    """How one channel delivers."""

    async def send(self, alert: Alert) -> Answer:
        """Try once; bounded in time, and never raises."""
        ...

    def remember(self, alert: Alert) -> None:
        """The other side was told by a process before this one that this fires."""
        ...

    def told_again(self) -> tuple[Alert, ...]:
        """What the other side has to be told again now and then."""
        ...
