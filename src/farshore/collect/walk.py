"""Goes from hop to hop: gateway, egress, tailscaled, route, router, target, greeting. The first broken one ends it.

What stands behind a broken hop is not tested, and says what blocks it: a dial without a route would leave the tailnet,
and one behind a dead router would only be late.
"""

import asyncio
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from farshore.collect import dials, pings
from farshore.collect.aim import Aim, Door, Leg
from farshore.collect.daemon import Daemon
from farshore.collect.deadline import OUT_OF_TIME, Deadline
from farshore.collect.documents import Notebook
from farshore.collect.gateway import GatewaySeen
from farshore.collect.steps import Hop, State, Step, Walk
from farshore.core.address import is_tailscale_address
from farshore.diagnosis.collected import CollectedDial, DialEnd
from farshore.diagnosis.facts.dials import Egress as DoorKind
from farshore.diagnosis.grounds import duration
from farshore.gateway.ownership import View, tell_of_leak
from farshore.tailnet.localapi import LocalApiError, LocalApiFailure, PingKind
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import RUNNING, Peer
from farshore.tailnet.version import refuses_to_leak

# Servers that count a connection without a login against its address: one door is enough.
NO_TAILSCALED = "no tailscaled was found on this host"
_COUNTING = frozenset({"mysql", "ftp", "sftp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What several walks share: the daemons by socket, or why they did not answer; the gateway, or why not."""

    daemons: dict[str, Daemon | LocalApiError]
    gateway: GatewaySeen | str | None
    deadline: Deadline


async def walk(aim: Aim, around: Around, notebook: Notebook) -> Walk:
    """Look at one target, until the deadline at most."""
    walker = _Walker(aim, around, notebook)
    left_s = around.deadline.left_s()
    with suppress(TimeoutError):
        async with asyncio.timeout(None if left_s == math.inf else left_s):
            await walker.go()
    return Walk(aim=aim, steps=tuple(walker.told()), is_cut=walker.is_cut)


class _Walker:
    def __init__(self, aim: Aim, around: Around, notebook: Notebook) -> None:
        self._aim = aim
        self._gateway = around.gateway
        self._daemons = around.daemons
        self._deadline = around.deadline
        self._notebook = notebook
        self.steps: list[Step] = []
        self.is_cut = False
        self._blocked = ""
        self._to_come = {
            Hop.GATEWAY: self.gateway,
            Hop.EGRESS: self.egress,
            Hop.TAILSCALED: self.tailscaled,
            Hop.ROUTE: self.route,
            Hop.ROUTER: self.router,
            Hop.TARGET: self.target,
        }
        self._open: dict[Leg, tuple[Door, ...]] = {}
        self._owners: dict[Leg, Peer] = {}

    async def go(self) -> None:
        """From hop to hop."""
        for hop, look in [*self._to_come.items()]:
            await look()
            del self._to_come[hop]

    def told(self) -> Iterator[Step]:
        """Every step, and that what was not finished was not tested."""
        yield from self.steps
        for hop in self._to_come:
            self.is_cut = True
            yield Step(hop=hop, state=State.SKIPPED, says=f"not tested: {OUT_OF_TIME}")

    # Each hop.

    async def gateway(self) -> None:
        seen = self._gateway
        if seen is None:
            return
        if isinstance(seen, str):
            self._say(Hop.GATEWAY, State.WARNING, f"no gateway runs here: {seen}", "start it with `farshore serve`")
            return
        route = seen.route(self._aim.route, str(self._aim.target))
        if route is None:
            self._say(Hop.GATEWAY, State.WARNING, f"the gateway at {seen.url} has no route to {self._aim.target}")
            return
        counts = f"{route.active} open, {route.accepted} accepted"
        self._say(Hop.GATEWAY, State.OK, f"route {route.name} listens on {route.listen}, {counts}")
        if not seen.ready:
            self._say(Hop.GATEWAY, State.WARNING, f"not ready: {seen.reason}")
        if route.held:
            self._say(Hop.GATEWAY, State.WARNING, f"{route.held} clients are held: no path works for them")
        for path in route.paths:
            if path.health == "down" or path.state == "open":
                why = f": {path.health_reason}" if path.health_reason else ""
                self._say(Hop.GATEWAY, State.WARNING, f"path {path.name} stepped back{why}")

    async def egress(self) -> None:
        """Doors of the route's own legs, each knocked at once."""
        known = {door: None for leg in self._aim.legs for door in leg.doors}
        answers = dict(zip(known, await asyncio.gather(*map(self._knock, known)), strict=True))
        for door, objection in answers.items():
            if objection is None:
                self._say(Hop.EGRESS, State.OK, f"{door} answers")
        for leg in self._aim.legs:
            if not leg.doors:
                self._break(Hop.EGRESS, NO_TAILSCALED, _looked_for(self._aim.tried))
                self._notebook.dials.append(
                    CollectedDial(
                        target=str(leg.address),
                        egress=DoorKind.LOCALAPI.value,
                        egress_address="",
                        at=self._notebook.now(),
                        end=DialEnd.EGRESS_REFUSED,
                        text=NO_TAILSCALED,
                    )
                )
                continue
            own = answers[leg.doors[0]]
            self._open[leg] = tuple(door for door in leg.doors if answers[door] is None) if own is None else ()
        for door, objection in answers.items():
            if objection is None:
                continue
            self._note_closed(door, objection)
            if any(self._open.get(leg) for leg in self._aim.legs):
                self._say(Hop.EGRESS, State.WARNING, f"{door}: {objection}")
            else:
                self._break(Hop.EGRESS, f"{door}: {objection}")

    async def tailscaled(self) -> None:
        for daemon in {id(daemon): daemon for leg in self._aim.legs if (daemon := self._daemon(leg))}.values():
            status = daemon.status
            if status.backend_state != RUNNING:
                self._break(Hop.TAILSCALED, f"tailscaled {daemon.version} is {status.backend_state or 'in no state'}")
                continue
            own = status.self_node.host_name if status.self_node is not None else "this node"
            self._say(Hop.TAILSCALED, State.OK, f"tailscaled {daemon.version} is Running as {own}")
            if status.self_node is not None and status.self_node.online is False:
                self._say(Hop.TAILSCALED, State.WARNING, "it is not connected to its control plane")
            for warning in status.health:
                self._say(Hop.TAILSCALED, State.WARNING, warning)

    async def route(self) -> None:
        if self._skip(Hop.ROUTE, "the route's owner"):
            return
        bad: list[tuple[Leg, str]] = []
        for leg in self._aim.legs:
            daemon, host = self._daemon(leg), leg.address.host
            if daemon is None or isinstance(host, str):
                why = "a name, which tailscaled resolves when it dials" if daemon else "nobody can be asked"
                self._say(Hop.ROUTE, State.WARNING, f"owner of {leg.address.host}: {why}")
                continue
            view = View(status=daemon.status, accepts_routes=daemon.accepts_routes is not False, asked_s=0.0)
            leak = tell_of_leak(view, host) if leg.guarded else None
            owner = owner_of(daemon.status, host)
            if leak is not None:
                bad.append((leg, leak))
            elif owner is not None:
                self._owners[leg] = owner
                prefix = max((p for p in owner.allowed_ips if host in p), key=lambda p: p.prefixlen, default=None)
                self._say(Hop.ROUTE, State.OK, f"{host} belongs to {owner.host_name} ({prefix})")
        for leg, leak in bad:
            await self._show_no_route(leg)
            if len(bad) == len(self._aim.legs):
                self._break(Hop.ROUTE, leak, "a dial would leave through this host's own network")
            else:
                self._say(Hop.ROUTE, State.WARNING, f"{leg.name}: {leak}")

    async def router(self) -> None:
        if self._skip(Hop.ROUTER, "pings of the router"):
            return
        asked: dict[str, tuple[Daemon, Peer]] = {}
        for leg, owner in self._owners.items():
            daemon = self._daemon(leg)
            if daemon is not None and owner.ips:
                asked.setdefault(owner.key or owner.host_name, (daemon, owner))
        patience_s = self._deadline.patience_s(pings.PATIENCE_S)
        if asked and patience_s is None:
            self._cut(Hop.ROUTER, "pings of the router")
            return
        results = await asyncio.gather(*(self._ping(daemon, owner, patience_s) for daemon, owner in asked.values()))
        is_last_dead = bool(results) and not any(answer.tsmp.answered for answer in results)
        for (_, owner), answer in zip(asked.values(), results, strict=True):
            self._say(Hop.ROUTER, *_router(owner, answer, State.BROKEN if is_last_dead else State.WARNING))
        if is_last_dead:
            self._block(Hop.ROUTER)

    async def target(self) -> None:
        if self._aim.reserve and not self._blocked:
            self._say(Hop.TARGET, State.SKIPPED, f"{self._aim.target} is not dialled: {self._aim.reserve}")
            return
        if self._skip(Hop.TARGET, f"TCP to {self._aim.target}"):
            self._skip(Hop.GREETING, "the protocol's greeting")
            return
        legs = [(leg, doors) for leg in self._aim.legs if (doors := self._doors(leg))]
        dialled = await asyncio.gather(
            *(dials.dial_all(doors, self._order(leg), self._notebook, self._deadline) for leg, doors in legs)
        )
        ended = [each for one in dialled for each in one]
        self._notebook.dials += ended
        if legs and not ended:
            self._cut(Hop.TARGET, f"TCP to {self._aim.target}")
            self._skip(Hop.GREETING, "the protocol's greeting")
            return
        reached = [each for each in ended if each.end is DialEnd.CONNECTED]
        for each in ended:
            state = State.OK if each.end is DialEnd.CONNECTED else State.WARNING if reached else State.BROKEN
            self._say(Hop.TARGET, state, _told(each))
        if not reached:
            self._block(Hop.TARGET)
            self._skip(Hop.GREETING, "the protocol's greeting")
            return
        self._greeting(reached)

    # Their parts.

    def _greeting(self, reached: Sequence[CollectedDial]) -> None:
        expected = reached[0].expected
        heard = {each.greeting for each in reached if each.greeting}
        if expected and expected in heard:
            self._say(Hop.GREETING, State.OK, f"the target speaks {expected}")
        elif expected and heard:
            self._say(Hop.GREETING, State.BROKEN, f"the target speaks {', '.join(heard)}, not {expected}")
        elif expected:
            waited = f"{dials.GREETING_S:g} s"
            self._say(Hop.GREETING, State.BROKEN, f"the target says nothing within {waited}; {expected} was expected")
        elif heard:
            self._say(Hop.GREETING, State.OK, f"the target speaks first: {', '.join(heard)}")

    async def _knock(self, door: Door) -> str | None:
        if door.kind is not DoorKind.LOCALAPI:
            return await dials.knock(door)
        daemon = self._daemons.get(str(door.address))
        return daemon.detail if isinstance(daemon, LocalApiError) else None

    def _note_closed(self, door: Door, objection: str) -> None:
        daemon = self._daemons.get(str(door.address))
        silent = dials.SILENT_DOOR in objection
        if isinstance(daemon, LocalApiError):
            silent = daemon.reason is LocalApiFailure.TIMEOUT
        legs = [leg for leg in self._aim.legs if door in leg.doors]
        self._notebook.dials.append(
            CollectedDial(
                target=str(legs[0].address),
                egress=door.kind.value,
                egress_address=str(door.address or ""),
                at=self._notebook.now(),
                end=DialEnd.EGRESS_SILENT if silent else DialEnd.EGRESS_REFUSED,
                text=objection,
            )
        )

    async def _show_no_route(self, leg: Leg) -> None:
        """What tailscaled itself says of an address that nobody owns: nothing is dialled for it."""
        daemon, host = self._daemon(leg), leg.address.host
        if daemon is None or isinstance(host, str) or daemon.status.backend_state != RUNNING:
            return
        self._notebook.pings.extend(await pings.ping(daemon.api, host, "", PingKind.DISCO, self._notebook.now()))
        own_door = next((door for door in self._open[leg] if door.kind is DoorKind.LOCALAPI), None)
        if own_door is not None and refuses_to_leak(daemon.status.version) and not is_tailscale_address(host):
            self._notebook.dials += await dials.dial_all([own_door], self._order(leg), self._notebook, self._deadline)

    async def _ping(self, daemon: Daemon, owner: Peer, patience_s: float | None) -> pings.Pinged:
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(
                pings.ping_router(daemon.api, owner.ips[0], owner.host_name, self._notebook, patience_s)
            )
            await asyncio.wait([asking], timeout=pings.BETWEEN_TRIES_S)
            if not asking.done():
                routers = {each.key for each in self._owners.values()}
                others = [p for p in daemon.status.peers if p.key not in routers and p.ips and p.online]
                left_s = (pings.PATIENCE_S if patience_s is None else patience_s) - pings.BETWEEN_TRIES_S
                await pings.find_witness(daemon.api, others, self._notebook, left_s)
        return asking.result()

    def _order(self, leg: Leg) -> dials.Order:
        daemon = self._daemon(leg)
        return dials.Order(
            target=leg.address,
            stands_for=self._aim.target,
            protocol=self._aim.protocol.value,
            own_ips=leg.own_ips or frozenset(daemon.status.self_ips if daemon is not None else ()),
        )

    def _doors(self, leg: Leg) -> tuple[Door, ...]:
        """The doors to dial through; through LocalAPI first, for its words."""
        owned = leg in self._owners or self._daemon(leg) is None or isinstance(leg.address.host, str)
        doors = self._open.get(leg, ()) if owned or not leg.guarded else ()
        if self._aim.protocol.value in _COUNTING:
            return doors[:1]
        return doors

    def _daemon(self, leg: Leg) -> Daemon | None:
        daemon = self._daemons.get(str(leg.socket))
        return daemon if isinstance(daemon, Daemon) else None

    def _say(self, hop: Hop, state: State, says: str, hint: str = "") -> None:
        self.steps.append(Step(hop=hop, state=state, says=says, hint=hint))

    def _break(self, hop: Hop, says: str, hint: str = "") -> None:
        self._say(hop, State.BROKEN, says, hint)
        self._block(hop)

    def _block(self, hop: Hop) -> None:
        self._blocked = self._blocked or f"not tested, blocked by the {hop.value}"

    def _cut(self, hop: Hop, what: str) -> None:
        self.is_cut = True
        self._blocked = self._blocked or f"not tested: {OUT_OF_TIME}"
        self._skip(hop, what)

    def _skip(self, hop: Hop, what: str) -> bool:
        if self._blocked:
            self._say(hop, State.SKIPPED, f"{what}: {self._blocked}")
        return bool(self._blocked)


def _router(owner: Peer, answer: pings.Pinged, when_dead: State) -> tuple[State, str]:
    disco, tsmp = answer.disco, answer.tsmp
    if tsmp.answered:
        is_relayed = bool(disco.derp) and not disco.endpoint
        how = f"over the relay DERP({disco.derp})" if is_relayed else f"directly ({disco.endpoint})"
        answers = f"answers {how}, and" if disco.answered else "answers no disco ping, and"
        return State.WARNING if is_relayed else State.OK, f"{owner.host_name} {answers} inside WireGuard (TSMP)"
    half = "answers disco pings and none inside WireGuard (TSMP)" if disco.answered else "answers no ping"
    said = tsmp.text or disco.text
    return when_dead, f"{owner.host_name} {half}" + (f": {said}" if said else "")


def _looked_for(tried: Sequence[str]) -> str:
    """Every place, those with the same answer together, and what to type next."""
    places: dict[str, list[str]] = {}
    for place, _, answer in (each.partition(": ") for each in tried):
        places.setdefault(answer, []).append(place)
    looked = "; ".join(f"{', '.join(names)} ({answer})" for answer, names in places.items())
    then = "start it with `systemctl start tailscaled`, or name where it is in a file for `farshore doctor -c FILE`"
    return f"looked at {looked}; {then}" if looked else then


def _told(ended: CollectedDial) -> str:
    way = f"{ended.target} by {ended.egress}"
    took = "" if ended.elapsed_s is None else duration(ended.elapsed_s)
    match ended.end:
        case DialEnd.CONNECTED:
            return f"{way}: connected in {took}"
        case DialEnd.SILENT:
            return f"{way}: nobody answered for {took}"
        case DialEnd.NOT_A_ROUTE:
            return f"{way}: {ended.text}"
        case _:
            return f"{way}: {ended.text or ended.end.value} after {took}"
