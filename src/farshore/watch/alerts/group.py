"""One alert: what holds of one root cause, whatever rules and routes show it, and what was told of it."""

from dataclasses import dataclass, field

from farshore.config.alerts import Rule, Told
from farshore.core.alerts import Alert, AlertState, Severity
from farshore.watch.alerts.holding import Key
from farshore.watch.alerts.seen import Condition, IncidentSeen


@dataclass(slots=True, kw_only=True)
class Group:
    """`key` may change until it is told; `told_s` is when people last were, None before.

    `is_recorded`: it was announced, if only as silenced. `is_remembered`: a gateway before this one has told it, and
    nothing of it has been seen since.
    """

    key: str
    rule: Rule
    told_as: Told
    since_s: float
    symptoms: dict[Key, Condition] = field(default_factory=dict)
    routes: dict[str, None] = field(default_factory=dict)
    incident: IncidentSeen | None = None
    told_s: float | None = None
    told_mark: str = ""
    is_recorded: bool = False
    is_remembered: bool = False

    @property
    def is_of_routes(self) -> bool:
        """A page of routes goes together with the others of its root; everything else stands alone."""
        return self.told_as is Told.PAGE and bool(self.routes)

    @property
    def mark(self) -> str:
        """How grave it is, or what its cause is."""
        if self.incident is not None:
            return self.incident.code or ""
        return next((each.mark for each in self.symptoms.values() if each.mark), "")

    def take(self, condition: Condition) -> None:
        """It holds, too."""
        self.symptoms[condition.rule, condition.subject] = condition
        self.routes |= dict.fromkeys(condition.routes)
        self.since_s = min(self.since_s, condition.since_s)

    def swallow(self, other: "Group") -> None:
        """What the other stands for has the same root."""
        for condition in other.symptoms.values():
            self.take(condition)
        self.routes |= other.routes

    def alert(self, state: AlertState, now_s: float, words: "Words") -> Alert:
        """What is told."""
        incident = self.incident
        condition = next(iter(self.symptoms.values()), None)
        title, command = (words.title, "") if condition is None else (condition.title, condition.command)
        if incident is not None:
            command = f"farshore incidents show {incident.id}"
        if incident is not None and incident.title:
            title = f"{incident.title}: {', '.join(self.routes)}"
        is_known = incident is not None and incident.is_concluded
        return Alert(
            key=self.key,
            rule=self.rule.value,
            severity=Severity(self.told_as.value),
            state=state,
            title=title,
            routes=tuple(self.routes),
            since_s=round(self.since_s, 3),
            at_s=round(now_s, 3),
            incident=None if incident is None else incident.id,
            code=None if incident is None else incident.code,
            confidence="" if incident is None else incident.confidence,
            subject=(incident.router or incident.target) if incident is not None and is_known else words.subject,
            whom=words.whom,
            trying=words.trying,
            command=(incident.command if incident is not None else "") or command,
            verify="" if incident is None else incident.verify,
            link="" if words.link is None or incident is None else words.link.replace("{incident}", incident.id),
            before="" if incident is None else incident.before,
            reminder=self.told_s is not None and state is AlertState.FIRING,
            silenced=words.is_silent,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said beside the condition itself."""

    title: str
    subject: str
    whom: str
    trying: str
    link: str | None
    is_silent: bool = False
