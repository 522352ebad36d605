"""M07: no route leads to the target, and the dial leaves through the host's own network."""

from farshore.core.address import TAILSCALE_VIA, IPAddress, is_tailscale_address
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.dials import DialSucceeded, Egress, GatewayEnded, PendingOpen, Wording
from farshore.diagnosis.facts.flows import PolicyDenied
from farshore.diagnosis.facts.peers import DaemonSeen, PingUnanswered
from farshore.diagnosis.grounds import failed_at_deadline, failed_fast, ground, reset_before_reply, silent_cause, worded
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import LOCALAPI_DIAL, STATUS, TAILSCALED_LOG
from farshore.diagnosis.tailnet_grounds import of_the_gateway, together, warned

_KERNEL = (Wording.KERNEL_REFUSED, Wording.KERNEL_TIMEOUT, Wording.KERNEL_UNREACHABLE)
_TAILNET = (Wording.TAILNET_REFUSED, Wording.TAILNET_UNREACHABLE, Wording.DEADLINE)
_BY_TAILSCALED = {Egress.SOCKS5, Egress.CONNECT, Egress.LOCALAPI}
_HEALTH = "accept-routes is false"
_LEAK_CODE = "tailnet.dial.leak"


def _dial_self(scope: Scope) -> Ground | None:
    """The daemon itself says that the address is not a Tailscale route (`Dial-Self: true`)."""
    return ground("tailscaled says that no route leads to the target", worded(scope, [Wording.DIAL_SELF]))


def _kernel_words(scope: Scope) -> Ground | None:
    """The error is in the kernel's words (`dial tcp …`): the dial left through the host's own network."""
    dials = [dial for dial in worded(scope, _KERNEL) if dial.egress in _BY_TAILSCALED]
    return ground("dials left through the host's own network, not the tailnet ({n} seen)", dials)


def _refused_by_gateway(scope: Scope) -> Ground | None:
    """Farshore refused the dial as a leak."""
    ended = [e for e in scope.index.of(GatewayEnded) if e.code == _LEAK_CODE and scope.concerns(e.target)]
    return ground("the gateway refused dials that would have left the tailnet ({n} seen)", ended)


def _no_peer(scope: Scope) -> Ground | None:
    """A ping to the target, or a TUN-mode client, found no peer that owns the address, which needs a route."""
    if scope.target is None or _is_a_machines_own(scope.target.host):
        return None
    host = str(scope.target.host)
    pings = [p for p in scope.index.of(PingUnanswered) if p.reason == "no-matching-peer" and p.address == host]
    pending = [p for p in scope.index.of(PendingOpen) if p.verdict == "no-peer" and scope.concerns(p.target)]
    return ground("no peer owns the target's address", [*pings, *pending])


def _is_a_machines_own(host: str | IPAddress) -> bool:
    """Whether a machine of the tailnet has it without any route: it has left, or may not be seen."""
    return not isinstance(host, str) and is_tailscale_address(host) and host not in TAILSCALE_VIA


def _accept_routes_off(scope: Scope) -> Ground | None:
    """The gateway's health says that peers advertise routes and --accept-routes is false, while dials fail."""
    said = [warning for warning in warned(scope, (), (_HEALTH,)) if of_the_gateway(scope, warning)]
    return ground(
        "tailscaled says that it does not accept the routes that peers advertise", together(said, scope.failures[:3])
    )


def _not_running(scope: Scope) -> Ground | None:
    """The status says that tailscaled is stopped, while dials fail: they leave through the host's own network."""
    stopped = [d for d in scope.index.of(DaemonSeen) if d.backend_state == "Stopped" and of_the_gateway(scope, d)]
    return ground(
        "tailscaled is stopped: dials leave through the host's own network", together(stopped, scope.failures[:3])
    )


def _bound_outside(scope: Scope) -> Ground | None:
    """A dial came about whose bound address is none of the Tailscale addresses of the node that dialled."""
    own: dict[str, set[str]] = {}
    for daemon in scope.index.of(DaemonSeen):
        own.setdefault(daemon.observer, set()).update(daemon.ips)
    dials = (dial for dial in scope.index.of(DialSucceeded) if dial.bound and scope.concerns(dial.target))
    leaked = [dial for dial in dials if own.get(dial.observer) and dial.bound not in own[dial.observer]]
    return ground("a dial was bound to an address that is not the node's own in the tailnet", leaked)


def _denied_leak(scope: Scope) -> Ground | None:
    """A network policy denied the pod's own packets to the target."""
    host = None if scope.target is None else str(scope.target.host)
    denied = [d for d in scope.index.of(PolicyDenied) if host in {d.destination, d.destination.rpartition(":")[0]}]
    return ground("the cluster's policy saw packets for the target leave the pod outside the tailnet", denied)


def _through_tailnet(scope: Scope) -> Ground | None:
    """The error is in gVisor's words: the dial did go through the tailnet."""
    return ground("the error's words show that the dial went through the tailnet", worded(scope, _TAILNET))


CAUSE = Cause(
    code="M07",
    title="Route missing: the dial leaves through the host's own network",
    hop=Hop.TAILNET,
    about=About.TARGET,
    gravity=Gravity.ALL,
    summary=(
        "No peer serves the target's prefix to this node, or it does not accept routes. Userspace tailscaled then "
        "dials through the pod's own network: whatever lives there under that address answers, or nothing does."
    ),
    decides=(_dial_self, _kernel_words, _refused_by_gateway, _no_peer, _bound_outside),
    points=(_accept_routes_off, _not_running, _denied_leak),
    allows=(silent_cause, failed_fast, failed_at_deadline, reset_before_reply),
    rules_out=(_through_tailnet,),
    depends_on=("M08", "M15", "M16", "M18"),
    missing=(
        Missing(
            question=TAILSCALED_LOG,
            would_decide="`dial tcp …` (the kernel's words): M07; `connect tcp …` (gVisor's): not M07",
        ),
        Missing(question=LOCALAPI_DIAL, would_decide="`Dial-Self: true`: M07; anything else: not M07"),
        Missing(question=STATUS, would_decide="no peer's AllowedIPs hold {host}: M07"),
    ),
    remedies=(
        Remedy(
            owner=Owner.TAILNET,
            command="approve the route that holds {host} for its router, and grant this node access to it",
            risk=Risk.LOW,
            verify="`tailscale status --json` shows the prefix in a peer's AllowedIPs",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="`tailscale set --accept-routes`",
            risk=Risk.LOW,
            verify="`tailscale debug prefs` shows RouteAll true",
        ),
    ),
    mistaken_for=(
        ("M05", "there the words are gVisor's: `connect tcp`"),
        ("M29", "a policy denial of packets to the target is a symptom; allowing them would leak"),
    ),
)
