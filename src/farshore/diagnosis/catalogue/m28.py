"""M28: the gateway's own pod went away."""

from datetime import timedelta

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.base import dated
from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.facts.hosts import ClusterEvent, ContainerEnded, PodStarted
from farshore.diagnosis.gateway_grounds import (
    GATEWAY_LOG,
    drivers,
    ended,
    established_died,
    is_gateway,
    silent_before_reply,
)
from farshore.diagnosis.grounds import ground, worded
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
_LOST = (Symptom.DIED_ESTABLISHED, Symptom.STALE, Symptom.NOT_REACHED_REFUSED, Symptom.NOT_REACHED_SILENT)
# What a gateway still notices whose tailscaled went first; beyond the pod its end breaks nothing.
_LEFT_ALONE = (Wording.EGRESS_REFUSED, Wording.EGRESS_SILENT)
_REPLACED = timedelta(minutes=2)


def _drained(scope: Scope) -> Ground | None:
    """The gateway's own record: it was shutting down."""
    return ground("the gateway was shutting down ({n} connections say so)", ended(scope, *_DRAINED))


def _removed(scope: Scope) -> Ground | None:
    """Somebody lost or could not make a connection, and Kubernetes removed or replaced the gateway's pod."""
    suffered = [*drivers(scope, *_LOST), *worded(scope, _LEFT_ALONE)]
    events = [e for e in scope.near(scope.index.of(ClusterEvent)) if e.reason in _REMOVALS and is_gateway(e.name)]
    gone = [e for e in scope.near(scope.index.of(ContainerEnded)) if _is_whole(e)]
    if not suffered or not (events or gone):
        return None
    return ground("Kubernetes removed, replaced or restarted the gateway's pod", [*events, *gone, *suffered[:3]])


def _is_whole(ended: ContainerEnded) -> bool:
    """Whether the gateway's own container ended, or its pod; the one of tailscaled beside it is another cause."""
    name = ended.container or ended.pod
    return is_gateway(name) and "tailscale" not in ended.container and ended.reason != "Completed"


def _began_anew(scope: Scope) -> Ground | None:
    """Drivers lost established connections within 2 minutes before the gateway's pod began."""
    for pod in scope.index.of(PodStarted):
        lost = [
            each
            for each in drivers(scope, Symptom.DIED_ESTABLISHED)
            if is_gateway(pod.pod) and (at := dated(each)) is not None and pod.started - _REPLACED <= at <= pod.started
        ]
        if lost:
            return ground("drivers lost their connections just before the gateway's pod began anew", [*lost[:3], pod])
    return None


def _refused(scope: Scope) -> Ground | None:
    """The gateway's own port refused a driver: nothing listens there."""
    return ground(
        "the gateway's own port refused drivers: nothing listens there ({n} seen)",
        drivers(scope, Symptom.NOT_REACHED_REFUSED),
    )


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
    points=(_removed, _began_anew),
    allows=(established_died, silent_before_reply, _refused),
    missing=(
        Missing(question=POD_EVENTS, would_decide="Killing, Evicted or a new ReplicaSet at that time: M28"),
        Missing(question=GATEWAY_LOG, would_decide="`drain-started`, codes that end in `drained`: M28"),
    ),
    remedies=(
        Remedy(
            owner=Owner.PLATFORM,
            command=(
                "give the pod a `terminationGracePeriodSeconds` above Farshore's `drain.grace`, two replicas and a "
                "PodDisruptionBudget"
            ),
            risk=Risk.LOW,
            verify="`kubectl rollout restart`: clients reconnect at once, none waits for a time-out",
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
