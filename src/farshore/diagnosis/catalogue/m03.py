"""M03: the primary router fails its targets, another router of the same prefix could serve them, and nothing moves."""

from farshore.diagnosis.asking_tailnet import ROUTES_LISTED
from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import DialSucceeded
from farshore.diagnosis.facts.peers import DeviceListed
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import CLOSE, Scope
from farshore.diagnosis.tailnet_grounds import known_by, known_of, plain, router_dead, signs_of_life, together

_SEVERAL = 2


def _reached_by_another(scope: Scope) -> list[DialSucceeded]:
    """The same targets, reached by an address of their own that leads through another router."""
    if scope.node is None:
        return []
    failing = {plain(dial.target) for dial in scope.failures if dial.target is not None}
    found = (
        each
        for each in scope.index.of(DialSucceeded)
        if each.target is not None
        and plain(each.target) in failing
        and (owner := scope.index.owner_of_target(each.target)) is not None
        and owner != scope.node
    )
    return list(scope.near(found, within=CLOSE))


def _owners(scope: Scope, reached: list[DialSucceeded]) -> list[Fact]:
    owners = [owner for each in reached if (owner := scope.index.owner_of_target(each.target)) is not None]
    return [fact for owner in owners[:1] for fact in known_of(scope, owner)]


def _standbys(scope: Scope) -> list[DeviceListed]:
    """Other nodes with an approved prefix that this router has too."""
    mine = set(scope.node.routes) if scope.node is not None else set()
    return [
        listed
        for listed in scope.index.of(DeviceListed)
        if listed not in scope.devices and listed.online and mine & set(listed.enabled or ())
    ]


def _other_works(scope: Scope) -> Ground | None:
    """This router answers and its targets fail, while the same targets are reached through another router."""
    failures = [dial for dial in scope.failures if dial.target is not None]
    reached = _reached_by_another(scope)
    return ground(
        "the same target is reached through another router, while this one, which answers pings, stays primary",
        together(reached, failures[:3], signs_of_life(scope)[:2], known_by(scope), _owners(scope, reached)),
    )


def _other_could(scope: Scope) -> Ground | None:
    """This router answers, two or more targets behind it fail, and another router is approved for the prefix."""
    failing = {dial.target: dial for dial in scope.failures if dial.target is not None}
    standbys = _standbys(scope) if len(failing) >= _SEVERAL else []
    return ground(
        "several targets fail behind a router that answers, and another one is approved for the prefix",
        together(standbys, list(failing.values())[:3], signs_of_life(scope)[:2]),
    )


def _through_another(scope: Scope) -> bool:
    failing = {plain(dial.target) for dial in scope.failures if dial.target is not None}
    return any(target not in failing and plain(target) in failing for target in scope.index.targets)


OTHER_ROUTER = Question(
    what="whether the same target answers through the other router (its 4via6 address, or a listener there)",
    command="farshore check --live   (with a path through each router)",
    cost=Cost.PROBE,
    answered=_through_another,
)

CAUSE = Cause(
    code="M03",
    title="No failover: the primary router fails its targets, another could serve them",
    hop=Hop.ROUTER,
    about=About.ROUTER,
    gravity=Gravity.ROUTER,
    summary=(
        "The router is online and answers, so it stays primary for its prefix, but nothing behind it is reached. "
        "Failover watches the router's connection to the control plane, never what lies behind the router."
    ),
    decides=(_other_works,),
    allows=(_other_could,),
    rules_out=(router_dead,),
    depends_on=("M06", "M10", "M20"),
    missing=(
        Missing(question=OTHER_ROUTER, would_decide="answered there: M03; silent there too: the target or its LAN"),
        Missing(question=ROUTES_LISTED, would_decide="two nodes with the prefix enabled: failover is possible at all"),
    ),
    remedies=(
        Remedy(
            owner=Owner.TAILNET,
            command="take the prefix away from {name}, so that another router that offers it takes over: in the "
            "admin console "
            "under Machines, {name}, Edit route settings; with headscale by `headscale nodes approve-routes -i ID -r "
            "PREFIXES`, which names those that stay",
            risk=Risk.MEDIUM,
            verify="`tailscale status --json` shows the prefix under another peer; `farshore doctor {target}`",
        ),
        Remedy(
            owner=Owner.ROUTER,
            command="stop Tailscale on {name} until its way to the LAN is mended",
            risk=Risk.MEDIUM,
            verify="within about 15 s the prefix stands under another peer",
        ),
    ),
    mistaken_for=(
        ("M01", "there the router answers no ping"),
        ("M05", "there the target refuses through every router"),
        ("M45", "there one host alone is dead, through one router that forwards with netstack"),
    ),
)
