"""M14: this node has lost the control plane; what runs goes on, what changes is not seen."""

from farshore.diagnosis.asking_tailnet import OWN_STATE
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.peers import DaemonSeen, HealthWarned
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import of_the_gateway, together, warned

_CODES = ("not-in-map-poll", "mapresponse-timeout")
_WORDS = ("unable to connect to the tailscale coordination server", "received a network map from the coordination")


def _warnings(scope: Scope) -> list[HealthWarned]:
    return [w for w in warned(scope, _CODES, _WORDS) if of_the_gateway(scope, w)]


def _self_offline(scope: Scope) -> list[DaemonSeen]:
    return [
        seen
        for seen in scope.index.of(DaemonSeen)
        if seen.online is False and seen.backend_state == "Running" and of_the_gateway(scope, seen)
    ]


def _both(scope: Scope) -> Ground | None:
    """Health says that the control plane is out of reach, and the status that this node is not online."""
    said, seen = _warnings(scope), _self_offline(scope)
    return ground("this node is not connected to the control plane", together(said, seen))


def _warned(scope: Scope) -> Ground | None:
    """Health says that this node can't reach the control plane (it says so only after 8 minutes)."""
    return ground("tailscaled says that it can't reach the control plane", _warnings(scope))


def _offline(scope: Scope) -> Ground | None:
    """The status says that this running node itself is not online."""
    return ground("by its own status this node is not online", _self_offline(scope))


CAUSE = Cause(
    code="M14",
    title="Control plane lost: changes are not seen, data goes on",
    hop=Hop.TAILNET,
    about=About.GATEWAY,
    gravity=Gravity.PART,
    summary=(
        "This node has no connection to the control plane. Connections to known peers go on; new peers, moved routes "
        "and policy changes are not seen, and what it says of everybody's Online is old."
    ),
    decides=(_both,),
    points=(_warned, _offline),
    depends_on=("M13", "M15", "M16"),
    missing=(Missing(question=OWN_STATE, would_decide="`Self.Online: false` while Running: M14"),),
    remedies=(
        Remedy(
            owner=Owner.NETWORK,
            command="let TCP 443 out of the gateway's host to the control plane; restart nothing, data goes on",
            risk=Risk.LOW,
            verify="`tailscale status --json` shows Self.Online true and no health message",
        ),
    ),
    mistaken_for=(
        ("M02", "peers that look offline from here may be well: this node does not hear of them"),
        ("M13", "there the data plane is hit"),
    ),
)
