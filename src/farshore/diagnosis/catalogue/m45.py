"""M45: one host's plain address is dead on a netstack router after a 4via6 connection to it."""

from ipaddress import IPv4Address, IPv6Address

from farshore.core.address import TAILSCALE_VIA, HostPort
from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, RouterEndpointError, Wording
from farshore.diagnosis.facts.timing import Timing, timing_of
from farshore.diagnosis.gateway_grounds import unread
from farshore.diagnosis.grounds import ground, worded
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import TSMP_PING
from farshore.diagnosis.tailnet_grounds import known_by, nobody_answered_anywhere, together

_ANSWERS = (Wording.TAILNET_REFUSED, Wording.TAILNET_UNREACHABLE)


def _endpoint_error(scope: Scope) -> Ground | None:
    """The router's own log has `CreateEndpoint error for … -> TARGET`: its netstack lost the address."""
    lines = [line for line in scope.index.of(RouterEndpointError) if line.target and scope.concerns(line.target)]
    says = f"the router's own log says that it can make no endpoint for the target ({len(lines):,} lines)"
    return ground(says, [*lines, *_unanswered(scope)] if lines else ())


def _via_works(scope: Scope) -> Ground | None:
    """The plain address times out while the same router reaches the same host and port over its 4via6 address."""
    same = [dial for dial in _over_via(scope) if scope.index.owner_of_target(dial.target) == scope.node]
    return ground(
        "the plain address is not answered while the same router reaches the same host and port over 4via6",
        together(_unanswered(scope)[:3], same[:3], known_by(scope)),
    )


def _via_works_somewhere(scope: Scope) -> Ground | None:
    """The plain address times out while the same host and port is reached over a 4via6 address."""
    return ground(
        "the plain address is not answered while the same host and port is reached over 4via6",
        together(_unanswered(scope)[:3], _over_via(scope)[:3]),
    )


def _via_another(scope: Scope) -> Ground | None:
    """The 4via6 address that works leads through another router."""
    dials = ((dial, scope.index.owner_of_target(dial.target)) for dial in _over_via(scope))
    others = [dial for dial, owner in dials if owner not in {None, scope.node}]
    return ground("the 4via6 address that works leads through another router", others if scope.node else ())


def _over_via(scope: Scope) -> list[DialSucceeded]:
    return [
        dial
        for dial in scope.near(scope.index.of(DialSucceeded))
        if scope.target is not None and dial.target is not None and _stands_for(dial.target, scope.target)
    ]


def _unanswered(scope: Scope) -> list[DialFailed]:
    return [
        dial
        for dial in scope.failures
        if dial.wording is Wording.DEADLINE
        or (dial.elapsed_s is not None and timing_of(dial.elapsed_s) is Timing.T5 and dial.wording not in _ANSWERS)
    ]


def _stands_for(via: HostPort, plain: HostPort) -> bool:
    """Whether a 4via6 address means a plain one; the site id does not matter."""
    if not isinstance(via.host, IPv6Address) or not isinstance(plain.host, IPv4Address) or via.port != plain.port:
        return False
    return via.host in TAILSCALE_VIA and int(via.host) & 0xFFFFFFFF == int(plain.host)


def _foreign_router(scope: Scope) -> Ground | None:
    """Nobody answers, and the router's system is one on which tailscaled forwards with its netstack."""
    seen = [peer for peer in scope.peers if peer.peer.os.lower() in {"windows", "macos", "freebsd"}]
    silent = _unanswered(scope)
    if not seen or not silent:
        return None
    return ground(
        f"the target is not answered behind a router on {seen[0].peer.os}, which forwards with netstack",
        [*silent[:3], seen[0]],
    )


def _answered(scope: Scope) -> Ground | None:
    """The dial was answered."""
    return ground("something behind the tailnet answered the dial", worded(scope, _ANSWERS))


def _reached(scope: Scope) -> Ground | None:
    """The plain address was reached between the failures."""
    return ground("the plain address was reached between the failures", scope.successes)


CAUSE = Cause(
    code="M45",
    title="Poisoned address: one host is dead on a netstack router after a 4via6 connection",
    hop=Hop.ROUTER,
    about=About.TARGET,
    gravity=Gravity.TARGET,
    summary=(
        "On a router that forwards with netstack (Windows, macOS, userspace) each 4via6 connection to a host takes "
        "away one count of that host's plain address; from then on every plain connection to that host through that "
        "router is swallowed until its tailscaled restarts. Executed on tailscale 1.102.3 (tailscale #20730)."
    ),
    decides=(_endpoint_error, _via_works),
    points=(_via_works_somewhere,),
    allows=(_foreign_router, nobody_answered_anywhere),
    rules_out=(_answered, _via_another),
    speaks_against=(_reached,),
    depends_on=("M01",),
    missing=(
        Missing(question=TSMP_PING, would_decide="unanswered: M01; answered: M45, M09 or behind the router"),
        Missing(
            question=Question(
                what="whether the router's own log has the line of a lost address",
                command="on {name}: tailscaled's log, lines with 'CreateEndpoint error for' and {host}",
                cost=Cost.ASK,
                answered=lambda scope: _endpoint_error(scope) is not None,
            ),
            would_decide="such a line: M45",
        ),
        Missing(
            question=Question(
                what="whether another host behind the same router is reached (do not try 4via6: that is what poisons)",
                command="farshore doctor OTHER_HOST:PORT",
                cost=Cost.PROBE,
                answered=unread,
            ),
            would_decide="reached: one host alone is dead (M45, M09); not reached: M01 or M06",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.ROUTER,
            command="restart the Tailscale service on {name}; every connection through it ends",
            risk=Risk.MEDIUM,
            verify="`farshore doctor {target}`",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="reach each host over 4via6 alone or plainly alone; `farshore check` says where it is both",
            risk=Risk.LOW,
            verify="`farshore check` reports no mixture",
        ),
    ),
    mistaken_for=(
        ("M01", "there the router answers no TSMP ping"),
        ("M06", "there several hosts of one network are dead, over 4via6 too"),
        ("M09", "there a port is dead, not a host, over 4via6 too"),
    ),
)
