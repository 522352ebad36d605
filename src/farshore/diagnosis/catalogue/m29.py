"""M29: a network policy of the cluster denies the traffic."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.flows import HandshakesCounted, PolicyDenied
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import DENIALS


def _denied(scope: Scope) -> Ground | None:
    """Hubble, or a capture's summary, counts packets that a network policy denied."""
    denials = scope.index.of(PolicyDenied)
    total = sum(denied.count for denied in denials)
    return ground(f"{total:,} packets or attempts were denied by network policy{_share(scope, total)}", denials)


def _share(scope: Scope, total: int) -> str:
    attempts = [counted.attempts for counted in scope.index.of(HandshakesCounted) if counted.attempts]
    if len(attempts) != 1 or total > attempts[0]:
        return ""
    return f", {100 * total / attempts[0]:.1f} % of {attempts[0]:,} attempts"


CAUSE = Cause(
    code="M29",
    title="Network policy denies traffic in the cluster",
    hop=Hop.CLUSTER,
    about=About.GATEWAY,
    gravity=Gravity.PART,
    summary=(
        "A policy drops packets between client and gateway, or from the gateway outwards. The dropped side sees "
        "silence, not a reset."
    ),
    decides=(_denied,),
    depends_on=("M07",),
    missing=(
        Missing(
            question=DENIALS,
            would_decide="to the gateway's port: M29; from the gateway's pod to the private target: a symptom of M07",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.PLATFORM,
            command="allow the exact pair of pods and port that is denied, once it is clear that it should talk",
            risk=Risk.MEDIUM,
            verify="hubble observe --verdict DROPPED --since 5m shows none of it",
        ),
    ),
    mistaken_for=(("M07", "denials of packets to the private target itself mean that the route is missing"),),
)
