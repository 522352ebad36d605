"""M04: a longer prefix leads to a dead router, and the shorter one of a living router does not help."""

from farshore.core.address import IPAddress
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import DialFailed
from farshore.diagnosis.facts.peers import PingAnswered
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import CLOSE, Node, Scope
from farshore.diagnosis.questions import STATUS, TSMP_PING
from farshore.diagnosis.tailnet_grounds import known_by, known_of, offline, signs_of_death, signs_of_life, together


def _wider(scope: Scope) -> list[tuple[Node, DialFailed]]:
    """Other nodes with a shorter prefix that holds a failing target of this one's."""
    found: list[tuple[Node, DialFailed]] = []
    for dial in scope.failures:
        host = None if dial.target is None else dial.target.host
        if host is None or isinstance(host, str) or scope.node is None:
            continue
        longest = _longest(scope.node, host)
        others = ((node, _longest(node, host)) for node in scope.index.nodes if node != scope.node)
        found += [(node, dial) for node, length in others if 0 < length < longest]
    return found


def _longest(node: Node, host: IPAddress) -> int:
    """How long the longest prefix of a node is that holds a host; 0 without one."""
    return max((route.prefixlen for route in node.routes if host in route), default=0)


def _alive(scope: Scope, node: Node) -> list[PingAnswered]:
    pings = (p for p in scope.index.of(PingAnswered) if p.address in node.addresses or p.node.lower() in node.names)
    return list(scope.near(pings, within=CLOSE))


def _dead(scope: Scope) -> list[Fact]:
    return [*signs_of_death(scope), *offline(scope)]


def _shadowed(scope: Scope) -> Ground | None:
    """The longest prefix of a failing target leads to a dead router; one with a shorter prefix answers pings."""
    for node, dial in _wider(scope):
        facts = together(_dead(scope)[:3], _alive(scope, node)[:2], known_by(scope), known_of(scope, node))
        if facts:
            return ground(
                f"the longest prefix leads to a dead router; {node.name}, alive, has a shorter one", [*facts, dial]
            )
    return None


def _shadowed_online(scope: Scope) -> Ground | None:
    """The longest prefix of a failing target leads to a dead router; one with a shorter prefix is online."""
    for node, dial in _wider(scope):
        online = [seen for seen in Scope(index=scope.index, kind="router", node=node).peers if seen.peer.online]
        facts = together(_dead(scope)[:3], online[:1], known_by(scope))
        if facts:
            return ground(
                f"the longest prefix leads to a dead router; {node.name}, online, has a shorter one", [*facts, dial]
            )
    return None


def _lives(scope: Scope) -> Ground | None:
    """The owner of the longer prefix carried data at the time."""
    return ground("the owner of the longer prefix is alive", signs_of_life(scope))


CAUSE = Cause(
    code="M04",
    title="Longer prefix leads to a dead router; the shorter one of a living router does not help",
    hop=Hop.TAILNET,
    about=About.ROUTER,
    gravity=Gravity.ROUTER,
    summary=(
        "Two routers could serve the target, with prefixes of different lengths. The longest wins, always: routers "
        "with different prefixes never stand in for each other, so a dead owner of the longer one takes it down."
    ),
    decides=(_shadowed,),
    points=(_shadowed_online,),
    rules_out=(_lives,),
    missing=(
        Missing(question=STATUS, would_decide="which prefixes hold {host}, and whose the longest is"),
        Missing(question=TSMP_PING, would_decide="unanswered, while the wider prefix's owner answers: M04"),
    ),
    remedies=(
        Remedy(
            owner=Owner.TAILNET,
            command="advertise and approve the same prefixes, the long and the short one, on both routers",
            risk=Risk.LOW,
            verify="stop {name}: within about 15 s the prefix stands under the other peer",
        ),
    ),
    mistaken_for=(
        ("M01", "the dead router is one fault, that nobody takes over the other"),
        ("M03", "there both have the same prefix"),
    ),
)
