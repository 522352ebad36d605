"""M21: small packets pass and large ones are lost without a word."""

from collections import Counter

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.facts.dials import GatewayEnded, Greeted
from farshore.diagnosis.facts.flows import TooLargeDropped
from farshore.diagnosis.facts.peers import PingAnswered, PingUnanswered
from farshore.diagnosis.gateway_grounds import drivers
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import LARGE_PING_BYTES, together

# What a first flight may hold before it stalls.
_FIRST_FLIGHT = range(1_200, 20_001)
_STALLED = "gateway.transfer.idle"
_STUCK = (Symptom.TLS_FAILED, Symptom.TLS_CUT_OFF, Symptom.SILENT_BEFORE_REPLY)
_WAITED = (Symptom.SLOW, *_STUCK)


def _sized(scope: Scope) -> tuple[list[PingAnswered], list[PingUnanswered]]:
    small = [ping for ping in scope.pings_answered if ping.size_bytes < LARGE_PING_BYTES]
    large = [p for p in scope.pings_unanswered if p.size_bytes >= LARGE_PING_BYTES and p.reason == "timeout"]
    return small, large


def _large_pings_lost(scope: Scope) -> Ground | None:
    """Small pings of the router are answered and large ones (1,000 bytes or more) are not."""
    small, large = _sized(scope)
    sizes = ", ".join(f"{size:,}" for size in sorted({ping.size_bytes for ping in large}))
    return ground(f"small pings are answered, pings of {sizes} bytes are not", together(large, small[:2]))


def _fragments_dropped(scope: Scope) -> Ground | None:
    """The cluster's network dropped packets because they would have to be fragmented."""
    drops = scope.index.of(TooLargeDropped)
    total = sum(drop.count for drop in drops)
    return ground(f"the cluster's network dropped {total:,} packets that would need fragmentation", drops)


def _stalls_alike(scope: Scope) -> Ground | None:
    """Drivers heard nothing more, and two or more idle connections had stopped after the same 1,200 to 20,000 bytes."""
    ended = [e for e in scope.index.of(GatewayEnded) if e.code == _STALLED and scope.concerns(e.target)]
    lengths = Counter(each.upstream_bytes for each in ended if each.upstream_bytes in _FIRST_FLIGHT)
    length, times = lengths.most_common(1)[0] if lengths else (0, 0)
    stalled = [each for each in ended if each.upstream_bytes == length] if times > 1 else []
    # The pooled connections of one application have often received alike, too; somebody has to have waited in vain.
    waited = drivers(scope, *_WAITED)
    return ground(
        f"{times} connections stopped after exactly {length:,} bytes, and drivers heard nothing more",
        together(stalled, waited[:3]),
    )


def _tls_stalls(scope: Scope) -> Ground | None:
    """The target is reached and answers a small greeting, while drivers hang in or after the TLS handshake."""
    stuck = drivers(scope, *_STUCK)
    greeted = [g for g in scope.near(scope.index.of(Greeted), to=stuck) if g.protocol and scope.concerns(g.target)]
    return ground("a small exchange works, the handshake with its large packets does not", together(stuck, greeted))


def _cut_off(scope: Scope) -> Ground | None:
    """A driver was answered before TLS, and the stream ended where the handshake's first large packets come."""
    return ground("a driver's stream ended in the TLS handshake ({n} seen)", drivers(scope, Symptom.TLS_CUT_OFF))


def _large_pass(scope: Scope) -> Ground | None:
    """Large pings of the router are answered."""
    large = [ping for ping in scope.pings_answered if ping.size_bytes >= LARGE_PING_BYTES]
    return ground("large pings are answered", large)


def _large_tried(scope: Scope) -> bool:
    sizes = [*(ping.size_bytes for ping in scope.pings_answered), *(p.size_bytes for p in scope.pings_unanswered)]
    return any(size >= LARGE_PING_BYTES for size in sizes)


CAUSE = Cause(
    code="M21",
    title="Large packets lost (MTU): the dial works, the first large answer stalls",
    hop=Hop.LAN,
    about=About.ROUTER,
    gravity=Gravity.ROUTER,
    summary=(
        "Somewhere on the way packets above a size are dropped and nobody is told (a path MTU black hole). Connecting "
        "and small exchanges work; the first large packet, a TLS ServerHello or a big result, never arrives."
    ),
    decides=(_large_pings_lost,),
    points=(_fragments_dropped,),
    allows=(_stalls_alike, _tls_stalls, _cut_off),
    speaks_against=(_large_pass,),
    missing=(
        Missing(
            question=Question(
                what="whether large packets pass to the router",
                command="tailscale ping --c 3 {router}; tailscale ping --size 1250 --c 3 {router}",
                cost=Cost.PROBE,
                answered=_large_tried,
            ),
            would_decide="small answered, large not: M21; both answered: look between router and target",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.NETWORK,
            command="let ICMP `fragmentation needed` pass, or clamp the MSS on {name}; in the cluster: an MTU that "
            "leaves room for its overlay and WireGuard's 80 bytes",
            risk=Risk.MEDIUM,
            verify="`tailscale ping --size 1250 {router}` is answered; a large query comes back",
        ),
    ),
    mistaken_for=(
        ("M42", "a TLS error with a certificate in it is no loss of packets"),
        ("M43", "a slow query stalls without regard to size, and the connection goes on"),
    ),
)
