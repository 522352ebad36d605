"""M13: this host reaches no relay: its home relay is down, or TCP 443 is blocked."""

from farshore.diagnosis.asking_tailnet import NETCHECK
from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import NetworkChecked, PingAnswered, PingUnanswered
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import of_the_gateway, own_relays_gone, together, unanswered_dials, warned

_CODES = ("no-derp-connection", "derp-timed-out", "derp-region-error", "network-status")
_WORDS = ("relay server", "cannot connect because the network is down")
_TWO = 2


def _suffering(scope: Scope) -> list[Fact]:
    silent = [ping for ping in scope.index.of(PingUnanswered) if ping.reason == "timeout"]
    return [*silent[:3], *unanswered_dials(scope)[:3]]


def _no_relay(scope: Scope) -> Ground | None:
    """`tailscale netcheck` reaches no relay at all, and pings or dials stay unanswered."""
    found = [c for c in own_relays_gone(scope) if isinstance(c, NetworkChecked)]
    suffering = _suffering(scope)
    return ground("no relay can be reached from the gateway", together(found, suffering))


def _no_home(scope: Scope) -> Ground | None:
    """The gateway's tailscaled says that it has no home relay, and pings or dials stay unanswered."""
    suffering = _suffering(scope)
    return ground("the gateway's tailscaled has no relay", together(own_relays_gone(scope), suffering))


def _warned(scope: Scope) -> Ground | None:
    """The gateway's tailscaled says that it has trouble with a relay, or with its network altogether."""
    found = [w for w in warned(scope, ("no-derp-home", *_CODES), _WORDS) if of_the_gateway(scope, w)]
    return ground("the gateway's tailscaled has trouble with its relays", found)


def _all_silent(scope: Scope) -> Ground | None:
    """Two or more peers answer no ping."""
    silent = [ping for ping in scope.index.of(PingUnanswered) if ping.reason == "timeout"]
    peers = {ping.address for ping in silent}
    return ground(f"{len(peers)} peers answer no ping", silent if len(peers) >= _TWO else ())


def _answered(scope: Scope) -> Ground | None:
    """A peer answered through a relay at the time."""
    relayed = [ping for ping in scope.near(scope.index.of(PingAnswered)) if ping.via == "derp"]
    return ground("a peer answers through a relay", relayed)


def _reached_relays(scope: Scope) -> Ground | None:
    """`tailscale netcheck` on the gateway reaches relays."""
    found = [c for c in scope.index.of(NetworkChecked) if c.derp_latencies_s and of_the_gateway(scope, c)]
    return ground("relays can be reached from the gateway", found)


CAUSE = Cause(
    code="M13",
    title="No relay in reach: home relay (DERP) down, or TCP 443 blocked",
    hop=Hop.TAILNET,
    about=About.GATEWAY,
    gravity=Gravity.ALL,
    summary=(
        "This host's tailscaled reaches no relay. Without a direct path, and to begin one, every peer is silent; a "
        "problem of one region hits the peers whose home it is."
    ),
    decides=(_no_relay,),
    points=(_no_home,),
    allows=(_warned, _all_silent),
    rules_out=(_reached_relays,),
    speaks_against=(_answered,),
    missing=(Missing(question=NETCHECK, would_decide="no relay latency at all: M13; latencies: not M13"),),
    remedies=(
        Remedy(
            owner=Owner.NETWORK,
            command="let TCP 443 and UDP 3478 out of the gateway's host to the relays that `tailscale netcheck` lists",
            risk=Risk.LOW,
            verify="`tailscale netcheck` shows relay latencies",
        ),
    ),
    mistaken_for=(
        ("M01", "there one router is silent and other peers answer"),
        ("M14", "there the control plane is out of reach, and data goes on"),
    ),
)
