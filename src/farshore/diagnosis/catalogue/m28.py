"""M28: the gateway's own pod went away."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.hosts import ClusterEvent, ContainerEnded
from farshore.diagnosis.gateway_grounds import GATEWAY_LOG, ended, established_died
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import POD_EVENTS

_DRAINED = ("gateway.accept.draining", "gateway.dial.drained", "gateway.transfer.drained")
_REMOVALS = {
    "Killing",
    "Evicted",
    "Preempting",
    "Preempted",
    "TaintManagerEviction",
    "NodeNotReady",
    "ScalingReplicaSet",
}
_NAMES = ("farshore", "gateway", "proxy", "forwarder")


def _drained(scope: Scope) -> Ground | None:
    """The gateway's own record: it was shutting down."""
    return ground("the gateway was shutting down ({n} connections say so)", ended(scope, *_DRAINED))


def _removed(scope: Scope) -> Ground | None:
    """Kubernetes removed or replaced the gateway's pod."""
    events = [e for e in scope.index.of(ClusterEvent) if e.reason in _REMOVALS and _is_gateway(e.name)]
    gone = [e for e in scope.index.of(ContainerEnded) if _is_gateway(e.container)]
    return ground("Kubernetes removed, replaced or restarted the gateway's pod", [*events, *gone])


def _is_gateway(name: str) -> bool:
    return any(each in name.lower() for each in _NAMES)


CAUSE = Cause(
    code="M28",
    title="Gateway's pod was ended or rolled",
    hop=Hop.CLUSTER,
    about=About.GATEWAY,
    gravity=Gravity.PART,
    summary=(
        "A rollout, a drain of the node or an eviction ended the gateway's pod. A process that is simply gone sends no "
        "reset: clients wait in silence until their own time-outs. Farshore drains and then resets."
    ),
    decides=(_drained,),
    points=(_removed,),
    allows=(established_died,),
    missing=(
        Missing(question=POD_EVENTS, would_decide="Killing, Evicted or a new ReplicaSet at that time: M28"),
        Missing(question=GATEWAY_LOG, would_decide="`drain-started`, codes that end in `drained`: M28"),
    ),
    remedies=(
        Remedy(
            owner=Owner.PLATFORM,
            command=(
                "give the pod a terminationGracePeriodSeconds above Farshore's drain.grace, two replicas and a "
                "PodDisruptionBudget"
            ),
            risk=Risk.LOW,
            verify="kubectl rollout restart: clients reconnect at once, none waits for a time-out",
        ),
        Remedy(
            owner=Owner.APPLICATION,
            command="set TCP keepalive and a pool maxLifetime, so that silence is noticed",
            risk=Risk.LOW,
            verify="end one pod by force: the pool recovers within the keepalive's time",
        ),
    ),
    mistaken_for=(
        ("M26", "there only the tailscale container ended"),
        ("M33", "there nothing of the gateway ended, and the connection had been idle"),
    ),
)
