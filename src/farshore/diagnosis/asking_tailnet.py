"""Questions about routers, routes and the tailnet's state that several causes ask; the others are in `questions`."""

from farshore.diagnosis.cause import Cost, Question
from farshore.diagnosis.facts.dials import RouterDropped
from farshore.diagnosis.facts.peers import DaemonSeen, DeviceListed, HealthWarned, NetworkChecked, PrefsSeen
from farshore.diagnosis.index import Scope


def _listed(scope: Scope) -> bool:
    return any(listed.enabled is not None for listed in scope.index.of(DeviceListed))


def _control_view(scope: Scope) -> bool:
    return any(listed.online is not None for listed in scope.devices)


def _netchecked(scope: Scope) -> bool:
    return bool(scope.index.of(NetworkChecked))


def _state_known(scope: Scope) -> bool:
    return any(seen.backend_state for seen in scope.index.of(DaemonSeen))


def _dropped(scope: Scope) -> bool:
    return any(scope.concerns(dropped.target) for dropped in scope.index.of(RouterDropped))


def _other_port(scope: Scope) -> bool:
    target = scope.target
    return target is not None and any(t.host == target.host and t.port != target.port for t in scope.index.targets)


def _router_state(scope: Scope) -> bool:
    """Whether the router itself told its settings or its health."""
    told = [*scope.index.of(PrefsSeen), *scope.index.of(HealthWarned)]
    return any(scope.node is not None and scope.index.node_of(fact.observer) == scope.node for fact in told)


ROUTES_LISTED = Question(
    what="which routes the control plane has advertised and approved, and on which nodes",
    command=(
        "curl -sS -H \"Authorization: Bearer $TOKEN\" 'https://api.tailscale.com/api/v2/tailnet/-/devices?fields=all'"
        " > devices.json   (headscale: headscale nodes list-routes)"
    ),
    cost=Cost.ASK,
    answered=_listed,
)
CONTROL_VIEW = Question(
    what="whether the control plane has a connection to {name}, and since when not",
    command=(
        "curl -sS -H \"Authorization: Bearer $TOKEN\" 'https://api.tailscale.com/api/v2/tailnet/-/devices?fields=all'"
        " > devices.json   (headscale: headscale nodes list)"
    ),
    cost=Cost.ASK,
    answered=_control_view,
)
NETCHECK = Question(
    what="whether this host reaches any relay (TCP 443), and whether UDP leaves it",
    command="tailscale netcheck",
    cost=Cost.PROBE,
    answered=_netchecked,
)
OWN_STATE = Question(
    what="the state of this node's own tailscaled: running, its key, its health",
    command="tailscale status --json > status.json",
    cost=Cost.READ,
    answered=_state_known,
)
ROUTER_DROPS = Question(
    what="whether the router's packet filter drops the packets",
    command="on {name}: tailscaled's log, lines with 'Drop: TCP{' and '{target}'",
    cost=Cost.ASK,
    answered=_dropped,
)
ROUTER_STATE = Question(
    what="the router's own settings and health: shields up, IP forwarding",
    command="on {name}: tailscale debug prefs; tailscale status",
    cost=Cost.ASK,
    answered=_router_state,
)
OTHER_PORT = Question(
    what="whether another port of the same host answers, by the same way",
    command="farshore doctor {host}:OTHER-PORT",
    cost=Cost.PROBE,
    answered=_other_port,
)
