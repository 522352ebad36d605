"""What somebody suffers from although no cause explains it: that something is broken is known, and no more."""

from collections.abc import Collection

from farshore.diagnosis.cause import Cost, Question
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.facts.dials import DialFailed, GatewayEnded, PendingOpen, RouterDialFailed, RouterEndpointError
from farshore.diagnosis.facts.gateway import OutageToldOf, PathShifted, RedundancyChanged
from farshore.diagnosis.facts.peers import DaemonSeen, PingAnswered, PingKind, PingUnanswered
from farshore.diagnosis.index import Index, Scope
from farshore.diagnosis.questions import LOCALAPI_DIAL, STATUS, TAILSCALED_LOG, TSMP_PING
from farshore.diagnosis.verdict import Asked, Subject

_RUNNING = ("", "Running")
_DOWN = "down"
# A driver's or a pool's words that tell no cause from another.
_SAYS_ONLY_THAT = (Symptom.OTHER, Symptom.POOL_EXHAUSTED)
_LOOK_BEHIND = Question(
    what="what the router and the target themselves log at that time",
    command="on the router: tailscaled's log; on {host}: the log of what listens on port {port}",
    cost=Cost.ASK,
    answered=lambda _: False,
)
_DECIDES = "what it says names the hop that is broken"


def unexplained(index: Index) -> tuple[Fact, ...]:
    """Failures that stand. A ping is lost now and then: one that another ping of the same node answers is none."""
    dials: list[Fact] = [*index.of(DialFailed), *index.of(RouterDialFailed), *index.of(RouterEndpointError)]
    dials += [*index.of(PendingOpen), *(ended for ended in index.of(GatewayEnded) if ended.is_failure)]
    lost = [ping for ping in index.of(PingUnanswered) if not _answered(index, ping, frozenset(PingKind))]
    drivers = [each for each in index.of(DriverFailed) if each.symptom in _SAYS_ONLY_THAT]
    down = [daemon for daemon in index.of(DaemonSeen) if daemon.backend_state not in _RUNNING]
    return (*dials, *drivers, *lost, *down, *_standing(index))


def _standing(index: Index) -> list[Fact]:
    """What the gateway's own log has not taken back: an outage, a path that is down, a route with no path to spare."""
    last: dict[tuple[str, ...], tuple[Fact, bool]] = {}
    for outage in index.of(OutageToldOf):
        last["outage", outage.route] = outage, not outage.ended
    for path in index.of(PathShifted):
        last["path", path.route, path.path] = path, path.now == _DOWN
    for change in index.of(RedundancyChanged):
        last["redundancy", change.route] = change, change.lost
    return [fact for fact, stands in last.values() if stands]


def harmless(index: Index) -> frozenset[str]:
    """Where pings stand that were lost while another one of the same kind, of the same node, came back."""
    return frozenset(ping.ref for ping in index.of(PingUnanswered) if _answered(index, ping, {ping.kind}))


def _answered(index: Index, lost: PingUnanswered, kinds: Collection[PingKind]) -> bool:
    names = {lost.address, lost.node} - {""}
    return any(pong.kind in kinds and names & {pong.address, pong.node} for pong in index.of(PingAnswered))


def what_is_missing(index: Index) -> Asked:
    """The first evidence that is not there and would tell most, the cheapest first."""
    failing = next(iter(index.failing), None)
    scope = Scope(index=index, kind="target", node=index.owner_of_target(failing), target=failing)
    questions = [STATUS, LOCALAPI_DIAL] if failing is None else [TAILSCALED_LOG, LOCALAPI_DIAL, STATUS, TSMP_PING]
    question = next((each for each in questions if not each.answered(scope)), _LOOK_BEHIND)
    subject = Subject(router_address="" if scope.node is None else scope.node.address, target=failing)
    return Asked(what=question.what, command=subject.fill(question.command), would_decide=_DECIDES, cost=question.cost)
