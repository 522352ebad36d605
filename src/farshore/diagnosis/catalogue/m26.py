"""M26: the gateway's tailscaled was killed or crashed."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.gateway import KeptDaemonChanged
from farshore.diagnosis.facts.hosts import ContainerEnded
from farshore.diagnosis.gateway_grounds import GATEWAY_LOG, ended, established_died
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import POD_EVENTS
from farshore.diagnosis.tailnet_grounds import of_the_gateway

_NAME = "tailscale"
_ORDERLY = "Completed"


def _ends(scope: Scope) -> list[ContainerEnded]:
    ends = [each for each in scope.index.of(ContainerEnded) if _NAME in each.container.lower()]
    return [each for each in ends if of_the_gateway(scope, each)]


def _killed(scope: Scope) -> Ground | None:
    """The kernel, the service manager or Kubernetes says that tailscaled ended otherwise than in order."""
    killed = [each for each in _ends(scope) if each.reason not in {_ORDERLY, ""}]
    reasons = ", ".join(dict.fromkeys(each.reason for each in killed))
    return ground(f"tailscaled on the gateway's host was ended: {reasons}", killed)


def _restarted(scope: Scope) -> Ground | None:
    """Kubernetes counts restarts of tailscaled, and does not tell when or why."""
    counted = [each for each in _ends(scope) if not each.reason]
    times = sum(each.restarts for each in counted)
    return ground(f"tailscaled's container was started again {times:,} times, nobody says when or why", counted)


def _died(scope: Scope) -> Ground | None:
    """The gateway's own record: tailscaled ended in the middle of connections."""
    return ground("tailscaled ended in the middle of connections ({n} seen)", ended(scope, "egress.transfer.died"))


def _kept_ended(scope: Scope) -> Ground | None:
    """Farshore's own log: the tailscaled that it keeps ended, and is started again after a while or given up."""
    changed = [each for each in scope.index.of(KeptDaemonChanged) if each.phase in {"backing-off", "given-up"}]
    why = changed[0].reason if changed else ""
    return ground(f"the tailscaled that Farshore keeps ended ({{n}} times){': ' + why if why else ''}", changed)


def _closed(scope: Scope) -> Ground | None:
    """The gateway's own record: tailscaled closed before it had answered."""
    return ground("tailscaled closed before it had answered ({n} seen)", ended(scope, "egress.handshake.closed"))


def _reset(scope: Scope) -> Ground | None:
    """The gateway's own record: the egress reset connections that had carried data, as a process does that ends."""
    return ground(
        "connections to tailscaled were reset after bytes had flowed ({n} seen)",
        ended(scope, "upstream.transfer.reset"),
    )


CAUSE = Cause(
    code="M26",
    title="tailscaled of the gateway was killed or crashed",
    hop=Hop.TAILSCALED,
    about=About.GATEWAY,
    gravity=Gravity.ALL,
    summary=(
        "Every connection of the gateway ends at the same moment, to all targets at once, because the process that "
        "carries them ended: out of memory, a crash, a restart by somebody."
    ),
    decides=(_killed,),
    points=(_died, _kept_ended),
    allows=(_restarted, _closed, _reset, established_died),
    missing=(
        Missing(question=POD_EVENTS, would_decide="OOMKilled, or a restart of the tailscale container: M26"),
        Missing(question=GATEWAY_LOG, would_decide="`egress.transfer.died` of several routes at one moment: M26"),
    ),
    remedies=(
        Remedy(
            owner=Owner.PLATFORM,
            command="raise the memory limit of the tailscale container and set `GOMEMLIMIT` to 80 % of it",
            risk=Risk.MEDIUM,
            verify="`kubectl get pod POD -o wide` shows no further restarts; its memory does not grow without end",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="upgrade tailscaled if its log ends in a panic; restart it if it does not run",
            risk=Risk.MEDIUM,
            verify="`tailscale version`; `farshore doctor`",
        ),
    ),
    mistaken_for=(
        ("M36", "there one target closes; here all targets do at the same moment"),
        ("M19", "there the connections of one router's prefixes end"),
    ),
)
