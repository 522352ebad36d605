"""What the rules are told of, and what they say. Values."""

from dataclasses import dataclass

from farshore.config.alerts import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSeen:
    """A route now: where it leads, and how many of its clients are held."""

    name: str
    target: str
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSeen:
    """An open incident; `code`, `title` and what follows are empty until it is concluded.

    `is_certain` is false where nothing but a share of resets speaks for it: that is for the rule `resets` to judge.
    """

    id: str
    since_s: float
    opened_s: float
    routes: tuple[str, ...]
    is_certain: bool = True
    is_concluded: bool = False
    code: str | None = None
    title: str = ""
    confidence: str = ""
    router: str = ""
    target: str = ""
    root: str = ""
    command: str = ""
    verify: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A rule holds of a `subject`: a route, an incident, a router, a node.

    `mark` says how grave it is; where it becomes another, people are told again.
    """

    rule: Rule
    subject: str
    title: str
    routes: tuple[str, ...] = ()
    since_s: float
    command: str = ""
    mark: str = ""
