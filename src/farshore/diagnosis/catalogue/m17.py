"""M17: two processes use one node's state, or a node loses its state at every restart."""

import re

from farshore.diagnosis.asking_tailnet import CONTROL_VIEW
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.peers import DaemonSeen, DeviceListed, PeerSeen
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import of_the_gateway, together

# In the tailnet a second node of a name gets a number behind it (headscale: eight random characters).
_NUMBERED = re.compile(r"(?P<base>.{1,63}?)-(?:\d{1,3}|(?=[a-z]{0,7}\d)[a-z0-9]{8})")
_SEVERAL = 2


def _own_names(scope: Scope) -> dict[str, DaemonSeen]:
    """The gateway's own node by name, and the status that it made."""
    return {d.observer.lower(): d for d in scope.index.of(DaemonSeen) if d.observer and of_the_gateway(scope, d)}


def _name(listed: DeviceListed) -> str:
    return listed.node.partition(".")[0].lower()


def _twice_connected(scope: Scope) -> Ground | None:
    """The control plane lists the node with several connections at once under one key."""
    says = "the control plane has several connections at once under this one key"
    if scope.kind == About.ROUTER.value:
        return ground(says, [each for each in scope.devices if each.several_connections])
    own = _own_names(scope)
    twice = [each for each in scope.index.of(DeviceListed) if each.several_connections and _name(each) in own]
    return ground(says, together(twice, [own[_name(each)] for each in twice]))


def _new_address(scope: Scope) -> Ground | None:
    """Two statuses of the same node name show different Tailscale addresses of its own."""
    if scope.kind == About.ROUTER.value:
        return None
    seen: dict[str, DaemonSeen] = {}
    for daemon in scope.index.of(DaemonSeen):
        if not daemon.observer or not daemon.ips or not of_the_gateway(scope, daemon):
            continue
        first = seen.setdefault(daemon.observer.lower(), daemon)
        if not set(first.ips) & set(daemon.ips):
            return ground(f"the node {daemon.observer} had two addresses, one after the other", [first, daemon])
    return None


def _earlier_selves(scope: Scope) -> Ground | None:
    """Two or more nodes of this node's name, or of it and a number, are not online and have other addresses."""
    own = _own_names(scope) if scope.kind == About.GATEWAY.value else {}
    gone: list[PeerSeen | DeviceListed] = [seen for seen in scope.index.of(PeerSeen) if seen.peer.online is False]
    gone += [listed for listed in scope.index.of(DeviceListed) if listed.online is False]
    selves: dict[str, PeerSeen | DeviceListed] = {}
    for fact in gone:
        mine = [own[name] for name in _names(fact) if name in own]
        if mine and not _addresses(fact) & set(mine[0].ips):
            selves.update(dict.fromkeys(sorted(_addresses(fact))[:1], fact))
    if len(selves) < _SEVERAL:
        return None
    says = f"{len(selves)} earlier selves of this node are in the tailnet: {', '.join(selves)}"
    return ground(says, [*selves.values(), *own.values()])


def _names(fact: PeerSeen | DeviceListed) -> set[str]:
    """What the host and the tailnet call a node, each also without its number."""
    whole = [fact.peer.host_name, fact.peer.dns_name] if isinstance(fact, PeerSeen) else [fact.node]
    labels = {name.partition(".")[0].lower() for name in whole}
    return labels | {matched["base"] for label in labels if (matched := _NUMBERED.fullmatch(label)) is not None}


def _addresses(fact: PeerSeen | DeviceListed) -> set[str]:
    return {str(ip) for ip in fact.peer.ips} if isinstance(fact, PeerSeen) else set(fact.addresses)


CAUSE = Cause(
    code="M17",
    title="Node state in use twice, or lost at every restart",
    hop=Hop.TAILSCALED,
    about=About.GATEWAY,
    also_about=(About.ROUTER,),
    gravity=Gravity.ALL,
    summary=(
        "Two processes with one node's state take the node from each other every minute or so; a node that loses its "
        "state comes back as another one, with a new address that policies do not know."
    ),
    decides=(_twice_connected,),
    points=(_new_address, _earlier_selves),
    missing=(Missing(question=CONTROL_VIEW, would_decide="`multipleConnections: true`, or node IDs that change: M17"),),
    remedies=(
        Remedy(
            owner=Owner.PLATFORM,
            command="give every replica a state of its own that outlives it (StatefulSet with `TS_KUBE_SECRET` or a "
            "volume each), or make it an ephemeral node",
            risk=Risk.MEDIUM,
            verify="restart one replica: it comes back under the same name and address, and the others stay",
        ),
    ),
    mistaken_for=(
        ("M01", "a router that flaps: there it is one node, and its ID stays the same"),
        ("M16", "there the node does not come back at all"),
    ),
)
