"""M20: the router's netstack has too many dials in flight, and ignores new ones."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.dials import RouterRefusedWork
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import ROUTER_LOG
from farshore.diagnosis.tailnet_grounds import known_by, not_through_tailnet, of_a_router, together, unanswered_dials


def _limit(scope: Scope) -> list[RouterRefusedWork]:
    return [each for each in scope.index.of(RouterRefusedWork) if of_a_router(scope, each) in {None, scope.node}]


def _mine(scope: Scope) -> list[RouterRefusedWork]:
    return [each for each in _limit(scope) if scope.node is not None and of_a_router(scope, each) == scope.node]


def _most(lines: list[RouterRefusedWork]) -> int:
    return max((line.in_flight for line in lines), default=0)


def _over_the_limit(scope: Scope) -> Ground | None:
    """The router's own log says that it ignores new connections for too many in flight."""
    lines = _mine(scope)
    says = f"the router ignores new connections: {_most(lines):,} dials of one client are in flight"
    return ground(says, [*together(lines, known_by(scope)), *unanswered_dials(scope)[:3]] if lines else ())


def _some_router_over(scope: Scope) -> Ground | None:
    """The log of a router that it does not name says so, while dials are not answered."""
    lines = [line for line in _limit(scope) if of_a_router(scope, line) is None]
    says = f"a router ignores new connections: {_most(lines):,} dials of one client are in flight"
    return ground(says, together(lines, unanswered_dials(scope)[:3]))


CAUSE = Cause(
    code="M20",
    title="Router overloaded: too many dials in flight, new ones are ignored",
    hop=Hop.ROUTER,
    about=About.ROUTER,
    gravity=Gravity.ROUTER,
    summary=(
        "A router that forwards with netstack (Windows, macOS, userspace) holds a dial open until the target answers. "
        "Many dials to one dead target fill its limit (8,192 on Linux, 2,048 elsewhere, two thirds of it for one "
        "client), and dials to healthy targets are ignored as well."
    ),
    decides=(_over_the_limit,),
    points=(_some_router_over,),
    rules_out=(not_through_tailnet,),
    missing=(
        Missing(question=ROUTER_LOG, would_decide="`already has N in-flight connections`: M20; nothing: not M20"),
    ),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="dial the dead target less: a breaker, fewer retries, a lower limit of connections for its route",
            risk=Risk.LOW,
            verify="`farshore doctor HOST:PORT` of a healthy target behind {name}",
        ),
        Remedy(
            owner=Owner.ROUTER,
            command="upgrade Tailscale on {name} (old versions allow 16 dials), or let it forward in the kernel",
            risk=Risk.MEDIUM,
            verify="its log says no more of connections in flight",
        ),
    ),
    mistaken_for=(
        ("M01", "healthy targets hang as behind a dead router, but it answers pings"),
        ("M09", "policy drops without regard to load; the router's log tells them apart"),
    ),
)
