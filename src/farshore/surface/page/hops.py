"""How each station of a route's way stands, from what was seen of it. Pure; times are Unix seconds.

Whoever looked last is believed. A hop behind a broken one cannot be looked at: it is unknown, and says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from farshore.core.events import Health
from farshore.core.outcome import Code, Who
from farshore.diagnosis.cause import Hop as Broken
from farshore.gateway.breaker import BreakerState
from farshore.incident.conclusion import Conclusion
from farshore.surface.page.model import Exit, Hop, State, Way
from farshore.surface.page.pulse import PathMemory, RouteMemory, Sampled, Seen
from farshore.surface.page.strips import path_strip
from farshore.surface.page.words import plural
from farshore.surface.views import PathView, RouteView

FRESH_S = 120.0
_BEFORE_ROUTER = frozenset({Who.EGRESS})
_AT_TARGET = frozenset({Who.TARGET})
_ON_THE_WAY = frozenset({Who.TAILNET, Who.ROUTER})
_HEALTHS = {Health.UP.value: State.OK, Health.SUSPECT.value: State.DOUBT, Health.DOWN.value: State.BROKEN}
_PLACES = {
    Broken.CLIENT.value: "client",
    Broken.CLUSTER.value: "client",
    Broken.GATEWAY.value: "gateway",
    Broken.TAILSCALED.value: "tailscaled",
    Broken.TAILNET.value: "tailscaled",
    Broken.ROUTER.value: "router",
    Broken.LAN.value: "target",
    Broken.TARGET.value: "target",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one route at `now_s`; `sampled` is by egress, `conclusion` that of its open incident."""

    now_s: float
    route: RouteView
    memory: RouteMemory
    sampled: dict[str, Sampled]
    conclusion: Conclusion | None = None
    not_ready: str = ""

    @property
    def verdict_place(self) -> str:
        """The hop that a diagnosis names: one of client, gateway, tailscaled, router, target; empty where none does."""
        return "" if self.conclusion is None else _PLACES.get(self.conclusion.hop, "")


def client_hop(known: Known) -> Hop:
    """The clients: never broken by themselves unless a diagnosis says so."""
    route = known.route
    says = f"{route.active:,} connected" + (f", {route.held:,} held" if route.held else "")
    is_verdict = known.verdict_place == "client"
    return Hop(
        kind="client",
        name="clients",
        state=_as_verdict(State.OK if route.active > route.held else State.UNKNOWN, is_verdict=is_verdict),
        says=says,
        is_verdict=is_verdict,
    )


def gateway_hop(known: Known) -> Hop:
    """The gateway itself; whoever reads this has reached it."""
    is_verdict = known.verdict_place == "gateway"
    state = State.DOUBT if known.not_ready else State.OK
    return Hop(
        kind="gateway",
        name=known.route.listen,
        state=_as_verdict(state, is_verdict=is_verdict),
        says=known.not_ready or "listens",
        is_verdict=is_verdict,
    )


def exits(known: Known) -> tuple[Exit, ...]:
    """The egresses of the route's paths in their order, each with its tailscaled and its paths."""
    names = dict.fromkeys(path.egress for path in known.route.paths) or {known.route.egress: None}
    return tuple(_exit(known, name, [path for path in known.route.paths if path.egress == name]) for name in names)


def target_hop(known: Known, leaving: Iterable[Exit]) -> Hop:
    """The target, as far as any path reaches it."""
    memories = known.memory.paths.values()
    reached = [each for memory in memories for each in (memory.probed, memory.reached) if each is not None]
    reached = [each for each in reached if each.is_well]
    if known.memory.served is not None:
        reached.append(known.memory.served)
    refused = [each for each in _failures(known) if _who(each) in _AT_TARGET]
    refused += [each.probed for each in memories if each.probed is not None and each.probed.says.startswith("refused")]
    is_verdict = known.verdict_place == "target"
    ways = [way for each in leaving for way in each.ways]
    is_blocked = bool(ways) and all(way.router.state is State.BROKEN for way in ways)
    is_blocked |= all(_is_broken(each.tailscaled) or _is_broken(each.egress) for each in leaving)
    well, ill = _latest(reached), _latest(refused)
    if ill is not None and (well is None or ill.at_s > well.at_s):
        state, says, seen_s = State.BROKEN, ill.says, ill.at_s
    elif is_blocked:
        state, says, seen_s = State.UNKNOWN, "out of reach: the way to it is broken", None
    elif well is not None:
        state, says, seen_s = State.OK, _answered(well), well.at_s
    else:
        state, says, seen_s = State.UNKNOWN, "not looked at yet", None
    return Hop(
        kind="target",
        name=known.route.target,
        state=_as_verdict(state, is_verdict=is_verdict),
        says=says,
        seen_s=seen_s,
        is_verdict=is_verdict,
    )


def _exit(known: Known, name: str, paths: list[PathView]) -> Exit:
    sampled = known.sampled.get(name)
    is_direct = known.route.egress_kind == "direct" and name == known.route.egress
    tailscaled = None if is_direct else _tailscaled(known, sampled)
    return Exit(
        egress=_egress(known, name, sampled, [path.name for path in paths]),
        tailscaled=tailscaled,
        ways=tuple(_way(known, path) for path in paths),
    )


def _egress(known: Known, name: str, sampled: Sampled | None, paths: list[str]) -> Hop:
    failures = [each for each in _failures(known) if _who(each) in _BEFORE_ROUTER]
    successes = [each for each in (known.memory.served, *_reached(known, paths)) if each is not None]
    if sampled is not None and sampled.event.problem is None:
        successes.append(Seen(at_s=sampled.at_s, is_well=True, says="answers"))
    ill, well = _latest(failures), _latest(successes)
    if ill is not None and (well is None or ill.at_s > well.at_s):
        return Hop(kind="egress", name=name, state=State.BROKEN, says=ill.says, seen_s=ill.at_s)
    if well is not None:
        return Hop(kind="egress", name=name, state=State.OK, says="takes dials", seen_s=well.at_s)
    return Hop(kind="egress", name=name, state=State.UNKNOWN, says="not used yet")


def _tailscaled(known: Known, sampled: Sampled | None) -> Hop:
    is_verdict = known.verdict_place == "tailscaled"
    state, says = State.UNKNOWN, "not looked at yet"
    if sampled is not None:
        event = sampled.event
        if event.problem is not None:
            state, says = State.BROKEN, event.problem
        elif event.backend_state != "Running":
            state, says = State.BROKEN, event.backend_state
        else:
            state, says = (State.DOUBT, event.health[0]) if event.health else (State.OK, event.backend_state)
    elif known.memory.served is not None:
        state, says = State.OK, "carries connections"
    if is_verdict and known.conclusion is not None:
        says = f"{known.conclusion.code} {known.conclusion.title}"
    seen_s = None if sampled is None else sampled.at_s
    return Hop(
        kind="tailscaled",
        name="tailscaled",
        state=_as_verdict(state, is_verdict=is_verdict),
        says=says,
        seen_s=seen_s,
        is_verdict=is_verdict,
    )


def _way(known: Known, path: PathView) -> Way:
    memory = known.memory.path(path.name)
    state, says, seen = _router(path, memory, only=len(known.route.paths) == 1, route=known.memory)
    named = known.conclusion.router if known.conclusion is not None else ""
    is_verdict = known.verdict_place == "router" and (
        state is State.BROKEN or len(known.route.paths) == 1 or named in {path.name, path.target}
    )
    return Way(
        name=path.name,
        router=Hop(
            kind="router",
            name=path.name if len(known.route.paths) > 1 or path.name != path.target else "subnet router",
            state=_as_verdict(state, is_verdict=is_verdict),
            says=says,
            seen_s=None if seen is None else seen.at_s,
            is_verdict=is_verdict,
        ),
        breaker=path.state,
        connections=path.connections,
        strip=path_strip(tuple(memory.changes), known.now_s),
    )


def _router(path: PathView, memory: PathMemory, *, only: bool, route: RouteMemory) -> tuple[State, str, Seen | None]:
    """What is known of the way through a router, what tells it, and the last look."""
    well = _latest([each for each in (memory.reached, route.served if only else None) if each is not None])
    failed = memory.failed or (route.failed if only else None)
    ill = failed if failed is not None and _who(failed) in _ON_THE_WAY else None
    latest = _latest([each for each in (memory.checked, memory.probed, well, ill) if each is not None])
    state = _HEALTHS.get(path.health)
    if state is not None:
        if state is State.OK and path.state != BreakerState.CLOSED:
            return State.DOUBT, f"breaker {path.state}", latest
        return state, path.health_reason or path.health, latest
    if path.state != BreakerState.CLOSED:
        return State.BROKEN, ill.says if ill is not None else f"breaker {path.state}", latest
    if ill is not None and (well is None or ill.at_s > well.at_s):
        return State.BROKEN, ill.says, ill
    if well is not None:
        return State.OK, "carried a connection", latest
    return State.UNKNOWN, "not looked at yet", latest


def _failures(known: Known) -> list[Seen]:
    told = [known.memory.failed, *(memory.failed for memory in known.memory.paths.values())]
    return [each for each in told if each is not None and known.now_s - each.at_s < FRESH_S]


def _reached(known: Known, paths: list[str]) -> list[Seen]:
    memories = [known.memory.paths[name] for name in paths if name in known.memory.paths]
    return [
        each for memory in memories for each in (memory.reached, memory.probed) if each is not None and each.is_well
    ]


def _latest(seen: Iterable[Seen]) -> Seen | None:
    return max(seen, key=lambda each: each.at_s, default=None)


def _who(seen: Seen) -> Who | None:
    return None if seen.code is None else Code(seen.code).who


def _answered(seen: Seen) -> str:
    return "served a client" if seen.code is not None else "answered a probe"


def _is_broken(hop: Hop | None) -> bool:
    return hop is not None and hop.state is State.BROKEN


def _as_verdict(state: State, *, is_verdict: bool) -> State:
    return State.BROKEN if is_verdict else state


def broken_words(hops: Iterable[Hop]) -> str:
    """The broken hops of a route in words, a diagnosis's first; else those in doubt; else nothing."""
    told = list(hops)
    broken = [hop for hop in told if hop.state is State.BROKEN]
    chosen = [hop for hop in broken if hop.is_verdict] or broken or [hop for hop in told if hop.state is State.DOUBT]
    if not chosen:
        return ""
    kinds = dict.fromkeys(hop.kind for hop in chosen)
    named = [hop.name for hop in chosen if hop.name != hop.kind]
    if len(chosen) > 1 and len(kinds) == 1:
        return f"{plural(len(chosen), chosen[0].kind)}: {', '.join(named)}"
    return f"{chosen[0].kind} {chosen[0].name}" if chosen[0].name != chosen[0].kind else chosen[0].kind
