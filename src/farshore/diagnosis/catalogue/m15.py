"""M15: a node was logged out, or its own key has expired: it is in the tailnet no more."""

from datetime import datetime

from farshore.diagnosis.asking_tailnet import OWN_STATE
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import DaemonSeen, HealthWarned, LoginFailed, PrefsSeen, StateChanged
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import BAD_KEY, of_a_router, of_the_gateway, signs_of_life, warned

_EXPIRED = "node-key-expired"
_NOT_IN = ("NeedsLogin", "NeedsMachineAuth")


def _mine(scope: Scope, fact: Fact) -> bool:
    """Whether a node's statement about itself is about this suspect."""
    if scope.kind == About.GATEWAY.value:
        return of_the_gateway(scope, fact)
    return scope.node is not None and of_a_router(scope, fact) == scope.node


def _said_expired(scope: Scope) -> Ground | None:
    """The node's own log says that its key has expired."""
    said = [f for f in scope.index.of(LoginFailed) if f.kind == _EXPIRED and _mine(scope, f)]
    return ground("the node's own log says that its key has expired", said)


def _needs_login(scope: Scope) -> Ground | None:
    """The node's own status or settings say that it needs a login."""
    states: list[Fact] = [s for s in scope.index.of(DaemonSeen) if s.backend_state in _NOT_IN and _mine(scope, s)]
    states += [p for p in scope.index.of(PrefsSeen) if p.logged_out and _mine(scope, p)]
    return ground("the node is not logged in", states)


def _fell_out(scope: Scope) -> Ground | None:
    """The node's own log says that it went from Running to NeedsLogin."""
    fell = [
        change
        for change in scope.index.of(StateChanged)
        if (change.before, change.after) == ("Running", "NeedsLogin") and _mine(scope, change)
    ]
    return ground("the node ran, and then needed a login", fell)


def _listed_expired(scope: Scope) -> Ground | None:
    """A status or the control plane says that the router's key has expired, or did before the dials failed."""
    facts: list[Fact] = [s for s in scope.peers if s.peer.expired or _past(scope, s.peer.key_expiry)]
    facts += [listed for listed in scope.devices if listed.expired or _past(scope, listed.expires)]
    return ground("the router's key has expired: it contributes no routes any more", facts)


def _past(scope: Scope, expires: datetime | None) -> bool:
    """Whether a key had expired before the first dial failed."""
    window = scope.window
    return expires is not None and window is not None and expires < window[0]


def _logged_out(scope: Scope) -> Ground | None:
    """Health says that the node is logged out."""
    said: list[HealthWarned] = warned(scope, (), ("you are logged out",))
    return ground("the node's health says that it is logged out", [w for w in said if _mine(scope, w)])


def _auth_key(scope: Scope) -> Ground | None:
    """The node's own log shows an auth key that was declined, and no key of its own that expired."""
    if _said_expired(scope) is not None or _fell_out(scope) is not None:
        return None
    said: list[Fact] = [f for f in scope.index.of(LoginFailed) if f.kind == "auth-key" and _mine(scope, f)]
    said += [w for w in warned(scope, (), BAD_KEY) if _mine(scope, w)]
    return ground("the login was declined for its auth key: it is a new login, not an old key that expired", said)


def _carries(scope: Scope) -> Ground | None:
    """The router carried data at the time."""
    return ground("the router carries data", signs_of_life(scope))


CAUSE = Cause(
    code="M15",
    title="Not logged in: logged out, or the node key has expired",
    hop=Hop.TAILSCALED,
    about=About.GATEWAY,
    also_about=(About.ROUTER,),
    gravity=Gravity.ALL,
    summary=(
        "The node was logged out, or the key that makes it a member of the tailnet has expired; the node's own log or "
        "its key expiry tells which. It has no routes and serves none. While the gateway's own node is out, userspace "
        "tailscaled dials through the pod's network; when a router's key expires its route is missing, and nothing "
        "fails over."
    ),
    decides=(_said_expired, _needs_login, _fell_out, _listed_expired),
    points=(_logged_out,),
    rules_out=(_auth_key,),
    speaks_against=(_carries,),
    missing=(Missing(question=OWN_STATE, would_decide="`NeedsLogin`, or a peer with `Expired: true`: M15"),),
    remedies=(
        Remedy(
            owner=Owner.TAILNET,
            command="log the node in again; then tag it, as a tagged node's key does not expire",
            risk=Risk.MEDIUM,
            verify="`tailscale status --json` shows BackendState Running, and no Expired peer",
        ),
    ),
    mistaken_for=(
        ("M16", "there the auth key of a new login is bad, and only after a restart"),
        ("M07", "a missing route is the symptom: dials leave through the host's own network"),
        ("M01", "an expired router may still look active"),
    ),
)
