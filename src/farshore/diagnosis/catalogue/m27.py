"""M27: tailscaled accepts and does not answer."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.gateway_grounds import egress_answered, owner_unconfirmed, unread
from farshore.diagnosis.grounds import ground, worded
from farshore.diagnosis.index import Scope


def _silent(scope: Scope) -> Ground | None:
    """The egress's port on this host accepted, or did not even refuse, and never answered."""
    return ground(
        "tailscaled on the gateway's own host did not answer its greeting ({n} seen)",
        worded(scope, [Wording.EGRESS_SILENT]),
    )


CAUSE = Cause(
    code="M27",
    title="tailscaled hangs: it accepts and does not answer",
    hop=Hop.TAILSCALED,
    about=About.GATEWAY,
    gravity=Gravity.ALL,
    summary=(
        "The process is there and its port is open, since the kernel accepts on its behalf, but it answers nobody. "
        "A liveness check that only connects stays green."
    ),
    decides=(_silent,),
    allows=(owner_unconfirmed,),
    speaks_against=(egress_answered,),
    missing=(
        Missing(
            question=Question(
                what="whether tailscaled answers on its LocalAPI",
                command="timeout 5 tailscale status --peers=false; echo $?",
                cost=Cost.READ,
                answered=unread,
            ),
            would_decide="124 (nothing in 5 s): M27; an answer: the SOCKS port alone is stuck",
        ),
        Missing(
            question=Question(
                what="the processor share and state of the process",
                command="ps -o pid,stat,pcpu,rss,etime,args -C tailscaled",
                cost=Cost.READ,
                answered=unread,
            ),
            would_decide="T: stopped by a signal; D: waits for a disk; 100 %: it spins",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="`kill -QUIT` the process, keep the stacks that it prints, and let it be started again",
            risk=Risk.MEDIUM,
            verify="`farshore doctor` passes the egress",
        ),
        Remedy(
            owner=Owner.PLATFORM,
            command="let the liveness probe ask tailscaled something (its health endpoint), not only connect",
            risk=Risk.LOW,
            verify="`kill -STOP` in a test: the probe fails",
        ),
    ),
    mistaken_for=(
        ("M23", "there the port refuses at once"),
        ("M01", "there tailscaled answers with SOCKS reply 1 after 5 s"),
    ),
)
