"""M25: connections come before tailscaled is ready."""

from datetime import datetime, timedelta

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.base import Fact, dated
from farshore.diagnosis.facts.dials import WITHIN_HOST, Wording
from farshore.diagnosis.facts.hosts import PodStarted
from farshore.diagnosis.gateway_grounds import ended, is_gateway
from farshore.diagnosis.grounds import ground, worded
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import POD_EVENTS

_WARM_UP = timedelta(minutes=2)
_LOCAL = (*WITHIN_HOST - {Wording.BREAKER_OPEN},)
_STARTING = "egress.dial.starting"


def _local(scope: Scope) -> list[Fact]:
    return [*worded(scope, _LOCAL), *ended(scope, _STARTING)]


def _starts(scope: Scope) -> list[PodStarted]:
    return [pod for pod in scope.index.of(PodStarted) if is_gateway(pod.pod)]


def _warming_up(scope: Scope, at: datetime | None) -> bool:
    return at is not None and any(pod.started <= at <= pod.started + _WARM_UP for pod in _starts(scope))


def _warmed_up(scope: Scope, at: datetime | None) -> bool:
    """Whether a pod had been there for long; what comes before every known start tells of a pod before it."""
    if at is None or _warming_up(scope, at):
        return False
    return any(pod.started + _WARM_UP < at for pod in _starts(scope))


def _soon_after_start(scope: Scope) -> Ground | None:
    """Failures on the gateway's own host within 2 minutes of its pod's start."""
    soon = [fact for fact in _local(scope) if _warming_up(scope, dated(fact))]
    found = [*soon, *_starts(scope)] if soon else []
    return ground("failures on the gateway's own host came within 2 min of its pod's start", found)


def _just_started(scope: Scope) -> Ground | None:
    """The gateway's own record: tailscaled had only just started and knew no routes yet."""
    return ground("tailscaled had only just started and knew no routes yet ({n} seen)", ended(scope, _STARTING))


def _long_after(scope: Scope) -> Ground | None:
    """The same failures came long after the pod's start, too."""
    late = [fact for fact in _local(scope) if _warmed_up(scope, dated(fact))]
    return ground("the same failures came long after the pod's start, too ({n} seen)", late)


CAUSE = Cause(
    code="M25",
    title="Startup order: connections came before tailscaled was ready",
    hop=Hop.CLUSTER,
    about=About.GATEWAY,
    gravity=Gravity.NOTE,
    summary=(
        "In the first seconds of a pod's life the gateway already accepts while tailscaled does not listen, is not "
        "logged in, or has no routes yet. It ends by itself and comes back with every restart."
    ),
    decides=(_soon_after_start,),
    points=(_just_started,),
    rules_out=(_long_after,),
    depends_on=("M26",),
    missing=(
        Missing(
            question=POD_EVENTS,
            would_decide="failures only within seconds of a start: M25; at other times too: M23, or M26 if restarted",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.PLATFORM,
            command=(
                "run tailscaled as a native sidecar (init container with `restartPolicy: Always`) with a startupProbe, "
                "and let readiness ask the gateway's `/readyz`"
            ),
            risk=Risk.LOW,
            verify="restart one pod: no failure in its first minute",
        ),
    ),
    mistaken_for=(
        ("M23", "there the port stays closed"),
        ("M07", "a tailscaled without routes dials into the pod's network; Farshore refuses that as starting"),
    ),
)
