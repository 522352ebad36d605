"""M33: a pool lent out a connection that had died while it was idle."""

from collections.abc import Sequence

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.base import Fact, dated
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.gateway_grounds import GATEWAY_LOG, drivers, ended, established_died, unread
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope

_IDLE = "gateway.transfer.idle"


def _closed_as_idle(scope: Scope) -> Ground | None:
    """The gateway closed connections as idle, and drivers then found theirs dead when they used them."""
    idle = ended(scope, _IDLE)
    dead = [each for each in drivers(scope, Symptom.STALE, Symptom.DIED_ESTABLISHED) if _after_one(idle, each)]
    if not dead:
        return None
    return ground(
        f"the gateway closed {len(idle):,} connections as idle, and drivers found theirs dead when they used them",
        [*dead[:3], *idle[:3]],
    )


def _after_one(idle: Sequence[Fact], dead: DriverFailed) -> bool:
    """Whether one of the idle ends may have come before it."""
    noticed = dated(dead)
    return any(noticed is None or (at := dated(each)) is None or at <= noticed for each in idle)


def _stale(scope: Scope) -> Ground | None:
    """A driver or a pool found a pooled connection dead when it was used."""
    return ground("a pooled connection was dead when it was used ({n} seen)", drivers(scope, Symptom.STALE))


CAUSE = Cause(
    code="M33",
    title="Stale pooled connection: dead while idle, noticed at first use",
    hop=Hop.CLIENT,
    about=About.GATEWAY,
    gravity=Gravity.PART,
    summary=(
        "The first query after a quiet time fails or hangs, and the next one works on a new connection. In between a "
        "path moved, something restarted, or an idle limit or a NAT forgot the connection. A netstack router keeps "
        "idle connections alive for 2 h only, and tailscaled's own outgoing ones not at all."
    ),
    decides=(_closed_as_idle,),
    points=(_stale,),
    allows=(established_died,),
    depends_on=("M26", "M28"),
    missing=(
        Missing(question=GATEWAY_LOG, would_decide="`gateway.transfer.idle`, `router.transfer.dead` before it: why"),
        Missing(
            question=Question(
                what="how long the connection had been idle, and how old it was",
                command="the pool's own log at debug level: age and last access of the connection that failed",
                cost=Cost.READ,
                answered=unread,
            ),
            would_decide="always beyond the same idle time: M33; at any age: M26, M28 or the database",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.APPLICATION,
            command=(
                "let the pool test connections before lending them, with maxLifetime and idle time-out below the "
                "gateway's `timeouts.idle`; TCP keepalive 30 to 60 s"
            ),
            risk=Risk.LOW,
            verify="leave the application idle for longer than before: its first query works",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="raise `timeouts.idle` of the route above the pool's maxLifetime",
            risk=Risk.LOW,
            verify="no `gateway.transfer.idle` of pooled connections in the log",
        ),
    ),
    mistaken_for=(
        ("an outage", "new connections work all the time"),
        ("M28", "there the gateway itself had ended"),
    ),
)
