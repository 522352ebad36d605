"""What the openings of all protocols have in common: say something, hear a greeting, say good-bye."""

from dataclasses import dataclass
from typing import Protocol

# No server's greeting is longer; what goes on for longer is none.
MAX_GREETING_BYTES = 16384


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeted:
    """The target speaks the protocol. `server` is what it says of itself, one line; `farewell` is the way to leave."""

    server: str
    farewell: bytes = b""


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
    """One opening of a conversation, without I/O; used once. Holds at most `MAX_GREETING_BYTES`."""

    def begin(self) -> bytes:
        """What to say first; no bytes where the target speaks first. Called once, before anything else."""
        ...

    def receive(self, data: bytes) -> Heard:
        """Take what arrived, cut anywhere. Never called again after an end, or with no bytes."""
        ...
