"""What the openings of all protocols have in common: say something, hear a greeting, say good-bye."""

from dataclasses import dataclass
from typing import Protocol

# No server's greeting is longer; what goes on for longer is none.
MAX_GREETING_BYTES = 16384


class Goodbye(Protocol):
    """How to leave so that the target counts as little of it as its protocol allows; used once, without I/O."""

    def begin(self) -> bytes:
        """What to say first."""
        ...

    def receive(self, data: bytes) -> bytes:
        """Take what arrived, cut anywhere; what to say to it, no bytes for nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWords:
    """A good-bye that needs no answer."""

    data: bytes

    def begin(self) -> bytes:
        """All there is to say."""
        return self.data

    def receive(self, _: bytes) -> bytes:
        """Nothing more."""
        return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeted:
    """The target speaks the protocol. `server` is what it says of itself, one line.

    Without a `goodbye` the connection is closed.
    """

    server: str
    goodbye: Goodbye | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedDown:
    """The target speaks the protocol, and declines. `says` are its words, one line."""

    server: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What speaks there speaks something else. `says` tells what it sounds like."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Say this and hear on; no bytes: only hear on."""

    data: bytes = b""


Heard = Greeted | TurnedDown | Foreign | Say


class Opening(Protocol):
    """One opening of a conversation, without I/O; used once. Holds at most `MAX_GREETING_BYTES` and one read."""

    def begin(self) -> bytes:
        """What to say first; no bytes where the target speaks first. Called once, before anything else."""
        ...

    def receive(self, data: bytes) -> Heard:
        """Take what arrived, cut anywhere. Never called again after an end, or with no bytes."""
        ...
