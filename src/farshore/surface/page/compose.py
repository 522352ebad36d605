"""Makes the page of what the views and the pulse know. Pure."""

from collections.abc import Sequence
from zlib import crc32

from farshore.core.events import Health
from farshore.core.outcome import MEANINGS, Code
from farshore.gateway.breaker import BreakerState
from farshore.incident.conclusion import Conclusion
from farshore.incident.record import Record
from farshore.surface.page.headline import Matter, headline
from farshore.surface.page.hops import Known, client_hop, exits, gateway_hop, target_hop
from farshore.surface.page.model import Count, IncidentRow, Numbers, Page, Percentiles, RouteCard, State
from farshore.surface.page.pulse import Pulse, RouteMemory, Sampled, Seen
from farshore.surface.page.strips import lately, route_strip
from farshore.surface.views import RouteView, Stats, Views

LINES = 40
IN_A_ROW = 3
_UNWELL = {State.BROKEN: 0, State.DOUBT: 1, State.UNKNOWN: 2, State.OK: 3}


def compose(views: Views, pulse: Pulse, now_s: float) -> Page:
    """The page at `now_s`, Unix seconds."""
    stats, incidents = views.stats(), views.incidents().incidents
    not_ready = "" if stats.ready else stats.reason
    opened = [record for record in incidents if record.closed_s is None]
    cards = [_card(_known(route, pulse, opened, not_ready, now_s), opened) for route in stats.routes]
    memories = {route.name: pulse.route(route.name) for route in stats.routes}
    matter = Matter(
        started_s=stats.started_at_s,
        not_ready=not_ready,
        routes=sorted(cards, key=lambda card: _UNWELL[card.state]),
        incidents=incidents,
        remedies=views.remedies().remedies,
        failures={
            name: memory.failed.code
            for name, memory in memories.items()
            if memory.failed is not None and memory.failed.code is not None
        },
    )
    return Page(
        at_s=round(now_s, 3),
        version=stats.version,
        started_s=stats.started_at_s,
        headline=headline(matter),
        numbers=_numbers(stats, cards, memories),
        routes=tuple(matter.routes),
        incidents=tuple(_row(record) for record in reversed(incidents)),
        lines=tuple(pulse.lines(LINES)),
        keeps_incidents=views.keeps_incidents,
    )


def percentiles(waits_ms: Sequence[float]) -> Percentiles | None:
    """Of these milliseconds, rounded so that they do not flicker; None without any."""
    if not waits_ms:
        return None
    ordered = sorted(waits_ms)
    p50, p95, p99 = (float(f"{ordered[min(len(ordered) - 1, int(len(ordered) * q))]:.2g}") for q in (0.5, 0.95, 0.99))
    return Percentiles(p50_ms=p50, p95_ms=p95, p99_ms=p99, of=len(ordered))


def _known(route: RouteView, pulse: Pulse, opened: list[Record], not_ready: str, now_s: float) -> Known:
    incident, memory = _incident(route.name, opened), pulse.route(route.name)
    sampled: dict[str, Sampled] = {}
    for name in {route.egress, *(path.egress for path in route.paths)}:
        if (sample := pulse.sample(name)) is not None:
            sampled[name] = sample
    return Known(
        now_s=now_s,
        route=route,
        memory=memory,
        sampled=sampled,
        conclusion=None if incident is None or _is_over(route, memory, incident) else _conclusion(incident),
        not_ready=not_ready,
    )


def _card(known: Known, opened: list[Record]) -> RouteCard:
    route, memory = known.route, known.memory
    leaving = exits(known)
    good, bad = lately(memory.minutes, known.now_s)
    incident = _incident(route.name, opened)
    state, says, since_s = _judge(known, incident)
    return RouteCard(
        key=f"r{crc32(route.name.encode()):08x}",
        name=route.name,
        listen=route.listen,
        target=route.target,
        protocol=route.protocol,
        state=state,
        says=says,
        since_s=since_s,
        client=client_hop(known),
        gateway=gateway_hop(known),
        exits=leaving,
        target_hop=target_hop(known, leaving),
        active=route.active,
        held=route.held,
        accepted=route.accepted,
        good=good,
        bad=bad,
        ended=_counts(route.ended),
        waits=percentiles(memory.waits_ms),
        strip=route_strip(memory, known.now_s),
        incident="" if incident is None else incident.id,
    )


def _judge(known: Known, incident: Record | None) -> tuple[State, str, float | None]:
    """How a route stands, in a word and a sentence, and since when."""
    route, memory = known.route, known.memory
    downs = [path for path in route.paths if path.health == Health.DOWN]
    is_hit = incident is not None and not _is_over(route, memory, incident)
    if incident is not None and is_hit and incident.verdicts:
        return State.BROKEN, str(incident.verdicts[-1].conclusion), incident.since_s
    if route.held:
        return State.BROKEN, f"no path works; clients are held: {_last(memory)}", _outage_since(memory)
    if route.paths and len(downs) == len(route.paths):
        return State.BROKEN, downs[0].health_reason or "health checks reach it on no path", _down_since(memory)
    if is_hit or (memory.failed_in_a_row >= IN_A_ROW and incident is None):
        return State.BROKEN, _last(memory), memory.failing_since_s or None
    if incident is not None and route.name not in incident.well:
        return State.DOUBT, "it answers again; the incident is open until it has been well for a while", None
    return _judge_served(known)


def _is_over(route: RouteView, memory: RouteMemory, incident: Record) -> bool:
    """Whether a route is well again though its incident is open: a path answers that did not when it last failed."""
    if route.name in incident.well:
        return True
    last = max((seen.at_s for seen in _failed(memory)), default=incident.since_s)
    if memory.served is not None and memory.served.at_s > last:
        return not route.held
    changes = [memory.path(path.name).changes for path in route.paths if path.health == Health.UP]
    return not route.held and any(change.at_s > last for each in changes for change in list(each)[-1:])


def _judge_served(known: Known) -> tuple[State, str, float | None]:
    route, memory = known.route, known.memory
    ailing = [p for p in route.paths if p.health in {Health.DOWN, Health.SUSPECT} or p.state != BreakerState.CLOSED]
    if ailing:
        first = ailing[0]
        said = first.health_reason or (f"breaker {first.state}" if first.state != BreakerState.CLOSED else first.health)
        since = [change.at_s for path in ailing for change in list(memory.path(path.name).changes)[-1:]]
        return State.DOUBT, f"path {first.name}: {said}", min(since, default=None)
    if memory.failed_in_a_row and memory.failed is not None:
        return State.DOUBT, _last(memory), memory.failing_since_s
    healths = {path.health for path in route.paths}
    if memory.served is not None or route.active or healths & {Health.UP.value}:
        return State.OK, "served", None
    return State.UNKNOWN, "no client yet, nothing checked yet", None


def _last(memory: RouteMemory) -> str:
    latest = max(_failed(memory), key=lambda each: each.at_s, default=None)
    return "connections fail" if latest is None else latest.says


def _failed(memory: RouteMemory) -> list[Seen]:
    failed = [memory.failed, *(path.failed for path in memory.paths.values())]
    return [each for each in failed if each is not None]


def _outage_since(memory: RouteMemory) -> float | None:
    return memory.outages[-1][0] if memory.outages and memory.outages[-1][1] is None else None


def _down_since(memory: RouteMemory) -> float | None:
    """When the last of its paths went down."""
    return max((path.changes[-1].at_s for path in memory.paths.values() if path.changes), default=None)


def _numbers(stats: Stats, cards: list[RouteCard], memories: dict[str, RouteMemory]) -> Numbers:
    breakers = [way.breaker for card in cards for way in card.ways]
    waits_ms = [wait for memory in memories.values() for wait in list(memory.waits_ms)[-64:]]
    return Numbers(
        routes=len(cards),
        active=stats.active,
        held=sum(card.held for card in cards),
        accepted=stats.accepted,
        good=sum(card.good for card in cards),
        bad=sum(card.bad for card in cards),
        closed=breakers.count(BreakerState.CLOSED),
        half_open=breakers.count(BreakerState.HALF_OPEN),
        open=breakers.count(BreakerState.OPEN),
        waits=percentiles(waits_ms),
        outcomes=_counts(stats.ended),
    )


def _counts(ended: dict[str, int]) -> tuple[Count, ...]:
    counts = [
        Count(code=code, count=count, meaning=MEANINGS[Code(code)].summary, is_failure=MEANINGS[Code(code)].is_failure)
        for code, count in ended.items()
        if count
    ]
    return tuple(sorted(counts, key=lambda each: (not each.is_failure, -each.count)))


def _incident(route: str, opened: list[Record]) -> Record | None:
    mine = [record for record in opened if route in record.routes]
    return next((record for record in mine if record.verdicts), mine[0] if mine else None)


def _conclusion(record: Record) -> Conclusion | None:
    return record.verdicts[-1].conclusion if record.verdicts else None


def _row(record: Record) -> IncidentRow:
    conclusion = _conclusion(record)
    verdict = "not examined yet" if conclusion is None else str(conclusion)
    return IncidentRow(
        id=record.id,
        since_s=record.since_s,
        until_s=record.ended_s if record.closed_s is not None else None,
        is_open=record.closed_s is None,
        is_proven=record.proven,
        routes=", ".join(record.routes),
        verdict=f"the same as {record.merged_into}" if record.merged_into is not None else verdict,
        cause="" if conclusion is None or conclusion.code is None else conclusion.code,
        command="" if conclusion is None else conclusion.command,
    )
