"""Answers questions over facts: by kind, by node, by who owns an address, and within the scope of one suspect."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from typing import TypeVar

from farshore.core.address import HostPort, IPAddress, IPNetwork, is_tailscale_address
from farshore.diagnosis.facts.base import Fact, dated
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.facts.dials import (
    WITHIN_HOST,
    DialFailed,
    DialSucceeded,
    GatewayEnded,
    Greeted,
    PendingOpen,
    RouterDialFailed,
    RouterEndpointError,
)
from farshore.diagnosis.facts.flows import HandshakesUnanswered, PolicyDenied, ResetAfterHandshake, TargetsSilent
from farshore.diagnosis.facts.gateway import PathShifted
from farshore.diagnosis.facts.peers import DeviceListed, PeerSeen, PingAnswered, PingUnanswered
from farshore.tailnet.status import Peer

F = TypeVar("F", bound=Fact)

# The identities of a node, the surest first.
_KINDS = ("id ", "dns ", "key ")
# How far from a symptom something still speaks of the same time.
NEAR = timedelta(minutes=10)
# How far what speaks against a symptom may be from it: an outage may have begun or ended in between.
CLOSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node of the tailnet under all names that the input has for it; `identities` no two nodes share."""

    name: str
    names: frozenset[str]  # in lower case
    identities: frozenset[str]
    addresses: frozenset[str]
    routes: tuple[IPNetwork, ...]

    @property
    def address(self) -> str:
        """One Tailscale address, IPv4 first; empty where the input names none."""
        return min(self.addresses, key=lambda address: (":" in address, address), default="")


@dataclass(slots=True)
class _Merged:
    """A node while its mentions are gathered; `names` from lower case to how it was written."""

    names: dict[str, str] = field(default_factory=dict)
    identities: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    routes: set[IPNetwork] = field(default_factory=set)

    def is_another(self, identities: set[str], addresses: set[str]) -> bool:
        """Whether both sides have an address of one family, or another identity of one kind.

        Host names are not unique; a phone's is `localhost`.
        """
        families = {":" in each for each in self.addresses} & {":" in each for each in addresses}
        return bool(families) or _are_strangers(self.identities, identities)

    def node(self) -> Node:
        """What was gathered."""
        return Node(
            name=next(iter(self.names.values()), min(self.addresses, default="?")),
            names=frozenset(self.names),
            identities=frozenset(self.identities),
            addresses=frozenset(self.addresses),
            routes=tuple(sorted(self.routes, key=str)),
        )


class Index:
    """All facts of a run."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts = tuple(facts)
        self._by_kind: dict[type[Fact], list[Fact]] = {}
        self._owners: dict[IPAddress, Node | None] = {}
        for fact in self.facts:
            self._by_kind.setdefault(type(fact), []).append(fact)

    def of(self, kind: type[F]) -> tuple[F, ...]:
        """Every fact of a kind, in the order of the input."""
        return tuple(self._by_kind.get(kind, ()))  # type: ignore[arg-type]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node that a status, the control plane or a ping names, merged by address, else identity, else name."""
        merged: list[_Merged] = []
        known: dict[str, _Merged] = {}
        for name, identities, addresses, routes in self._mentions():
            lowered = name.lower()
            home = next((known[address] for address in addresses if address in known), None)
            if home is None:
                alike = (known[each] for each in (*sorted(identities), lowered) if each in known)
                home = next((each for each in alike if not each.is_another(identities, addresses)), None)
            if home is None:
                home = _Merged()
                merged.append(home)
            if lowered:
                home.names.setdefault(lowered, name)
                known.setdefault(lowered, home)
            home.identities |= identities
            home.addresses |= addresses
            home.routes |= routes
            known.update(dict.fromkeys(addresses, home))
            for identity in identities:
                known.setdefault(identity, home)
        return tuple(each.node() for each in merged)

    def _mentions(self) -> Iterator[tuple[str, set[str], set[str], set[IPNetwork]]]:
        for seen in self.of(PeerSeen):
            routes = {*seen.peer.allowed_ips, *seen.peer.primary_routes}
            addresses = {str(ip) for ip in seen.peer.ips}
            yield seen.peer.host_name, set(_identities(seen.peer)), addresses, _subnets(routes)
        for listed in self.of(DeviceListed):
            yield listed.node, set(), set(listed.addresses), _subnets(listed.enabled or ())
        for name, address in self._pinged():
            found = _address(address)
            if found is not None and is_tailscale_address(found):
                yield name, set(), {address}, set()
        for silent in self.of(HandshakesUnanswered):
            yield "", set(), {silent.peer}, set()

    def _pinged(self) -> Iterator[tuple[str, str]]:
        yield from ((ping.node, ping.address) for ping in self.of(PingUnanswered))
        yield from ((ping.node, ping.address) for ping in self.of(PingAnswered))

    def node_of(self, text: str) -> Node | None:
        """The node with a name or an address."""
        return self._nodes_by_text.get(text) or self._nodes_by_text.get(text.lower())

    def peer(self, peer: Peer) -> Node | None:
        """The node that a status lists as this peer."""
        return self.mentioned(peer.host_name, (*peer.ips, *_identities(peer)))

    def mentioned(self, name: str, addresses: Iterable[object]) -> Node | None:
        """The node that somebody lists under a name and addresses; the addresses decide."""
        found = next((node for address in addresses if (node := self.node_of(str(address))) is not None), None)
        return found or self.node_of(name)

    @cached_property
    def _nodes_by_text(self) -> dict[str, Node]:
        # Two nodes may bear one name: the first has it.
        nodes = tuple(reversed(self.nodes))
        return {text: node for node in nodes for text in (*node.names, *node.identities, *node.addresses)}

    def owner_of(self, address: IPAddress) -> Node | None:
        """The node to which the longest known prefix leads."""
        best, longest = None, 0
        for node in self.nodes:
            for route in node.routes:
                if route.version == address.version and address in route and route.prefixlen > longest:
                    best, longest = node, route.prefixlen
        return best

    def owner_of_target(self, target: HostPort | None) -> Node | None:
        """The owner of a target's address; None for a name or an unknown one."""
        if target is None or isinstance(target.host, str):
            return None
        if target.host not in self._owners:
            self._owners[target.host] = self.owner_of(target.host)
        return self._owners[target.host]

    @cached_property
    def failing(self) -> frozenset[HostPort]:
        """Every target to which a dial failed."""
        return frozenset(fact.target for fact in self.of(DialFailed) if fact.target is not None)

    @cached_property
    def targets(self) -> tuple[HostPort, ...]:
        """Every target that somebody tried to reach."""
        targets = [fact.target for fact in self.of(DialFailed)]
        targets += [fact.target for fact in self.of(DialSucceeded)]
        targets += [fact.target for fact in self.of(GatewayEnded)]
        targets += [fact.target for fact in self.of(Greeted)]
        targets += [fact.target for fact in self.of(RouterDialFailed)]
        targets += [fact.target for fact in self.of(RouterEndpointError)]
        targets += [fact.target for fact in self.of(PendingOpen)]
        targets += [fact.target for fact in self.of(TargetsSilent)]
        return tuple(dict.fromkeys(target for target in targets if target is not None))

    def scopes(self) -> Iterator["Scope"]:
        """One scope for the gateway, one for each node that routes, is pinged or names a path, one for each target.

        A target whose router is unknown gets a router's scope of its own, so that routers stay suspects.
        """
        yield Scope(index=self, kind="gateway")
        routers = dict.fromkeys(node for node in self.nodes if node.routes)
        for name, address in self._pinged():
            node = self.node_of(address) or self.node_of(name)
            if node is not None:
                routers[node] = None
        for shifted in self.of(PathShifted):
            node = self.node_of(shifted.path)
            if node is not None:
                routers[node] = None
        routers |= dict.fromkeys(self._nodes_by_text[silent.peer] for silent in self.of(HandshakesUnanswered))
        yield from (Scope(index=self, kind="router", node=node) for node in routers)
        if not self.targets:
            # Only drivers, pings or flows: still somebody failed to reach something.
            yield Scope(index=self, kind="target")
            cut_off = any(each.symptom is Symptom.TLS_CUT_OFF for each in self.of(DriverFailed))
            if cut_off or self.of(TargetsSilent):
                yield Scope(index=self, kind="router")
        for target in self.targets:
            owner = self.owner_of_target(target)
            yield Scope(index=self, kind="target", node=owner, target=target)
            if owner is None:
                yield Scope(index=self, kind="router", target=target)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What one suspect could have to do with: the facts about a target, a router and what is behind it, or all.

    Rules ask a scope; they see only facts that concern it, and those that concern everybody.
    """

    index: Index
    kind: str
    node: Node | None = None
    target: HostPort | None = None

    def concerns(self, target: HostPort | None) -> bool:
        """Whether something about a target is about this scope; what names no target concerns everybody."""
        if self.kind == "gateway" or target is None:
            return True
        if self.target is not None:
            return target == self.target
        return self.node is not None and self.index.owner_of_target(target) == self.node

    @cached_property
    def failures(self) -> tuple[DialFailed, ...]:
        """Dials that failed."""
        return tuple(fact for fact in self.index.of(DialFailed) if self.concerns(fact.target))

    @cached_property
    def successes(self) -> tuple[DialSucceeded, ...]:
        """Dials that came about between the first failure and the last, or whose time can't be compared.

        One before or after them says no more than that it began, or that it is over.
        """
        made = [fact for fact in self.index.of(DialSucceeded) if fact.target and self.concerns(fact.target)]
        made = [fact for fact in made if self.is_by(fact)]
        window = span(self.failures)
        if window is None:
            return tuple(made)
        return tuple(fact for fact in made if (at := dated(fact)) is not None and window[0] <= at <= window[1])

    def is_by(self, made: DialSucceeded) -> bool:
        """Whether a connection may have gone by this scope's router: not if its path bears another one's name."""
        other = self.index.node_of(made.path) if made.path else None
        return self.kind != "router" or other is None or other == self.node

    @cached_property
    def resets(self) -> tuple[ResetAfterHandshake, ...]:
        """Resets on the wire while dials of this scope failed, and no others that they could belong to."""
        if self.kind != "gateway" and (not self.failures or len(self.index.failing) > 1):
            return tuple(
                fact for fact in self.index.of(ResetAfterHandshake) if fact.target and self.concerns(fact.target)
            )
        return self.near(self.index.of(ResetAfterHandshake))

    @cached_property
    def times_to_failure(self) -> tuple[tuple[float, Fact], ...]:
        """How long failures took, in seconds, told by whoever dialled or seen on the wire.

        What never left the gateway's host tells nothing of what lies beyond.
        """
        told = [
            (fact.elapsed_s, fact)
            for fact in self.failures
            if fact.elapsed_s is not None and fact.wording not in WITHIN_HOST
        ]
        return (*told, *((fact.after_s, fact) for fact in self.resets))

    @cached_property
    def pings_answered(self) -> tuple[PingAnswered, ...]:
        """Pings of the router (or through it) that came back while dials failed, or whose time nobody knows."""
        came = (ping for ping in self.index.of(PingAnswered) if self.is_pinged(ping.address, ping.node))
        return self.near(came, within=CLOSE)

    @cached_property
    def pings_unanswered(self) -> tuple[PingUnanswered, ...]:
        """Pings of the router (or through it) that did not."""
        return tuple(ping for ping in self.index.of(PingUnanswered) if self.is_pinged(ping.address, ping.node))

    def is_pinged(self, address: str, name: str) -> bool:
        """Whether a ping went to this scope's node, or to an address that it owns."""
        node = self.index.node_of(address) or (self.index.node_of(name) if name else None)
        if node is None:
            target = _address(address)
            node = None if target is None else self.index.owner_of(target)
        return node is not None and node == self.node

    @cached_property
    def peers(self) -> tuple[PeerSeen, ...]:
        """What each status says of this scope's node."""
        return tuple(
            seen
            for seen in self.index.of(PeerSeen)
            if self.node is not None and self.index.peer(seen.peer) == self.node
        )

    @cached_property
    def devices(self) -> tuple[DeviceListed, ...]:
        """What the control plane lists of this scope's node."""
        return tuple(
            listed
            for listed in self.index.of(DeviceListed)
            if self.node is not None and self.index.mentioned(listed.node, listed.addresses) == self.node
        )

    @cached_property
    def window(self) -> tuple[datetime, datetime] | None:
        """From the first to the last symptom whose date is known."""
        symptoms: tuple[Fact, ...] = (*self.failures, *self.index.of(DriverFailed), *self.index.of(PolicyDenied))
        return span(symptoms)

    def near(self, facts: Iterable[F], *, within: timedelta = NEAR, to: Iterable[Fact] = ()) -> tuple[F, ...]:
        """Those that are not known to be of another time than `to` (the failed dials), give or take `within`."""
        window = span(to) or span(self.failures) or span(self.index.of(DialFailed))
        if window is None:
            return tuple(facts)
        first, last = window[0] - within, window[1] + within
        return tuple(fact for fact in facts if (at := dated(fact)) is None or first <= at <= last)


def span(facts: Iterable[Fact]) -> tuple[datetime, datetime] | None:
    """The first and the last moment of facts whose date is known; None if none is."""
    moments = [at for fact in facts if (at := dated(fact)) is not None]
    return (min(moments), max(moments)) if moments else None


def _identities(peer: Peer) -> Iterator[str]:
    """What tells a peer from every other one, each with its kind in front; a host name does not."""
    told = (peer.id, peer.dns_name.lower().rstrip("."), peer.key)
    return (f"{kind}{value}" for kind, value in zip(_KINDS, told, strict=True) if value)


def _are_strangers(some: set[str], others: set[str]) -> bool:
    """Whether the surest kind that both have differs: a node keeps its ID when it takes another key."""
    for kind in _KINDS:
        mine, theirs = ({each for each in side if each.startswith(kind)} for side in (some, others))
        if mine and theirs:
            return not mine & theirs
    return False


def _subnets(routes: Iterable[IPNetwork]) -> set[IPNetwork]:
    """Those that lead behind a node: not its own addresses, not an exit node's defaults."""
    return {route for route in routes if 0 < route.prefixlen < route.max_prefixlen}


def _address(text: str) -> IPAddress | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
