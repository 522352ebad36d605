"""The ladder of remedies: which one is due, and whether it may be applied. Decides; does no I/O.

One rung at a time for the whole gateway, only in an outage, each within its budget. A rung that is not applied costs
no time; the next one follows at once.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from farshore.config.remedies import Mode
from farshore.core.outcome import Code
from farshore.core.remedy import Remedy
from farshore.tailnet.remedy import Sighting

LADDER = tuple(Remedy)
ROUND_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How often a remedy may be applied to one subject."""

    times: int
    window_s: float

    def __str__(self) -> str:
        return f"{self.times} in {self.window_s / 60:g} min"


BUDGETS = {
    Remedy.PING: Budget(times=10, window_s=600),
    Remedy.REBIND: Budget(times=3, window_s=600),
    Remedy.BREAK_DERP: Budget(times=3, window_s=600),
    Remedy.RESTART: Budget(times=2, window_s=1800),
    Remedy.MOVE: Budget(times=2, window_s=3600),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known when a rung is due.

    `subject` is what the remedy would be done to. `trouble` says why tailscaled could not be asked. `routers` are the
    owners of what the route's paths dial, empty where nobody owns it; before a restart a few other peers as well.
    `served` are other routes over the same tailscaled that have connections and no outage. `objection` is what else
    speaks against it. `only_suggest` says why the gateway cannot do it itself.
    """

    subject: str
    trouble: str | None = None
    routers: tuple[Sighting, ...] = ()
    served: tuple[str, ...] = ()
    objection: str | None = None
    only_suggest: str | None = None


@dataclass(frozen=True, slots=True)
class Rung:
    """A remedy that is due for a route."""

    route: str
    remedy: Remedy


@dataclass(frozen=True, slots=True)
class Apply:
    """Do it, and call `finished` afterwards."""

    why: str


@dataclass(frozen=True, slots=True)
class Suggest:
    """Tell a person."""

    why: str


@dataclass(frozen=True, slots=True)
class Withhold:
    """Do not do it; say why."""

    why: str


Decision = Apply | Suggest | Withhold


@dataclass(slots=True)
class _Outage:
    detail: str
    due_s: float
    rung: int = 0
    told: set[tuple[Remedy, str]] = field(default_factory=set)


class Ladder:
    """Where each outage stands on the ladder, what is under way, and what has been spent."""

    def __init__(self, modes: Mapping[Remedy, Mode], budgets: Mapping[Remedy, Budget] = BUDGETS) -> None:
        self._budgets = budgets
        self._outages: dict[str, _Outage] = {}
        self._set(modes)
        self._spent: defaultdict[tuple[Remedy, str], deque[float]] = defaultdict(deque)
        self._under_way: Rung | None = None

    def allow(self, modes: Mapping[Remedy, Mode], now_s: float) -> None:
        """What may be done from now on. An outage that lasts begins the ladder anew; what has been spent stays so."""
        self._set(modes)
        for outage in self._outages.values():
            outage.rung, outage.due_s = 0, now_s
            outage.told.clear()

    def _set(self, modes: Mapping[Remedy, Mode]) -> None:
        self._rungs = tuple(remedy for remedy in LADDER if modes[remedy] is not Mode.OFF)
        self._modes = modes

    def outage_started(self, route: str, code: Code, detail: str | None, now_s: float) -> None:
        """No path of the route works. A target that refuses on all paths is no outage of the way there."""
        if code is not Code.TARGET_REFUSED:
            self._outages[route] = _Outage(detail=f"{code.value}: {detail}" if detail else code.value, due_s=now_s)

    def outage_ended(self, route: str) -> None:
        """The route works again; whatever is under way for it may finish."""
        self._outages.pop(route, None)

    def in_outage(self, route: str) -> bool:
        """Whether remedies are looked for on behalf of the route."""
        return route in self._outages

    def due(self, now_s: float) -> Rung | float | None:
        """The rung to decide now, or the time at which there will be one; None while there is nothing to wait for."""
        if self._under_way is not None or not self._outages or not self._rungs:
            return None
        route, outage = min(self._outages.items(), key=lambda item: item[1].due_s)
        if outage.due_s > now_s:
            return outage.due_s
        return Rung(route, self._rungs[outage.rung])

    def decide(self, rung: Rung, facts: Facts, now_s: float) -> Decision | None:
        """What to do about a rung that was due; None where there is nothing new to say."""
        outage = self._outages.get(rung.route)
        if outage is None or self._under_way is not None:
            return None
        outage.rung = (outage.rung + 1) % len(self._rungs)
        outage.due_s = now_s if outage.rung else now_s + ROUND_PAUSE_S
        decision = self._judge(rung.remedy, facts, outage, now_s)
        if isinstance(decision, Apply):
            self._under_way = rung
            self._spent[rung.remedy, facts.subject].append(now_s)
            return decision
        told = (rung.remedy, decision.why)
        if told in outage.told:
            return None
        outage.told.add(told)
        return decision

    def finished(self, rung: Rung, now_s: float) -> None:
        """What was applied is over, whatever came of it; the next rung is due."""
        assert self._under_way == rung  # noqa: S101 - one at a time
        self._under_way = None
        outage = self._outages.get(rung.route)
        if outage is not None:
            outage.due_s = max(outage.due_s, now_s)

    def _judge(self, remedy: Remedy, facts: Facts, outage: _Outage, now_s: float) -> Decision:
        against = objection(remedy, facts)
        if against is not None:
            return Withhold(against)
        if self._modes[remedy] is Mode.SUGGEST:
            return Suggest(outage.detail)
        if facts.only_suggest is not None:
            return Suggest(f"{facts.only_suggest}; {outage.detail}")
        budget = self._budgets[remedy]
        spent = self._spent[remedy, facts.subject]
        while spent and spent[0] <= now_s - budget.window_s:
            spent.popleft()
        if len(spent) >= budget.times:
            return Withhold(f"done {budget} already")
        return Apply(outage.detail)


def objection(remedy: Remedy, facts: Facts) -> str | None:
    """Why a remedy would not help, or would do harm; None where nothing speaks against it."""
    if remedy is Remedy.RESTART:
        return _against_restart(facts)
    if facts.trouble is not None:
        return facts.trouble
    if facts.objection is not None:
        return facts.objection
    if not facts.routers:
        return "no peer's routes cover what the route dials"
    match remedy:
        case Remedy.PING | Remedy.MOVE:
            return None
        case Remedy.REBIND | Remedy.BREAK_DERP:
            return _all_answer(facts)
        case _:
            assert_never(remedy)


def _against_restart(facts: Facts) -> str | None:
    if facts.served:
        return f"it would end the connections of {', '.join(facts.served)}, which work"
    answering = [router.router for router in facts.routers if router.answers]
    if answering:
        return f"pings are answered by {', '.join(answering)}: this host's tailscaled works"
    return facts.objection


def _all_answer(facts: Facts) -> str | None:
    if facts.routers and all(router.answers for router in facts.routers):
        names = ", ".join(router.router for router in facts.routers)
        return f"pings are answered by {names}: what is broken lies behind"
    return None
