"""What a report is made of: an incident's course, what its examinations said, what the journal counted. Plain."""

from dataclasses import dataclass, field

from farshore.core.pattern import Shape
from farshore.diagnosis.published import Published, PublishedRemedy

_NOTHING = "nothing"
_WELL = {"answered", "connected", "doubtful", _NOTHING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """What an examination concluded. `code` is None where it was undecided between `candidates`."""

    at_s: float
    code: str | None
    title: str
    confidence: str
    candidates: tuple[str, ...] = ()
    router: str = ""
    target: str = ""
    remedies: tuple[PublishedRemedy, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The same for two that name the same root."""
        return self.code or "/".join(sorted(self.candidates)), self.router or self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A remedy, and what came of it."""

    at_s: float
    route: str
    remedy: str
    subject: str
    why: str
    result: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifted:
    """A path that was one thing and is another."""

    at_s: float
    route: str
    path: str
    now: str
    was: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A route as the gateway told it; `pointer` leads to it in the archive."""

    route: str
    listen: str
    target: str
    paths: tuple[str, ...]
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotGathered:
    """Evidence that an examination did not have, and why; `pointer` leads to it in the archive."""

    what: str
    reason: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One examination: its files in the incident's folder, and what it said. `bundle`, the archive, may be empty."""

    file: str
    bundle: str
    diagnosis: Published
    scene: tuple[Carried, ...] = ()
    missed: tuple[NotGathered, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One incident; times in Unix seconds. `record` names where it stands. `routes` says what each failed by."""

    id: str
    record: str
    since_s: float
    opened_s: float
    ended_s: float | None
    closed_s: float | None
    proven: bool
    routes: dict[str, str]
    well: tuple[str, ...] = ()
    verdicts: tuple[Concluded, ...] = ()
    remedies: tuple[Done, ...] = ()
    paths: tuple[Shifted, ...] = ()
    examined: tuple[Examined, ...] = ()
    merged_into: str | None = None
    earlier: str = ""
    earlier_record: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many connections of a route ended with a code; `clients` is how many different hosts they came from.

    `told` of them were told the reason in their own protocol.
    """

    route: str
    code: str
    count: int
    clients: int
    first_s: float
    last_s: float
    told: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """In the span, or just before it: what the time to a connection of a route stayed below, of the 95 % best."""

    route: str
    is_now: bool
    count: int
    p95_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """So many clients of a route were told why in their own protocol; `detail` is one of their reasons."""

    route: str
    target: str
    code: str
    detail: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """So many connections succeeded and failed in a span that begins at `at_s`."""

    at_s: float
    well: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Clients of a route were held; None where nobody knows, because the gateway was killed."""

    at_s: float
    route: str
    code: str
    ended_s: float | None
    served: int | None
    refused: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """So many looks at targets or paths without any client had this result.

    `what` is check (a path, by the gateway), probe (a target, by the gateway) or health check (`farshore probe`); of a
    health check `route` is what was named, a route or a target, and `result` is the code of a failure.
    """

    what: str
    route: str
    result: str
    count: int
    target: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether a client that came then would have failed, as far as a look can tell."""
        return self.result not in _WELL

    @property
    def is_telling(self) -> bool:
        """Whether it has seen anything at all."""
        return self.result != _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was put to the journal."""

    sql: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the journal says of a span; `asked` are the questions, by what they are for.

    `affected` is how many different hosts clients failed from, by route, and under no name on all of them together.

    `slice_s` is how long each of `slices` is; `minutes` are those in which a connection ended. `lost` rows are missing
    from the journal in that span, and `unknown` says what it could not be asked. `uncounted` connections are no
    client's. `shapes` are by route, of those that failed; `speeds` those of which enough were up.
    """

    journal: str
    counted: tuple[Counted, ...] = ()
    uncounted: int = 0
    shapes: dict[str, Shape] = field(default_factory=dict)
    speeds: tuple[Speed, ...] = ()
    affected: dict[str, int] = field(default_factory=dict)
    slices: tuple[Slice, ...] = ()
    slice_s: float = 60.0
    minutes: tuple[Slice, ...] = ()
    held: tuple[Held, ...] = ()
    remedies: tuple[Done, ...] = ()
    paths: tuple[Shifted, ...] = ()
    probed: tuple[Probed, ...] = ()
    refusals: tuple[Refused, ...] = ()
    lost: int = 0
    asked: dict[str, Asked] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From one moment to another, in Unix seconds."""

    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Everything: the incidents in a span, and its figures, or why there are none.

    `now_s` is when the report is made. `named` is the incident that was asked for, None where a span was.
    """

    span: Span
    courses: tuple[Course, ...]
    figures: Figures | None
    now_s: float
    version: str
    named: str | None = None
    no_figures: str = ""
    unknown: tuple[str, ...] = ()
