"""M16: after a restart the node can't log in: its auth key is expired, used up or revoked."""

from farshore.diagnosis.asking_tailnet import OWN_STATE
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.hosts import ContainerEnded
from farshore.diagnosis.facts.peers import DaemonSeen, LoginFailed
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import BAD_KEY, of_the_gateway, together, warned


def _declined(scope: Scope) -> Ground | None:
    """The boot log shows that the auth key was declined."""
    said = [f for f in scope.index.of(LoginFailed) if f.kind == "auth-key" and of_the_gateway(scope, f)]
    return ground("the login was declined for its auth key ({n} times seen)", said)


def _said_so(scope: Scope) -> Ground | None:
    """Health says that the node is logged out because its key is not valid."""
    said = warned(scope, (), BAD_KEY)
    return ground("the node's health names an invalid key", [w for w in said if of_the_gateway(scope, w)])


def _restarted_and_out(scope: Scope) -> Ground | None:
    """The gateway's tailscale container restarted, and its tailscaled needs a login."""
    ended = [e for e in scope.index.of(ContainerEnded) if e.restarts and "tailscale" in e.container.lower()]
    out = [s for s in scope.index.of(DaemonSeen) if s.backend_state == "NeedsLogin" and of_the_gateway(scope, s)]
    return ground("the node needs a login after a restart", together(out, ended))


CAUSE = Cause(
    code="M16",
    title="Auth key bad: the node can't log in after a restart",
    hop=Hop.TAILSCALED,
    about=About.GATEWAY,
    gravity=Gravity.ALL,
    summary=(
        "tailscaled starts without a login of its own and its auth key is expired, used up, revoked or never was one. "
        "Everything worked until the restart; until it is mended, dials leave through the pod's own network."
    ),
    decides=(_declined,),
    points=(_said_so,),
    allows=(_restarted_and_out,),
    missing=(Missing(question=OWN_STATE, would_decide="`invalid key` or the like in the boot log: M16; else M15"),),
    remedies=(
        Remedy(
            owner=Owner.TAILNET,
            command="make a new key (better: an OAuth client or workload identity), and give it to the gateway",
            risk=Risk.LOW,
            verify="`tailscale status --json` shows BackendState Running",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="keep tailscaled's state over restarts (`TS_STATE_DIR` or `TS_KUBE_SECRET`) and set "
            "`TS_AUTH_ONCE=true`",
            risk=Risk.LOW,
            verify="restart the pod: the node comes back under the same name and address",
        ),
    ),
    mistaken_for=(("M15", "there a node that ran lost its own key; no restart was needed"),),
)
