"""What every handshake with an egress has in common: bytes to send, bytes to read, an end.

The target's first bytes often arrive in the same read as the egress's reply, so an established handshake hands them
back. A handshake is used once, by one connection.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from farshore.core.address import HostPort


class Decline(StrEnum):
    """Why an egress did not give a connection."""

    MALFORMED = "malformed"
    REFUSED = "refused"
    CLOSED = "closed"
    DIAL_FAILED = "dial-failed"
    NAME_UNKNOWN = "name-unknown"
    NOT_A_ROUTE = "not-a-route"


@dataclass(frozen=True, slots=True, kw_only=True)
class Established:
    """The egress says the target is connected. `early` is what the target has already sent."""

    early: bytes
    bound: HostPort | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The egress says no, or says nothing that can be understood. `detail` is one line, safe to log."""

    reason: Decline
    detail: str


class Handshake(Protocol):
    """One handshake with an egress, without I/O."""

    def request(self) -> bytes:
        """All bytes to send, at once; called exactly once."""
        ...

    def receive(self, data: bytes) -> Established | Declined | None:
        """Take what arrived; None means that more is needed. Never called again after an end, or with no bytes."""
        ...

    def receive_eof(self) -> Declined:
        """The egress closed before an end."""
        ...
