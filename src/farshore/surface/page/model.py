"""What the page shows, as values: no age, no rounding that flickers, so what has not changed compares equal."""

from enum import StrEnum

import msgspec

from farshore.surface.page.telling import Line


class State(StrEnum):
    """How something stands; each has its own word, sign and shape on the page, never a colour alone."""

    OK = "ok"
    DOUBT = "doubt"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One station of the way; `seen_s` is the last look at it in Unix seconds, None where there was none.

    `is_verdict`: a diagnosis names this hop as the broken one.
    """

    kind: str
    name: str
    state: State
    says: str
    seen_s: float | None = None
    is_verdict: bool = False


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One path of a route, behind tailscaled; `strip` is its health in each of the last 60 minutes."""

    name: str
    router: Hop
    breaker: str
    connections: int
    strip: tuple[str, ...]


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """An egress, its tailscaled where it has one, and the paths that leave by it."""

    egress: Hop
    tailscaled: Hop | None
    ways: tuple[Way, ...]


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many connections ended with a code, since the start."""

    code: str
    count: int
    meaning: str
    is_failure: bool


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """Of the last connections of a route: what clients waited from accept to a connection to the target."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    of: int


class RouteCard(msgspec.Struct, frozen=True, kw_only=True):
    """One route; `key` is safe in HTML ids. `good` and `bad` are of the last ten minutes, `ended` since the start."""

    key: str
    name: str
    listen: str
    target: str
    protocol: str
    state: State
    says: str
    since_s: float | None
    client: Hop
    gateway: Hop
    exits: tuple[Exit, ...]
    target_hop: Hop
    active: int
    held: int
    accepted: int
    good: int
    bad: int
    ended: tuple[Count, ...]
    waits: Percentiles | None
    strip: tuple[str, ...]
    incident: str = ""

    @property
    def ways(self) -> list[Way]:
        """All paths, whichever egress they leave by."""
        return [way for leaving in self.exits for way in leaving.ways]


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody should do, who, at what risk, and how to see that it helped."""

    command: str
    owner: str = ""
    risk: str = ""
    verify: str = ""


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """The answer in five seconds: is it working, since when, which hop, why, what is done, what to do."""

    state: State
    word: str
    sentence: str
    since_s: float
    routes: tuple[tuple[str, str], ...] = ()
    hop: str = ""
    cause: str = ""
    confidence: str = ""
    doing: tuple[str, ...] = ()
    do: Remedy | None = None
    incident: str = ""


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """All routes together; `good` and `bad` are of the last ten minutes."""

    routes: int
    active: int
    held: int
    accepted: int
    good: int
    bad: int
    closed: int
    half_open: int
    open: int
    waits: Percentiles | None
    outcomes: tuple[Count, ...]


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One incident in the list."""

    id: str
    since_s: float
    until_s: float | None
    is_open: bool
    is_proven: bool
    routes: str
    verdict: str
    cause: str
    command: str


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What runs, since when (Unix seconds), and whether it notices incidents."""

    version: str
    started_s: float
    keeps_incidents: bool


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one moment, `at_s`."""

    at_s: float
    version: str
    started_s: float
    headline: Headline
    numbers: Numbers
    routes: tuple[RouteCard, ...]
    incidents: tuple[IncidentRow, ...]
    lines: tuple[Line, ...]
    keeps_incidents: bool
