"""M08: a router advertises the route, and nobody has approved it."""

from farshore.core.address import IPAddress, IPNetwork
from farshore.diagnosis.asking_tailnet import ROUTES_LISTED
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.peers import DeviceListed, RoutesListed
from farshore.diagnosis.grounds import ground, worded
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import LOCALAPI_DIAL
from farshore.diagnosis.tailnet_grounds import NOT_THROUGH, through_tailnet, together


def _waiting(scope: Scope) -> list[DeviceListed | RoutesListed]:
    """Nodes that advertise a prefix with the target in it, which is not enabled on them; one may have no name."""
    host = None if scope.target is None else scope.target.host
    if host is None or isinstance(host, str):
        return []
    every: list[DeviceListed | RoutesListed] = [*scope.index.of(DeviceListed), *scope.index.of(RoutesListed)]
    return [
        listed
        for listed in every
        if listed.advertised is not None
        and listed.enabled is not None
        and _hold(listed.advertised, host)
        and not _hold(listed.enabled, host)
    ]


def _hold(routes: tuple[IPNetwork, ...], host: IPAddress) -> bool:
    """Whether one of some routes leads to a host; an exit node's defaults lead nobody there who does not choose it."""
    return any(route.prefixlen and host in route for route in routes)


def _names(listed: list[DeviceListed | RoutesListed]) -> str:
    names = (each.node if isinstance(each, DeviceListed) else "a device" for each in listed)
    return ", ".join(dict.fromkeys(names))


def _unapproved_and_missing(scope: Scope) -> Ground | None:
    """The control plane lists the route as advertised and not enabled, and the dial found no route."""
    waiting = _waiting(scope)
    return ground(
        f"{_names(waiting)} advertises a route to the target that is not approved, and dials find none",
        together(waiting, worded(scope, NOT_THROUGH)[:3]),
    )


def _unapproved(scope: Scope) -> Ground | None:
    """The control plane lists the route as advertised and not enabled, while dials fail."""
    waiting = _waiting(scope)
    return ground(
        f"{_names(waiting)} advertises a route to the target that is not approved",
        together(waiting, scope.failures[:3]),
    )


def _enabled_elsewhere(scope: Scope) -> Ground | None:
    """Another node has an approved route to the target."""
    host = None if scope.target is None else scope.target.host
    found = [
        listed
        for listed in scope.index.of(DeviceListed)
        if host is not None and not isinstance(host, str) and _hold(listed.enabled or (), host)
    ]
    return ground("a node has an approved route to the target", found)


CAUSE = Cause(
    code="M08",
    title="Route advertised, not approved",
    hop=Hop.TAILNET,
    about=About.TARGET,
    gravity=Gravity.ALL,
    summary=(
        "The router offers the prefix and nobody has approved it, so no node of the tailnet has a route. Dials leave "
        "through the host's own network, as with every missing route."
    ),
    decides=(_unapproved_and_missing,),
    points=(_unapproved,),
    rules_out=(through_tailnet, _enabled_elsewhere),
    missing=(
        Missing(question=ROUTES_LISTED, would_decide="advertised and not enabled: M08; enabled: not M08"),
        Missing(question=LOCALAPI_DIAL, would_decide="`Dial-Self: true`: the route is missing; anything else: not M08"),
    ),
    remedies=(
        Remedy(
            owner=Owner.TAILNET,
            command="approve the prefix that holds {host} for the router that advertises it; autoApprovers for the "
            "next time (headscale: `headscale nodes approve-routes -i ID -r PREFIXES`)",
            risk=Risk.LOW,
            verify="`tailscale status --json` shows the prefix in a peer's AllowedIPs",
        ),
    ),
    mistaken_for=(
        ("M07", "the symptom is the same; the control plane's list tells an unapproved route from one that nobody has"),
        ("a standby router", "PrimaryRoutes stands on the primary alone: its absence on another proves nothing"),
        ("F20", "a status in which a peer has the prefix in PrimaryRoutes refutes it: approved and elected"),
    ),
)
