"""What every codec of a refusal takes and gives."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Why(StrEnum):
    """What kind of refusal it is: each protocol has a code of its own for it."""

    NO_WAY = "no-way"
    FULL = "full"
    NOT_ALLOWED = "not-allowed"
    ENDING = "ending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a client is told: `text` is one line of printable characters.

    `detail` says what its kind of ending means and `hint` what to do, for protocols that have a place for each.
    """

    text: str
    why: Why
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What to send now, and whether that was all: the connection is then closed in order."""

    send: bytes = b""
    is_over: bool = False


class Refuser(Protocol):
    """Refuses one client."""

    def receive(self, data: bytes) -> Turn:
        """Take in what the client has said; called once with nothing before it has spoken."""
        ...


class Monologue:
    """Says everything at once, whatever the client says: for protocols in which the server speaks first."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def receive(self, _data: bytes) -> Turn:
        """All of it."""
        return Turn(send=self._said, is_over=True)
