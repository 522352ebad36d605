"""The answer in five seconds, from what is known of all routes. Pure; times are Unix seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

from farshore.core.outcome import MEANINGS, Code
from farshore.core.remedy import RemedyResult
from farshore.incident.record import Record
from farshore.surface.page.hops import broken_words
from farshore.surface.page.model import Headline, Hop, Remedy, RouteCard, State
from farshore.surface.page.words import plural
from farshore.watch.audit import AuditRow

MOST_NAMED = 5
MOST_DONE = 4
_NOT_DONE = frozenset({RemedyResult.SUGGESTED, RemedyResult.WITHHELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What the headline is made of. `failures` is the code of each failing route's last failure, by route."""

    started_s: float
    not_ready: str
    routes: Sequence[RouteCard]
    incidents: Sequence[Record]
    remedies: Sequence[AuditRow]
    failures: dict[str, Code]


def headline(matter: Matter) -> Headline:
    """The gravest thing there is to say."""
    failing = [route for route in matter.routes if route.state is State.BROKEN]
    if failing:
        return _outage(matter, failing)
    doubtful = [route for route in matter.routes if route.state is State.DOUBT]
    if matter.not_ready:
        return Headline(
            state=State.DOUBT,
            word="Not ready",
            sentence=f"New clients are not sent here: {matter.not_ready}.",
            since_s=matter.started_s,
        )
    if doubtful:
        return _degraded(matter, doubtful)
    return _working(matter)


def _outage(matter: Matter, failing: list[RouteCard]) -> Headline:
    incident = _incident_of(matter, failing)
    conclusion = incident.verdicts[-1].conclusion if incident is not None and incident.verdicts else None
    since_s = min(route.since_s if route.since_s is not None else matter.started_s for route in failing)
    held = sum(route.held for route in failing)
    count = f"{plural(len(failing), 'route')} of {len(matter.routes)}"
    cause = "" if conclusion is None else str(conclusion)
    return Headline(
        state=State.BROKEN,
        word="Outage",
        sentence=f"Clients of {_names(failing)} fail ({count}).",
        since_s=min(since_s, incident.since_s) if incident is not None else since_s,
        routes=_links(failing),
        hop=_hop(failing),
        cause=cause or failing[0].says,
        confidence="" if conclusion is None else conclusion.confidence,
        doing=_doing(matter, failing, held, incident),
        do=_do(matter, failing, incident),
        incident="" if incident is None else incident.id,
    )


def _degraded(matter: Matter, doubtful: list[RouteCard]) -> Headline:
    incident = _incident_of(matter, doubtful)
    hop = _hop(doubtful)
    since = [route.since_s for route in doubtful if route.since_s is not None]
    return Headline(
        state=State.DOUBT,
        word="Degraded",
        sentence=f"Clients are served; something is wrong on the way of {_names(doubtful)}.",
        since_s=min(since, default=matter.started_s),
        routes=_links(doubtful),
        hop=hop,
        cause=doubtful[0].says,
        doing=_doing(matter, doubtful, 0, incident),
        do=_do(matter, doubtful, incident) or Remedy(command=f"`farshore doctor {doubtful[0].name}` names what it is"),
        incident="" if incident is None else incident.id,
    )


def _working(matter: Matter) -> Headline:
    ended = [record.closed_s for record in matter.incidents if record.closed_s is not None]
    since = [route.since_s for route in matter.routes if route.since_s is not None]
    unseen = [route for route in matter.routes if route.state is State.UNKNOWN]
    if unseen and len(unseen) == len(matter.routes):
        sentence = "All ports are open; no client has come and nothing was checked yet."
    else:
        rest = f"; nothing is known of {_names(unseen)} yet" if unseen else ""
        sentence = f"Clients of {plural(len(matter.routes) - len(unseen), 'route')} are served{rest}."
    return Headline(state=State.OK, word="Working", sentence=sentence, since_s=max([matter.started_s, *ended, *since]))


def _doing(matter: Matter, routes: list[RouteCard], held: int, incident: Record | None) -> tuple[str, ...]:
    doing = []
    if held:
        doing.append(f"{plural(held, 'client')} held until a path works")
    names = {route.name for route in routes}
    since_s = min((route.since_s for route in routes if route.since_s is not None), default=0.0)
    tried = [row for row in matter.remedies if row.route in names and row.at_s >= since_s]
    told = dict.fromkeys((row.remedy, row.subject, row.result) for row in tried if row.result not in _NOT_DONE)
    doing += [f"{remedy} on {subject}: {result}" for remedy, subject, result in list(told)[-MOST_DONE:]]
    suggested = dict.fromkeys(row.remedy for row in tried if row.result == RemedyResult.SUGGESTED)
    if suggested:
        doing.append(f"suggested, and not done by itself: {', '.join(suggested)}")
    others = [way for route in routes for way in route.ways if way.router.state is State.OK]
    if others:
        doing.append(f"clients go over {', '.join(dict.fromkeys(way.name for way in others))}")
    elif any(route.ways for route in routes):
        doing.append("each path is tried again, and used as soon as it answers")
    if incident is not None and not incident.verdicts:
        doing.append("evidence is taken and diagnosed now")
    return tuple(doing)


def _do(matter: Matter, routes: list[RouteCard], incident: Record | None) -> Remedy | None:
    conclusion = incident.verdicts[-1].conclusion if incident is not None and incident.verdicts else None
    if conclusion is not None and conclusion.remedies:
        first = conclusion.remedies[0]
        return Remedy(command=first.command, owner=first.owner, risk=first.risk, verify=first.verify)
    if conclusion is not None and conclusion.command:
        return Remedy(command=conclusion.command)
    code = next((matter.failures[route.name] for route in routes if route.name in matter.failures), None)
    return None if code is None else Remedy(command=MEANINGS[code].remedy)


def _incident_of(matter: Matter, routes: list[RouteCard]) -> Record | None:
    names = {route.name for route in routes}
    opened = [each for each in matter.incidents if each.closed_s is None and names & set(each.routes)]
    return next((each for each in opened if each.verdicts), opened[0] if opened else None)


def _hop(routes: list[RouteCard]) -> str:
    words = [broken_words(_hops(route)) for route in routes]
    return ", ".join(list(dict.fromkeys(word for word in words if word))[:MOST_NAMED])


def _hops(route: RouteCard) -> list[Hop]:
    found = [route.client, route.gateway]
    for leaving in route.exits:
        found += [leaving.egress, *([leaving.tailscaled] if leaving.tailscaled is not None else [])]
        found += [way.router for way in leaving.ways]
    return [*found, route.target_hop]


def _names(routes: Sequence[RouteCard]) -> str:
    named = [route.name for route in routes[:MOST_NAMED]]
    rest = len(routes) - len(named)
    return ", ".join(named) + (f" and {rest} more" if rest else "")


def _links(routes: Sequence[RouteCard]) -> tuple[tuple[str, str], ...]:
    return tuple((route.key, route.name) for route in routes[:MOST_NAMED])
