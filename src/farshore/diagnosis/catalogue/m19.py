"""M19: the route moved to another router; what was open broke, and what is new works."""

from collections.abc import Iterator

from farshore.core.address import HostPort, IPNetwork
from farshore.diagnosis.asking_tailnet import OWN_STATE
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.facts.dials import DialFailed, GatewayEnded
from farshore.diagnosis.facts.peers import PeerSeen
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import together

_BROKEN = ("upstream.transfer.reset", "upstream.transfer.closed", "router.transfer.dead", "egress.transfer.died")
_DIED = (Symptom.DIED_ESTABLISHED, Symptom.STALE)


def _moves(scope: Scope) -> Iterator[tuple[IPNetwork, PeerSeen, PeerSeen]]:
    """Prefixes that one observer's statuses show under another peer first, and under this one later."""
    for after in scope.peers:
        for before in scope.index.of(PeerSeen):
            apart = before.peer.key != after.peer.key and before.peer.host_name != after.peer.host_name
            if not apart or before.observer != after.observer or not _earlier(before, after):
                continue
            for prefix in set(before.peer.primary_routes) & set(after.peer.primary_routes):
                yield prefix, before, after


def _earlier(before: PeerSeen, after: PeerSeen) -> bool:
    """Whether the one stands in an earlier sample: by time, or else in the order of the input."""
    if before.evidence.source == after.evidence.source and before.evidence.pointer == after.evidence.pointer:
        return False
    if before.at is not None and after.at is not None and before.at != after.at:
        return before.at < after.at
    return _sample(before) < _sample(after)


def _sample(seen: PeerSeen) -> tuple[str, str]:
    return seen.evidence.source, (seen.evidence.pointer or "").partition("/Peer/")[0]


def _broken(scope: Scope, prefix: IPNetwork) -> list[Fact]:
    died: list[Fact] = [each for each in scope.index.of(DriverFailed) if each.symptom in _DIED]
    return [*died, *(e for e in scope.index.of(GatewayEnded) if e.code in _BROKEN and _in(prefix, e.target))]


def _in(prefix: IPNetwork, target: HostPort | None) -> bool:
    return target is not None and not isinstance(target.host, str) and target.host in prefix


def _moved_and_broke(scope: Scope) -> Ground | None:
    """A prefix moved from another router to this one, and established connections broke."""
    for prefix, before, after in _moves(scope):
        facts = together([before], [after], _broken(scope, prefix)[:4])
        if facts:
            return ground(f"{prefix} moved from {before.name} to {after.name}, and open connections broke", facts)
    return None


def _moved(scope: Scope) -> Ground | None:
    """A prefix moved from another router to this one, while dials failed."""
    for prefix, before, after in _moves(scope):
        facts = together(
            [before], [after], [dial for dial in scope.index.of(DialFailed) if _in(prefix, dial.target)][:4]
        )
        if facts:
            return ground(f"{prefix} moved from {before.name} to {after.name}, while dials failed", facts)
    return None


CAUSE = Cause(
    code="M19",
    title="Route moved to another router: open connections broke, new ones work",
    hop=Hop.TAILNET,
    about=About.ROUTER,
    gravity=Gravity.PART,
    summary=(
        "The control plane made another router primary for the prefix, by failover or by hand. Connections that were "
        "open through the former one are lost; new ones go through the new one. This is how it is meant to be."
    ),
    decides=(_moved_and_broke,),
    allows=(_moved,),
    missing=(Missing(question=OWN_STATE, would_decide="the prefix under another peer than before the moment: M19"),),
    remedies=(
        Remedy(
            owner=Owner.APPLICATION,
            command="let the pool test connections before use, and retry what may be retried; nothing else to mend",
            risk=Risk.NONE,
            verify="after the next move the pool is whole again within its own time-out",
        ),
    ),
    mistaken_for=(
        ("M26", "there tailscaled itself restarted, and every route's connections broke"),
        ("M33", "there the connections had been idle for long"),
        ("a crash of the database", "its own log has no restart at that moment"),
    ),
)
