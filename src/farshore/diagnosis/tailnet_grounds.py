"""Grounds about routers and the tailnet that several causes find, and what they are made of."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address, ip_address

from farshore.core.address import TAILSCALE_VIA, HostPort
from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, Egress, RouterDialFailed, Wording
from farshore.diagnosis.facts.flows import FlowSeen, HandshakesUnanswered, Section, TargetsSilent
from farshore.diagnosis.facts.peers import (
    DaemonSeen,
    HealthWarned,
    NetworkChecked,
    PeerSeen,
    PingKind,
    PingUnanswered,
)
from farshore.diagnosis.facts.timing import Timing, timing_of
from farshore.diagnosis.grounds import ground, worded
from farshore.diagnosis.index import CLOSE, Node, Scope

BY_DATA_PLANE = (PingKind.DISCO, PingKind.TSMP, PingKind.UNKNOWN)
# From here on a ping is about as large as the packets that WireGuard makes of full TCP segments.
LARGE_PING_BYTES = 1000
NOT_THROUGH = (Wording.DIAL_SELF, Wording.KERNEL_REFUSED, Wording.KERNEL_TIMEOUT, Wording.KERNEL_UNREACHABLE)
_ANSWERED = (Wording.TAILNET_REFUSED, Wording.TAILNET_UNREACHABLE, Wording.REFUSED)


def together(*parts: Sequence[Fact]) -> list[Fact]:
    """All facts of several parts of one ground; none where a part is missing."""
    return [fact for part in parts for fact in part] if all(parts) else []


def unanswered_dials(scope: Scope) -> tuple[DialFailed, ...]:
    """Dials through the tailnet that nobody answered: by their words, or by tailscaled's deadline of 5 s."""
    return tuple(dial for dial in scope.failures if _unanswered(dial)) if _is_dialled(scope) else ()


def _is_dialled(scope: Scope) -> bool:
    """Whether failed dials may be this scope's, also those whose log does not name a target."""
    if scope.kind != "router" or scope.node is None:
        return True
    targets = scope.index.targets
    if targets:
        return any(scope.concerns(target) for target in targets)
    return [node for node in scope.index.nodes if node.routes] == [scope.node]


def _unanswered(dial: DialFailed) -> bool:
    if dial.wording is Wording.DEADLINE or (dial.wording is Wording.TIMED_OUT and dial.egress is not Egress.DIRECT):
        return True
    told = dial.elapsed_s is not None and timing_of(dial.elapsed_s) is Timing.T5
    return told and dial.wording in {Wording.SOCKS_GENERAL, Wording.OTHER}


def known_by(scope: Scope) -> list[Fact]:
    """What shows that the scope's router is the one: a status or the control plane's list."""
    return [*scope.peers[:1], *scope.devices[:1]][:1]


def known_of(scope: Scope, node: Node) -> list[Fact]:
    """What shows that another node is one, and what leads to it."""
    return known_by(Scope(index=scope.index, kind="router", node=node))


def signs_of_life(scope: Scope) -> list[Fact]:
    """What shows at the time that the scope's router carries data: a ping that it answered, a target behind it."""
    if scope.node is None:
        return []
    pings = [ping for ping in scope.pings_answered if ping.kind in BY_DATA_PLANE or ping.kind is PingKind.PEERAPI]
    return [*pings, *others_reached(scope)]


def others_reached(scope: Scope) -> list[DialSucceeded]:
    """Connections to other targets behind the scope's router, while dials of this scope failed."""
    if scope.node is None:
        return []
    failing = {dial.target for dial in scope.failures} | {scope.target}
    behind = (
        each
        for each in scope.index.of(DialSucceeded)
        if each.target not in failing and scope.index.owner_of_target(each.target) == scope.node and scope.is_by(each)
    )
    return list(scope.near(behind, within=CLOSE))


def signs_of_death(scope: Scope) -> list[PingUnanswered]:
    """Pings of the scope's router that timed out; large ones may be lost by themselves."""
    return [
        ping
        for ping in scope.pings_unanswered
        if ping.reason == "timeout" and ping.kind in BY_DATA_PLANE and ping.size_bytes < LARGE_PING_BYTES
    ]


def lost_behind(scope: Scope) -> Ground | None:
    """The router answers, and nobody answers the dial: lost behind the router, or dropped by its policy."""
    alive, silent = signs_of_life(scope), unanswered_dials(scope)
    return ground(
        "the router answers while nobody answers the dial: it is lost behind the router, or dropped by policy",
        together(silent[:3], alive[:2]),
    )


def nobody_answered(scope: Scope) -> Ground | None:
    """Nobody answered dials through the tailnet, or clients in a flow log: router, policy and target look alike."""
    silent = silent_targets(scope)
    if not silent:
        return ground("nobody answered dials through the tailnet ({n} seen)", unanswered_dials(scope))
    rows = sum(each.rows for each in silent)
    says = f"{rows:,} rows of flow logs to targets that answer at other times, and not one packet back"
    return ground(says, [*silent, *unanswered_dials(scope)])


def silent_targets(scope: Scope) -> list[TargetsSilent]:
    """What flow logs say of targets of this scope that answered nobody for a while."""
    silent = scope.index.of(TargetsSilent) if _is_dialled(scope) else ()
    return [each for each in silent if scope.concerns(each.target)]


def no_session(scope: Scope) -> Ground | None:
    """Flow logs: the router answered no WireGuard handshake while targets fell silent that answer at other times."""
    handshakes = _unanswered_handshakes(scope)
    silent = [each for each in scope.index.of(TargetsSilent) if any(_together(each, h) for h in handshakes)]
    count = sum(each.initiations for each in handshakes)
    says = f"the router answered none of {count:,} WireGuard handshakes while targets behind routers fell silent"
    return ground(says, together(handshakes, silent))


def handshakes_alone(scope: Scope) -> Ground | None:
    """Flow logs: a node that is known to route answered no WireGuard handshake (rows of 148 or 156 bytes a packet)."""
    handshakes = _unanswered_handshakes(scope) if scope.node is not None and scope.node.routes else []
    count = sum(each.initiations for each in handshakes)
    return ground(f"flow logs count {count:,} WireGuard handshakes that the router did not answer", handshakes)


def heard(scope: Scope) -> Ground | None:
    """A flow log: somebody received WireGuard packets from the router while its handshakes with others failed."""
    spans = [(each.since, each.until) for each in _unanswered_handshakes(scope)]
    rows = (
        row
        for row in scope.index.of(FlowSeen)
        if row.section is Section.PHYSICAL and row.rx_packets and row.start is not None
        if any(since + CLOSE <= row.start < until - CLOSE for since, until in spans)
        if scope.node is not None and row.src.rpartition(":")[0].strip("[]") in scope.node.addresses
    )
    return ground("packets were received from the router at the same time ({n} rows of flow logs)", rows)


def _unanswered_handshakes(scope: Scope) -> list[HandshakesUnanswered]:
    if scope.node is None:
        return []
    return [each for each in scope.index.of(HandshakesUnanswered) if each.peer in scope.node.addresses]


def _together(silent: TargetsSilent, handshakes: HandshakesUnanswered) -> bool:
    same = silent.evidence.source == handshakes.evidence.source
    return same and silent.since < handshakes.until and handshakes.since < silent.until


def nobody_answered_anywhere(scope: Scope) -> Ground | None:
    """Nobody answered a dial through the tailnet, and which router leads to its target is not known."""
    return nobody_answered(scope) if scope.node is None else None


def router_dead(scope: Scope) -> Ground | None:
    """The router itself answers no ping at the time."""
    return ground("the router itself answers no ping", signs_of_death(scope))


def dial_answered(scope: Scope) -> Ground | None:
    """The dial was answered: refused, or called unreachable, by something behind the tailnet."""
    return ground("something behind the tailnet answered the dial", worded(scope, _ANSWERED))


def reached(scope: Scope) -> Ground | None:
    """The same host and port was reached at the time."""
    return ground("the same address and port was reached at the same time", scope.successes)


def not_through_tailnet(scope: Scope) -> Ground | None:
    """The dial never went through the tailnet."""
    return ground("the dial did not go through the tailnet at all", worded(scope, NOT_THROUGH))


def through_tailnet(scope: Scope) -> Ground | None:
    """The dial's error shows that it went through the tailnet."""
    words = (Wording.TAILNET_REFUSED, Wording.TAILNET_UNREACHABLE, Wording.DEADLINE)
    return ground("the error's words show that the dial went through the tailnet", worded(scope, words))


def router_dialled(scope: Scope) -> Ground | None:
    """The router's own log shows that it dialled the target: no policy of the tailnet was in the way."""
    lines = [line for line in scope.index.of(RouterDialFailed) if line.target and scope.concerns(line.target)]
    return ground("the router's own log shows that it dialled the target: the tailnet's policy let it pass", lines)


def offline(scope: Scope) -> list[PeerSeen]:
    """Statuses in which the scope's router is not connected to the control plane."""
    return [seen for seen in scope.peers if seen.peer.online is False and seen.peer.last_seen is not None]


def uninformed(scope: Scope) -> list[DaemonSeen]:
    """Statuses of observers who are not connected to the control plane themselves: what they say of others is old."""
    return [seen for seen in scope.index.of(DaemonSeen) if seen.online is False]


def offline_by_the_informed(scope: Scope) -> list[PeerSeen]:
    """Like `offline`, without what those say who are not connected themselves."""
    stale = {seen.evidence.source for seen in uninformed(scope)}
    return [seen for seen in offline(scope) if seen.evidence.source not in stale]


# Health's words for an auth key that the control plane declined.
BAD_KEY = ("invalid key", "api key does not exist")


def warned(scope: Scope, codes: Iterable[str], words: Iterable[str]) -> list[HealthWarned]:
    """Health warnings that stand: the last word of a source on a code, by code or by words (lower case)."""
    last: dict[tuple[str, str, str], HealthWarned] = {}
    for warning in scope.index.of(HealthWarned):
        last[warning.evidence.source, warning.observer, warning.warnable or warning.text] = warning
    wanted, said = frozenset(codes), tuple(words)
    return [
        warning
        for warning in last.values()
        if not warning.cleared and (warning.warnable in wanted or any(word in warning.text.lower() for word in said))
    ]


def of_a_router(scope: Scope, fact: Fact) -> Node | None:
    """The router that observed a fact; None where the observer is unknown, or the gateway."""
    node = scope.index.node_of(fact.observer) if fact.observer else None
    return node if node is not None and node.routes else None


def of_the_gateway(scope: Scope, fact: Fact) -> bool:
    """Whether a tailscaled's own statement may be the gateway's: its observer is no known router."""
    return of_a_router(scope, fact) is None


def plain(target: HostPort) -> HostPort:
    """The same target by its IPv4 address where a 4via6 address stands for it."""
    host = target.host
    if not isinstance(host, IPv6Address) or host not in TAILSCALE_VIA:
        return target
    return HostPort(host=ip_address(int(host) & 0xFFFF_FFFF), port=target.port)


def own_relays_gone(scope: Scope) -> list[Fact]:
    """What the gateway's own tailscaled says of having no relay at all."""
    checks = [
        check for check in scope.index.of(NetworkChecked) if not check.derp_latencies_s and not check.nearest_derp
    ]
    warnings = warned(scope, ("no-derp-home",), ("could not connect to any relay server",))
    return [fact for fact in (*checks, *warnings) if of_the_gateway(scope, fact)]
