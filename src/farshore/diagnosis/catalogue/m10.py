"""M10: the router itself lets nothing through: shields up, IP forwarding off, or its firewall."""

from farshore.diagnosis.asking_tailnet import ROUTER_STATE
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.dials import PendingOpen, RouterDropped
from farshore.diagnosis.grounds import ground, silent_cause
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import ROUTER_LOG, TSMP_PING
from farshore.diagnosis.router_settings import forwarding_off, forwarding_off_somewhere, shields_up
from farshore.diagnosis.tailnet_grounds import (
    dial_answered,
    known_by,
    lost_behind,
    nobody_answered,
    not_through_tailnet,
    others_reached,
    router_dead,
    router_dialled,
    together,
    unanswered_dials,
)


def _shields(scope: Scope) -> Ground | None:
    """The router's own settings, or the control plane, say that its shields are up, while dials hang."""
    settings, silent = shields_up(scope), unanswered_dials(scope)
    return ground("the router's shields are up: it lets nobody in", together(settings, silent[:3], known_by(scope)))


def _shields_rejected(scope: Scope) -> Ground | None:
    """A TUN-mode client's `open-conn-track` says: rejected due to shields."""
    lines = [p for p in scope.index.of(PendingOpen) if p.verdict == "shields" and scope.concerns(p.target)]
    return ground("the router rejects the connection: shields up", lines)


def _no_forwarding(scope: Scope) -> Ground | None:
    """The router says that IP forwarding is disabled, while dials hang."""
    health, silent = forwarding_off(scope), unanswered_dials(scope)
    return ground("the router does not forward: IP forwarding is off", together(health, silent[:3], known_by(scope)))


def _no_forwarding_somewhere(scope: Scope) -> Ground | None:
    """A router that the text does not name says that IP forwarding is disabled, while dials hang."""
    health, silent = forwarding_off_somewhere(scope), unanswered_dials(scope)
    return ground("a router does not forward: IP forwarding is off", together(health, silent[:3]))


def _dropped(scope: Scope) -> Ground | None:
    """The router's packet filter drops the packets, which it also does with shields up."""
    lines = [d for d in scope.index.of(RouterDropped) if d.target is not None and scope.concerns(d.target)]
    return ground("the router's packet filter drops the packets, as it does with shields up", lines)


def _hidden(scope: Scope) -> Ground | None:
    """The router's log tells of dropped packets, and dials to the target failed with a reply that names no cause."""
    return silent_cause(scope) if _dropped(scope) is not None else None


def _others_pass(scope: Scope) -> Ground | None:
    """Another target behind the same router was reached at the time."""
    return ground("others pass the same router: neither shields nor forwarding can be it", others_reached(scope))


CAUSE = Cause(
    code="M10",
    title="Router lets nothing through: shields up, IP forwarding off, or a firewall on it",
    hop=Hop.ROUTER,
    about=About.ROUTER,
    gravity=Gravity.ROUTER,
    summary=(
        "The router is in the tailnet and answers pings, and a setting of its own keeps connections from passing: "
        "shields up, IP forwarding switched off (kernel-mode routers), or the host's firewall. The dial hangs for 5 s."
    ),
    decides=(_shields, _shields_rejected, _no_forwarding),
    points=(_no_forwarding_somewhere,),
    allows=(lost_behind, _dropped, nobody_answered, _hidden),
    rules_out=(dial_answered, not_through_tailnet, router_dialled),
    speaks_against=(_others_pass, router_dead),
    missing=(
        Missing(
            question=ROUTER_STATE,
            would_decide="`ShieldsUp: true`, or `IP forwarding is disabled`: M10; neither: M06, M09 or its firewall",
        ),
        Missing(question=ROUTER_LOG, would_decide="a dial of the target in the log: not M10, look behind the router"),
        Missing(question=TSMP_PING, would_decide="unanswered: M01 or M02; answered: M06, M09 or M10"),
    ),
    remedies=(
        Remedy(
            owner=Owner.ROUTER,
            command="on {name}: `tailscale set --shields-up=false`; Linux: `sysctl net.ipv4.ip_forward=1`, and let the "
            "firewall forward from tailscale0",
            risk=Risk.MEDIUM,
            verify="`farshore doctor {target}`",
        ),
    ),
    mistaken_for=(
        ("M09", "a missing grant is dropped as silently, but only for some ports or sources"),
        ("M06", "there the router forwards, and the LAN or the target drops; a capture on the router's LAN side tells"),
        ("M01", "there the router answers no ping"),
    ),
)
