"""M29: a network policy of the cluster denies the traffic."""

from collections import Counter

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed
from farshore.diagnosis.facts.dials import DialFailed, GatewayEnded
from farshore.diagnosis.facts.flows import HandshakesCounted, PolicyDenied
from farshore.diagnosis.gateway_grounds import GATEWAY_LOG, client_waited, is_gateway
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import DENIALS

# With one of these in the input, somebody suffers from something else than a denial.
_OTHER_SYMPTOMS: tuple[type[Fact], ...] = (DialFailed, DriverFailed, GatewayEnded)


def _denied(scope: Scope) -> Ground | None:
    """A network policy denied packets from or to the gateway, or where nothing else is amiss; not to the target."""
    denials = [d for d in scope.index.of(PolicyDenied) if not _leaked(scope, d) and _concerns(scope, d)]
    total = sum(denied.count for denied in denials)
    says = f"{total:,} packets or attempts were denied by network policy{_share(scope, total)}{_most(denials)}"
    return ground(says, denials)


def _denied_to_target(scope: Scope) -> Ground | None:
    """A network policy denied packets to a private target: they should never have left the pod that way."""
    return ground(
        "a network policy denied packets to the target itself, which only a leak sends ({n} seen)",
        [denied for denied in scope.index.of(PolicyDenied) if _leaked(scope, denied)],
    )


def _denied_elsewhere(scope: Scope) -> Ground | None:
    """A network policy denied packets between others, as far as their names and ports tell."""
    return ground(
        "a network policy denied packets, of which nothing shows that they were the gateway's or its clients' "
        "({n} pairs)",
        [d for d in scope.index.of(PolicyDenied) if not _leaked(scope, d) and not _concerns(scope, d)],
    )


def _concerns(scope: Scope, denied: PolicyDenied) -> bool:
    """Whether denied packets may be those that somebody misses: the gateway's by its name or port, or any at all."""
    if not denied.destination or is_gateway(denied.source) or is_gateway(denied.destination):
        return True
    dialled = {each.address.lower() for each in scope.index.of(DriverFailed) if each.address}
    ports = {each.rpartition(":")[2] for each in dialled if ":" in each}
    if denied.destination.lower() in dialled or denied.destination.rpartition(":")[2] in ports:
        return True
    return not any(scope.index.of(kind) for kind in _OTHER_SYMPTOMS)


def _leaked(scope: Scope, denied: PolicyDenied) -> bool:
    host = denied.destination.rpartition(":")[0] or denied.destination
    return bool(host) and host.strip("[]") in {str(target.host) for target in scope.index.targets}


def _most(denials: list[PolicyDenied]) -> str:
    """The pair that was denied oftenest, where it is told."""
    pairs: Counter[str] = Counter()
    for denied in denials:
        if denied.source and denied.destination:
            pairs[f"{denied.source} to {denied.destination}"] += denied.count
    if not pairs:
        return ""
    pair, count = pairs.most_common(1)[0]
    return f"; {count:,} of them from {pair}"


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
    allows=(_denied_elsewhere, _denied_to_target, client_waited),
    depends_on=("M07",),
    missing=(
        Missing(
            question=DENIALS,
            would_decide="to the gateway's port: M29; from the gateway's pod to the private target: a symptom of M07",
        ),
        Missing(question=GATEWAY_LOG, would_decide="no record of the clients at all: they never arrived (M29)"),
    ),
    remedies=(
        Remedy(
            owner=Owner.PLATFORM,
            command="allow the exact pair of pods and port that is denied, once it is clear that it should talk",
            risk=Risk.MEDIUM,
            verify="`hubble observe --verdict DROPPED --since 5m` shows none of it",
        ),
    ),
    mistaken_for=(
        ("M07", "denials of packets to the private target itself mean that the route is missing"),
        ("resets", "a policy drops and does not reset; its denials don't belong into a rate of resets"),
        ("M31", "a full backlog drops SYNs, too; there Hubble shows them forwarded"),
    ),
)
