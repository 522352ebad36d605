"""One check and what came of it, hop by hop; what a person sees of the way, before anything is concluded."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from farshore.collect.aim import Aim
from farshore.collect.redact import Redaction, redact


class Hop(StrEnum):
    """The way from a client to its database, in order."""

    GATEWAY = "gateway"
    EGRESS = "egress"
    TAILSCALED = "tailscaled"
    ROUTE = "route"
    ROUTER = "router"
    TARGET = "target"
    GREETING = "greeting"


class State(StrEnum):
    """What came of a check."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One check: `says` is what was seen, `hint` one more line for whoever has to act."""

    hop: Hop
    state: State
    says: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """All checks of one target. `is_cut`: there was no time for all of them."""

    aim: Aim
    steps: tuple[Step, ...]
    is_cut: bool = False

    @property
    def broken(self) -> Hop | None:
        """The first broken hop."""
        return next((step.hop for step in self.steps if step.state is State.BROKEN), None)


def without(walks: Iterable[Walk], redaction: Redaction) -> tuple[Walk, ...]:
    """The walks with what was seen redacted; whom they lead to stays."""
    return tuple(
        replace(
            walk,
            steps=tuple(
                replace(step, says=redact(step.says, redaction), hint=redact(step.hint, redaction))
                for step in walk.steps
            ),
        )
        for walk in walks
    )
