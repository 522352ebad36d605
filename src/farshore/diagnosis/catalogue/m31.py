"""M31: a limit of the gateway's process or host is reached."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.hosts import LimitReached
from farshore.diagnosis.gateway_grounds import client_waited, ended
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import of_the_gateway

_FULL = ("gateway.accept.route-full", "gateway.accept.gateway-full", "gateway.accept.no-descriptors")
_OF_CONNECTIONS = {"descriptors", "connections", "backlog"}


def _full(scope: Scope) -> Ground | None:
    """The gateway's own record: it turned clients away for a limit of its own."""
    full = ended(scope, *_FULL)
    which = ", ".join(dict.fromkeys(each.code.rpartition(".")[2] for each in full))
    return ground(f"the gateway turned clients away: {which} ({{n}} seen)", full)


def _limit(scope: Scope) -> Ground | None:
    """A log that is no router's says that descriptors, connections or the accept backlog are used up."""
    reached = [limit for limit in scope.index.of(LimitReached) if limit.what in _OF_CONNECTIONS]
    reached = [limit for limit in reached if of_the_gateway(scope, limit)]
    which = ", ".join(dict.fromkeys(limit.what for limit in reached))
    return ground(f"a process or host ran out of {which} ({{n}} lines)", reached)


CAUSE = Cause(
    code="M31",
    title="Limit reached: descriptors, connections or the accept backlog",
    hop=Hop.GATEWAY,
    about=About.GATEWAY,
    gravity=Gravity.ALL,
    summary=(
        "The gateway, its host or the pool in front of it holds as many connections as it may. What exceeds is reset "
        "or never accepted, whatever its target; existing connections go on."
    ),
    decides=(_full,),
    points=(_limit,),
    allows=(client_waited,),
    missing=(
        Missing(
            question=Question(
                what="how many connections and descriptors there are, and how many there may be",
                command="farshore status; grep 'open files' /proc/PID/limits; ls /proc/PID/fd | wc -l",
                cost=Cost.READ,
                answered=lambda scope: bool(ended(scope, *_FULL)),
            ),
            would_decide="at the limit: M31; far from it: not M31",
        ),
        Missing(
            question=Question(
                what="whether the accept backlog overflowed",
                command="nstat -az TcpExtListenOverflows TcpExtListenDrops; ss -ltn",
                cost=Cost.READ,
                answered=lambda scope: any(limit.what == "backlog" for limit in scope.index.of(LimitReached)),
            ),
            would_decide="a counter that grows: M31; none: look for a policy that drops (M29)",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.APPLICATION,
            command="find the pool that leaks or is far larger than its database allows, and bound it",
            risk=Risk.LOW,
            verify="`farshore status`: the route's connections stay below its maximum",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="raise `LimitNOFILE=` (two descriptors a connection, and some pipes) or `limits.max_connections`",
            risk=Risk.LOW,
            verify="the log shows no more `gateway.accept.*` codes",
        ),
    ),
    mistaken_for=(
        ("M29", "a policy drops SYNs, too; there the gateway is not full"),
        ("M20", "there the router refuses work, not the gateway"),
        ("M37", "there the database says that it is full"),
    ),
)
