"""What Farshore itself says happened to its paths and routes; how each connection ended is in `dials`."""

from farshore.diagnosis.facts.base import Fact


class PathShifted(Fact, frozen=True, kw_only=True):
    """What the gateway thinks of a path changed: its breaker (closed, open, half-open) or its health (up, down, …)."""

    route: str
    path: str
    now: str
    was: str
    reason: str = ""


class OutageToldOf(Fact, frozen=True, kw_only=True):
    """An outage of a route began (`ended` false; `code` is what clients were told) or ended.

    `served` and `refused` count the clients meanwhile; `proven` is false where nobody knows that it ended.
    """

    route: str
    ended: bool
    code: str = ""
    detail: str = ""
    duration_s: float | None = None
    served: int = 0
    refused: int = 0
    proven: bool = True


class RedundancyChanged(Fact, frozen=True, kw_only=True):
    """A route has no path to spare any more, or again. `left` is the one that is left."""

    route: str
    lost: bool
    left: str = ""


class KeptDaemonChanged(Fact, frozen=True, kw_only=True):
    """The tailscaled that Farshore keeps is in another phase (running, needs-login, backing-off, given-up, …)."""

    phase: str
    reason: str = ""
    starts: int = 0
