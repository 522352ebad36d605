"""M09: the tailnet's policy does not allow the connection, and the router's packet filter drops it without a word."""

from itertools import pairwise

from farshore.diagnosis.asking_tailnet import OTHER_PORT, ROUTER_DROPS
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.dials import PendingOpen, RouterDropped
from farshore.diagnosis.facts.peers import DropsCounted
from farshore.diagnosis.grounds import ground, silent_cause
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import TSMP_PING
from farshore.diagnosis.router_settings import shields_up
from farshore.diagnosis.tailnet_grounds import (
    dial_answered,
    lost_behind,
    nobody_answered,
    not_through_tailnet,
    of_a_router,
    others_reached,
    reached,
    router_dead,
    router_dialled,
    together,
    unanswered_dials,
)

# The filter says the same of a connection that no grant allows and of one that shields keep out.
_NO_RULE = ("no rules matched", "destination not allowed")


def _drops(scope: Scope) -> list[RouterDropped]:
    return [
        dropped
        for dropped in scope.index.of(RouterDropped)
        if dropped.target is not None and scope.concerns(dropped.target) and dropped.reason.startswith(_NO_RULE)
    ]


def _dropped_alone(scope: Scope) -> Ground | None:
    """The router's log says that no rule allows the packets, while others pass the same router."""
    drops, others = _drops(scope), others_reached(scope)
    return ground(
        "the router's packet filter drops the target's packets for want of a rule, and lets others pass",
        together(drops, others[:2]),
    )


def _dropped(scope: Scope) -> Ground | None:
    """The router's log says that no rule allows the packets."""
    return ground("the router's packet filter drops the target's packets: no rule matches ({n} seen)", _drops(scope))


def _hidden(scope: Scope) -> Ground | None:
    """The router's log tells of dropped packets, and dials to the target failed with a reply that names no cause."""
    return silent_cause(scope) if _drops(scope) else None


def _rejected(scope: Scope) -> Ground | None:
    """A TUN-mode client's `open-conn-track` says: rejected due to acl."""
    lines = [p for p in scope.index.of(PendingOpen) if p.verdict == "acl" and scope.concerns(p.target)]
    return ground("the router rejects the connection: no grant allows it", lines)


def _counted(scope: Scope) -> Ground | None:
    """Between two samples of the router's metrics the packets dropped for their policy grew while dials hung."""
    silent = unanswered_dials(scope)
    drops = [
        drop
        for drop in scope.index.of(DropsCounted)
        if (drop.direction, drop.reason) == ("inbound", "acl") and of_a_router(scope, drop) == scope.node
    ]
    for before, after in pairwise(drops):
        if scope.node is not None and silent and after.packets > before.packets:
            grown = after.packets - before.packets
            return ground(
                f"the router dropped {grown:,.0f} packets for their policy between two samples, while dials hung",
                [before, after, *silent[:2]],
            )
    return None


def _shielded(scope: Scope) -> Ground | None:
    """The router lets nobody in: its shields are up."""
    return ground("the router's shields are up: it lets nobody in, whatever the policy says", shields_up(scope))


CAUSE = Cause(
    code="M09",
    title="Policy of the tailnet denies the connection",
    hop=Hop.TAILNET,
    about=About.TARGET,
    gravity=Gravity.TARGET,
    summary=(
        "No access rule or grant lets this node reach the target's address and port. The router's packet filter drops "
        "the packets without a word, so the dial hangs for 5 s. Pings inside WireGuard are answered all the same."
    ),
    decides=(_dropped_alone, _rejected),
    points=(_dropped, _counted),
    allows=(lost_behind, nobody_answered, _hidden),
    rules_out=(dial_answered, reached, not_through_tailnet, router_dialled, _shielded),
    speaks_against=(router_dead,),
    missing=(
        Missing(question=ROUTER_DROPS, would_decide="`no rules matched`: M09 (or M10, with shields up); nothing: M06"),
        Missing(question=OTHER_PORT, would_decide="answered: M09, or that port is filtered; silent too: M06 or M10"),
        Missing(question=TSMP_PING, would_decide="unanswered: M01 or M02; answered: M06, M09 or M10"),
    ),
    remedies=(
        Remedy(
            owner=Owner.TAILNET,
            command="grant this node (or its tag) access to {target}: the destination is the target, not the router",
            risk=Risk.MEDIUM,
            verify="`farshore doctor {target}`",
        ),
    ),
    mistaken_for=(
        ("M06", "a packet that is lost or dropped on the LAN looks the same from the gateway; the router's log tells"),
        ("M07", "with no rule at all the router is hidden from this node, and the route is missing"),
        ("M10", "shields up and a firewall on the router drop as silently; the router's own settings tell"),
    ),
)
