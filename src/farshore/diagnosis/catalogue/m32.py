"""M32: one side finished, and the other's answer was cut off."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.gateway_grounds import GATEWAY_LOG, drivers, ended, unread
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope


def _half_closed(scope: Scope) -> Ground | None:
    """The gateway's own record: the client had finished sending, and the far side did not finish in time."""
    return ground(
        "the client had finished sending and the far side waited for an end that tailscaled can't pass on ({n} seen)",
        ended(scope, "gateway.transfer.half-close"),
    )


def _truncated(scope: Scope) -> Ground | None:
    """A client says that a transfer ended before all of it had come."""
    return ground("transfers ended before all of them had come ({n} seen)", drivers(scope, Symptom.TRUNCATED))


CAUSE = Cause(
    code="M32",
    title="Half-close lost: the end of one direction ends both",
    hop=Hop.TAILSCALED,
    about=About.GATEWAY,
    gravity=Gravity.PART,
    summary=(
        "tailscaled up to 1.102.3 ends a relayed connection when its first direction ends, on SOCKS, HTTP CONNECT and "
        "the LocalAPI alike. A peer that shuts down its sending side and then reads loses the reply; what is cut is "
        "always the end of a transfer. Farshore holds the client's end back, and a peer that waits for it hangs."
    ),
    points=(_half_closed,),
    allows=(_truncated,),
    missing=(
        Missing(question=GATEWAY_LOG, would_decide="`gateway.transfer.half-close`: M32"),
        Missing(
            question=Question(
                what="whether the same transfer is whole when the client closes after it has read all",
                command="repeat one transfer on the target's own LAN, and once through the gateway without half-close",
                cost=Cost.ASK,
                answered=unread,
            ),
            would_decide="cut only through the gateway, and only with a half-close: M32",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.APPLICATION,
            command="let the client close after it has read its reply, instead of shutting down its sending side first",
            risk=Risk.LOW,
            verify="the transfer's length and checksum are those of the source",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="upgrade tailscaled to a version that half-closes, once one is released (fixed after 1.102.3)",
            risk=Risk.LOW,
            verify="`farshore doctor` names the version; half a connection answers",
        ),
    ),
    mistaken_for=(
        ("M21", "there a transfer stalls in the middle, at a large packet"),
        ("M26", "there all connections end at one moment"),
    ),
)
