"""What a cause is: one entry of the catalogue, and the vocabulary that it argues in.

Nothing here scores. A rule either finds its ground in the facts or it does not, and its place in the entry says what
that is worth: enough to decide, to make likely, to allow; to rule out, or to speak against.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.index import Scope


class Hop(StrEnum):
    """Where on the way from client to database something is broken; in the order of the way."""

    CLIENT = "client"
    CLUSTER = "cluster"
    GATEWAY = "gateway"
    TAILSCALED = "tailscaled"
    TAILNET = "tailnet"
    ROUTER = "router"
    LAN = "lan"
    TARGET = "target"


class About(StrEnum):
    """What one finding of a cause is about; its rules are asked once for each of these."""

    GATEWAY = "gateway"
    ROUTER = "router"
    TARGET = "target"


class Owner(StrEnum):
    """Who can mend it."""

    GATEWAY = "gateway operator"
    PLATFORM = "platform team"
    ROUTER = "administrator of the subnet router"
    TAILNET = "tailnet administrator"
    NETWORK = "network team"
    DATABASE = "database or FTP administrator"
    APPLICATION = "application team"


class Risk(StrEnum):
    """What a remedy may break."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Gravity(IntEnum):
    """How bad it is; the gravest verdict stands first."""

    NOTE = 0  # works, or harms nobody
    PART = 1  # some connections or queries
    TARGET = 2  # one target
    ROUTER = 3  # everything behind one router
    ALL = 4  # everything, or data where it must not go


class Cost(IntEnum):
    """What answering a question takes; the cheapest that decides is recommended."""

    READ = 1  # look at what the gateway's host has already
    PROBE = 2  # send one packet or one dial from the gateway
    ASK = 3  # somebody else has to look on another machine
    CHANGE = 4  # something has to be changed to see


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a rule found: a sentence with its figures, and the facts that it rests on (never empty)."""

    says: str
    facts: tuple[Fact, ...]


# A pure predicate. Its docstring is its rule in words, shown by `farshore explain` and in docs/causes.
Rule = Callable[[Scope], Ground | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Evidence that would help: what it is, how to get it, and how to know that it is there already.

    `command` may use {target}, {host}, {port}, {router} (an address of the router) and {name}.
    """

    what: str
    command: str
    cost: Cost
    answered: Callable[[Scope], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A question of a cause, and what its answers would decide."""

    question: Question
    would_decide: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One way to mend it; `verify` shows that it helped. Placeholders as in `Question.command`.

    Both are told in words; what is typed, set or read as it stands is between backticks.
    """

    owner: Owner
    command: str
    risk: Risk
    verify: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One entry. Adding one is adding `catalogue/mNN.py` with a `CAUSE`, and one labelled case.

    `decides`: any one of these proves it. `points`: makes it likely. `allows`: makes it possible (a symptom that it
    would have; many causes share it). `rules_out`: with one of these it is contradicted, by name. `speaks_against`:
    it is at most possible. Rules rest on what is there, never on what is absent: taking a source away must not create
    a finding. `depends_on`: codes under which this is a symptom and is hushed. `mistaken_for`: codes or plain words,
    with what tells them apart. `also_about`: further kinds of suspects that its rules are asked about (they look at
    `Scope.kind`), where the same thing can befall the gateway and a router.
    """

    code: str
    title: str
    hop: Hop
    about: About
    gravity: Gravity
    summary: str
    decides: tuple[Rule, ...] = ()
    points: tuple[Rule, ...] = ()
    allows: tuple[Rule, ...] = ()
    rules_out: tuple[Rule, ...] = ()
    speaks_against: tuple[Rule, ...] = ()
    depends_on: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    mistaken_for: tuple[tuple[str, str], ...] = field(default=())
    also_about: tuple[About, ...] = ()

    def is_about(self, kind: str) -> bool:
        """Whether its rules are asked about a suspect of a kind."""
        return kind in {self.about.value, *(each.value for each in self.also_about)}


def words_of(rule: Rule) -> str:
    """A rule in words."""
    return " ".join((rule.__doc__ or "").split())
