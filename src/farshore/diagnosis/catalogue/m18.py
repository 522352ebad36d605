"""M18: tailnet lock keeps a node out, or a clock that is off does."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.hosts import ClockSkewed
from farshore.diagnosis.facts.peers import LockSeen, LoginFailed
from farshore.diagnosis.grounds import duration, ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import of_a_router, of_the_gateway, together, warned

_WORDS = ("locked out",)


def _said_so(scope: Scope) -> Ground | None:
    """The node's own log says that tailnet lock keeps it out."""
    lines = [line for line in scope.index.of(LoginFailed) if line.kind == "lock" and _mine(scope, line)]
    return ground("the node says that tailnet lock keeps it out ({n} times said)", lines)


def _dropped(scope: Scope) -> Ground | None:
    """A tailscaled's log says that tailnet lock keeps some peer out, while dials or pings fail."""
    lines = [line for line in scope.index.of(LoginFailed) if line.kind == "lock-peer" and _mine(scope, line)]
    failed: list[Fact] = [*scope.failures, *scope.pings_unanswered]
    return ground("tailnet lock keeps some node out, which may be the one that is needed", together(lines, failed[:3]))


def _out_by_status(scope: Scope) -> Ground | None:
    """`tailscale lock status` says that this node is locked out, or lists the router among those who are."""
    seen = scope.index.of(LockSeen)
    if _is_gateway(scope):
        return ground("this node is locked out by tailnet lock", [s for s in seen if s.accessible is False])
    names = frozenset() if scope.node is None else scope.node.names
    out = [s for s in seen if any(name.partition(".")[0].lower() in names for name in s.kept_out)]
    return ground("tailnet lock keeps the router out", out)


def _is_gateway(scope: Scope) -> bool:
    return scope.kind == About.GATEWAY.value


def _mine(scope: Scope, fact: Fact) -> bool:
    """Whether a node's statement is this suspect's own."""
    if _is_gateway(scope):
        return of_the_gateway(scope, fact)
    return scope.node is not None and of_a_router(scope, fact) == scope.node


def _locked_out(scope: Scope) -> Ground | None:
    """Health says that the node is locked out."""
    said = warned(scope, (), _WORDS)
    return ground("the node's health says that it is locked out", [w for w in said if _mine(scope, w)])


def _listed(scope: Scope) -> Ground | None:
    """The control plane lists a node of this way with an error of tailnet lock."""
    return ground("the control plane holds tailnet lock against the router", [d for d in scope.devices if d.lock_error])


def _skewed(scope: Scope) -> Ground | None:
    """A host's clock is behind: by it, a certificate is not valid yet."""
    skewed = scope.index.of(ClockSkewed) if _is_gateway(scope) else ()
    behind = max((each.behind_s for each in skewed), default=0.0)
    return ground(f"a host's clock is {duration(behind)} or more behind: a certificate is not valid yet", skewed)


def _asked(scope: Scope) -> bool:
    return bool(scope.index.of(LockSeen))


CAUSE = Cause(
    code="M18",
    title="Tailnet lock keeps a node out, or its clock is off",
    hop=Hop.TAILNET,
    about=About.GATEWAY,
    also_about=(About.ROUTER,),
    gravity=Gravity.ALL,
    summary=(
        "Tailnet lock is on, and a node's key is not signed: the others drop it from their view, and are silent to it. "
        "A clock that is far off breaks keys and certificates in the same way."
    ),
    decides=(_said_so, _out_by_status, _locked_out, _listed),
    allows=(_dropped, _skewed),
    missing=(
        Missing(
            question=Question(
                what="whether tailnet lock keeps this node or the router out",
                command="tailscale lock status",
                cost=Cost.READ,
                answered=_asked,
            ),
            would_decide="`LOCKED OUT`, or the router in the list of locked out nodes: M18",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.TAILNET,
            command="on a node with a trusted key: `tailscale lock sign nodekey:KEY`, after a look at why it was not "
            "signed",
            risk=Risk.MEDIUM,
            verify="`tailscale lock status` says that the node is accessible",
        ),
        Remedy(
            owner=Owner.PLATFORM,
            command="set the host's clock (chrony, NTP), then restart tailscaled",
            risk=Risk.LOW,
            verify="`timedatectl` shows the clock synchronised",
        ),
    ),
    mistaken_for=(("M01", "from the other side it looks like total silence, as of a dead router"),),
)
