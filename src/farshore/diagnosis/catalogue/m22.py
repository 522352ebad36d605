"""M22: the target is asked for by an IPv6 address (4via6 too), and the node has none."""

from ipaddress import IPv6Address

from farshore.core.address import TAILSCALE_VIA
from farshore.diagnosis.asking_tailnet import OWN_STATE
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.facts.peers import DaemonSeen
from farshore.diagnosis.facts.timing import ANSWERED_S
from farshore.diagnosis.grounds import ground, worded
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import of_the_gateway, reached, together


def _is_v6(scope: Scope) -> bool:
    return scope.target is not None and isinstance(scope.target.host, IPv6Address)


def _daemons(scope: Scope) -> list[DaemonSeen]:
    return [daemon for daemon in scope.index.of(DaemonSeen) if daemon.ips and of_the_gateway(scope, daemon)]


def _has_six(daemon: DaemonSeen) -> bool:
    return any(":" in ip for ip in daemon.ips)


def _no_address(scope: Scope) -> Ground | None:
    """The target is an IPv6 address, the dial failed, and the node has no IPv6 address of its own."""
    host = None if scope.target is None else scope.target.host
    kind = "a 4via6" if isinstance(host, IPv6Address) and host in TAILSCALE_VIA else "an IPv6"
    return ground(
        f"the target is {kind} address, and the node has none of that family",
        together(scope.failures[:3], [d for d in _daemons(scope) if not _has_six(d)]) if _is_v6(scope) else (),
    )


def _at_once(scope: Scope) -> Ground | None:
    """The dial of an IPv6 address failed at once with `network is unreachable` in gVisor's words."""
    dials = [
        dial
        for dial in worded(scope, [Wording.TAILNET_UNREACHABLE])
        if dial.elapsed_s is None or dial.elapsed_s < ANSWERED_S
    ]
    return ground("an IPv6 address was called unreachable at once", dials if _is_v6(scope) else ())


def _has_address(scope: Scope) -> Ground | None:
    """The node has an IPv6 address of its own."""
    return ground("the node has an IPv6 address", [d for d in _daemons(scope) if _has_six(d)])


CAUSE = Cause(
    code="M22",
    title="IPv6 or 4via6 target, and the node has no IPv6 address",
    hop=Hop.TAILSCALED,
    about=About.TARGET,
    gravity=Gravity.TARGET,
    summary=(
        "The path asks for the target by an IPv6 address, as 4via6 does, and this node has no IPv6 address in the "
        "tailnet. tailscaled gives up at once; nothing is sent."
    ),
    decides=(_no_address,),
    points=(_at_once,),
    rules_out=(_has_address, reached),
    missing=(Missing(question=OWN_STATE, would_decide="no fd7a: address among TailscaleIPs: M22; one: not M22"),),
    remedies=(
        Remedy(
            owner=Owner.TAILNET,
            command="switch IPv6 on for this node in the tailnet's policy (headscale: `prefixes.v6`), or use the plain "
            "address in the route",
            risk=Risk.LOW,
            verify="`tailscale ip -6` prints an address; `farshore doctor {target}`",
        ),
    ),
    mistaken_for=(
        ("M06", "`unreachable` after 3 s, of an IPv4 address, is the router's word about its LAN"),
        ("M07", "a 4via6 site that nobody serves is dialled by the kernel, in the kernel's words"),
    ),
)
