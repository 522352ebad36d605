"""What a diagnosis is: verdicts over findings over grounds over evidence, every sentence with its pointer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from farshore.core.address import HostPort
from farshore.diagnosis.cause import Cause, Gravity, Ground
from farshore.diagnosis.contradictions import Contradiction
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.facts.base import Fact


class Confidence(StrEnum):
    """How sure a finding or a verdict is, and nothing in between.

    PROVEN: a deciding ground, and nothing that rules it out. LIKELY: a ground that points to it, nothing against it.
    POSSIBLE: the symptoms allow it; or grounds for and against. CONTRADICTED: something rules it out by name.
    UNDECIDED is for verdicts alone.
    """

    PROVEN = "proven"
    LIKELY = "likely"
    POSSIBLE = "possible"
    CONTRADICTED = "contradicted"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a finding is about; empty parts are unknown or not concerned."""

    router: str = ""
    router_address: str = ""
    target: HostPort | None = None
    route: str = ""

    def fill(self, template: str) -> str:
        """A command with its placeholders replaced; what is unknown stays as a word in capitals."""
        target = self.target
        values = {
            "{target}": str(target) if target else "HOST:PORT",
            "{host}": str(target.host) if target else "HOST",
            "{port}": str(target.port) if target else "PORT",
            "{router}": self.router_address or self.router or "ROUTER",
            "{name}": self.router or "ROUTER",
        }
        for placeholder, value in values.items():
            # A name that holds a backtick must not end what is set as a command.
            template = template.replace(placeholder, value.replace("`", "'"))
        return template


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Evidence that is not there: what, how to get it here, and what it would decide."""

    what: str
    command: str
    would_decide: str
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finding:
    """One cause about one subject, with everything that was weighed."""

    cause: Cause
    subject: Subject
    confidence: Confidence
    decides: tuple[Ground, ...]
    points: tuple[Ground, ...]
    allows: tuple[Ground, ...]
    rules_out: tuple[Ground, ...]
    speaks_against: tuple[Ground, ...]
    missing: tuple[Asked, ...]
    hushed_by: str | None = None

    @property
    def disputed(self) -> bool:
        """Whether one observer proves it and another rules it out."""
        return bool(self.decides and self.rules_out)

    @property
    def supports(self) -> tuple[Ground, ...]:
        """Every ground for it, the strongest first."""
        return (*self.decides, *self.points, *self.allows)

    @property
    def contradicts(self) -> tuple[Ground, ...]:
        """Every ground against it, the strongest first."""
        return (*self.rules_out, *self.speaks_against)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdict:
    """What is wrong, as far as it can be said. `finding` is None where it is undecided between `candidates`.

    `rivals` are the other findings about the same symptoms: contradicted, weaker, or hushed. `perhaps_under` are codes
    of which it would be a symptom, if one of them turns out to be true.
    """

    confidence: Confidence
    finding: Finding | None
    candidates: tuple[Finding, ...]
    rivals: tuple[Finding, ...]
    symptoms: tuple[Fact, ...]
    next_step: Asked | None
    since: datetime | None
    until: datetime | None
    perhaps_under: tuple[str, ...] = ()

    @property
    def is_note(self) -> bool:
        """Whether it names something that works, or harms nobody."""
        return self.finding is not None and self.finding.cause.gravity is Gravity.NOTE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Misread:
    """A claim that stands in the input, and what refutes it."""

    id: str
    claim: str
    truth: str
    made: tuple[Fact, ...]
    because: tuple[Ground, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnosis:
    """Everything that a run has to say, the gravest verdict first. `readable`: the input gave any evidence at all."""

    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    misreadings: tuple[Misread, ...]
    contradictions: tuple[Contradiction, ...]
    unread: tuple[Unread, ...]
    facts: tuple[Fact, ...]
    readable: bool
