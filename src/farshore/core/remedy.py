"""What may be done against an outage, from harmless to strong, and what can come of it."""

from enum import StrEnum


class Remedy(StrEnum):
    """The rungs of the ladder, the most harmless one first."""

    PING = "ping-router"
    REBIND = "rebind"
    BREAK_DERP = "break-derp"
    RESTART = "restart-tailscaled"
    MOVE = "move-route"


class RemedyResult(StrEnum):
    """What came of a remedy. `helped`: the outage ended while it took effect; nobody can prove that it ended by it."""

    HELPED = "helped"
    NO_CHANGE = "no-change"
    FAILED = "failed"
    UNDONE = "undone"
    SUGGESTED = "suggested"
    WITHHELD = "withheld"
