"""M11: everything goes through a relay: it works, and is slow."""

from farshore.diagnosis.asking_tailnet import NETCHECK
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.peers import DirectNotEstablished, NetworkChecked, PingAnswered, PingKind
from farshore.diagnosis.grounds import duration, ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import of_the_gateway, together

_SEVERAL = 2


def _pings(scope: Scope) -> list[PingAnswered]:
    return [ping for ping in scope.pings_answered if ping.kind is PingKind.DISCO and ping.via]


def _relayed_all_along(scope: Scope) -> Ground | None:
    """Two or more pings of the router in a row came back through a relay, the last one too."""
    pings = _pings(scope)
    relayed = [ping for ping in pings if ping.via == "derp"]
    if len(relayed) < _SEVERAL or pings[-1].via != "derp":
        return None
    slowest = max((ping.latency_s for ping in relayed if ping.latency_s is not None), default=None)
    took = "" if slowest is None else f", in up to {duration(slowest)}"
    return ground(f"the router answers through the relay {relayed[-1].derp or ''}{took}, not directly", relayed)


def _gave_up(scope: Scope) -> Ground | None:
    """`tailscale ping` says that no direct connection was established, after answers through a relay."""
    gave_up = [each for each in scope.index.of(DirectNotEstablished) if scope.is_pinged(each.address, each.node)]
    relayed = [ping for ping in _pings(scope) if ping.via == "derp"]
    return ground("the ping waited for a direct path to the router, and none came", together(gave_up, relayed[-1:]))


def _no_udp(scope: Scope) -> Ground | None:
    """`tailscale netcheck` on the gateway says that no UDP leaves this host, and the router answers through a relay."""
    blocked = [c for c in scope.index.of(NetworkChecked) if c.udp is False and of_the_gateway(scope, c)]
    relayed = [ping for ping in _pings(scope) if ping.via == "derp"]
    return ground("no UDP leaves the gateway's host", together(blocked, relayed[:2]))


def _direct(scope: Scope) -> Ground | None:
    """The last ping came back directly."""
    pings = _pings(scope)
    return ground("the router answers directly", pings[-1:] if pings and pings[-1].via == "direct" else ())


CAUSE = Cause(
    code="M11",
    title="Relayed only: it works, through a relay (DERP), and is slow",
    hop=Hop.TAILNET,
    about=About.ROUTER,
    gravity=Gravity.NOTE,
    summary=(
        "No direct path to the router comes about, so every packet takes the way through a relay: more delay, less "
        "throughput. Slow is not down; this alone is no reason to wake anybody."
    ),
    decides=(_relayed_all_along, _gave_up, _no_udp),
    rules_out=(_direct,),
    missing=(Missing(question=NETCHECK, would_decide="`UDP: false`: the gateway's network blocks the direct path"),),
    remedies=(
        Remedy(
            owner=Owner.NETWORK,
            command="let UDP out to any port from the gateway's host, and UDP 41641 out of {name}; or give one of them "
            "a static endpoint or a peer relay",
            risk=Risk.LOW,
            verify="`tailscale ping --c 10 {router}` ends with `via ADDRESS:PORT`",
        ),
    ),
    mistaken_for=(
        ("M01", "a relayed router answers; `CurAddr` is empty and `Relay` is set on a healthy idle one too"),
        ("M13", "there the relays themselves are out of reach, and nothing is answered"),
    ),
)
