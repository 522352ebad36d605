"""M01: the router is connected to the control plane and its data plane is dead."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.base import dated
from farshore.diagnosis.facts.dials import PendingOpen
from farshore.diagnosis.facts.peers import DerpLostPeer, PeerSeen, PeerWireguard, PingAnswered, PingKind
from farshore.diagnosis.gateway_grounds import ended
from farshore.diagnosis.grounds import (
    answered_at_all,
    failed_at_deadline,
    ground,
    reset_before_reply,
    silent_cause,
)
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import STATUS_TWICE, TSMP_PING
from farshore.diagnosis.tailnet_grounds import (
    handshakes_alone,
    heard,
    no_session,
    nobody_answered,
    offline_by_the_informed,
    own_relays_gone,
    signs_of_death,
    together,
)

# wireguard-go counts 148 bytes and 8 of headroom for each handshake initiation, since tailscale 1.86.
_INITIATION_BYTES = 156
_MANY_INITIATIONS = 5
# Less is an acknowledgement or a keepalive, which nobody answers.
_LEAST_SENT_BYTES = 148
_LONG_SILENCE_S = 60.0
# An answered handshake takes a round trip; every 5 s it is tried anew.
_HANDSHAKE = timedelta(seconds=10)
_INSIDE = (PingKind.TSMP, PingKind.ICMP, PingKind.PEERAPI, PingKind.UNKNOWN)


def _unanswered_alone(scope: Scope) -> Ground | None:
    """A ping to the router was not answered while another peer answered the same observer."""
    pings = signs_of_death(scope)
    others = [a for a in scope.near(scope.index.of(PingAnswered)) if not scope.is_pinged(a.address, a.node)]
    same = [a for a in others if any(a.observer == ping.observer for ping in pings)]
    tsmp = [ping for ping in pings if ping.kind is not PingKind.UNKNOWN]
    if not tsmp or not same:
        return None
    return ground("the router answers no ping while another peer answers", [*tsmp, *same[:2]])


def _unanswered(scope: Scope) -> Ground | None:
    """A ping to the router was not answered, and somebody saw it in the tailnet."""
    return ground("the router answers no ping", signs_of_death(scope)) if scope.peers or scope.devices else None


def _silent(scope: Scope) -> Ground | None:
    """A ping to the router was not answered; nobody tells whether it is online, or there at all."""
    says = "the router answers no ping, and nothing says whether it is online"
    return None if scope.peers or scope.devices else ground(says, signs_of_death(scope))


def _one_way(scope: Scope) -> Ground | None:
    """Between two samples of one observer it sent the active router 148 bytes or more, and none came back."""
    for before, after in _samples(scope):
        sent = after.peer.tx_bytes - before.peer.tx_bytes
        if after.peer.active and sent >= _LEAST_SENT_BYTES and after.peer.rx_bytes == before.peer.rx_bytes:
            return ground(
                f"{sent:,} bytes were sent to the router between two samples, and none came back", [before, after]
            )
    return None


def _samples(scope: Scope) -> Iterator[tuple[PeerSeen, PeerSeen]]:
    """What one observer saw of the router, and what it saw next."""
    for observer in dict.fromkeys(seen.observer for seen in scope.peers):
        yield from pairwise(seen for seen in scope.peers if seen.observer == observer)


def _initiations(scope: Scope) -> Ground | None:
    """The observer sent the router a whole number (5 or more) of handshake initiations, and nothing ever came back."""
    seen = [
        each
        for each in scope.peers
        if {"TxBytes", "RxBytes"} <= each.fields
        and each.peer.rx_bytes == 0
        and each.peer.tx_bytes >= _MANY_INITIATIONS * _INITIATION_BYTES
        and each.peer.tx_bytes % _INITIATION_BYTES == 0
    ]
    if not seen:
        return None
    count = seen[0].peer.tx_bytes // _INITIATION_BYTES
    says = f"{seen[0].peer.tx_bytes:,} bytes sent are exactly {count} handshake initiations ({count} x 156), unanswered"
    return ground(says, seen)


def _handshaking(scope: Scope) -> Ground | None:
    """The router's WireGuard state is `handshake` since 10 s or longer before a dial or a ping failed."""
    states = [seen for seen in _handshakes(scope) if _lasted(scope, seen)]
    return ground("WireGuard handshakes with the router stay unanswered", states)


def _in_handshake(scope: Scope) -> Ground | None:
    """The router's WireGuard state is `handshake` while dials or pings fail, and for how long nobody tells."""
    failed = [*scope.failures, *scope.pings_unanswered]
    return ground("a WireGuard handshake with the router was under way", together(_handshakes(scope), failed[:3]))


def _handshakes(scope: Scope) -> list[PeerWireguard]:
    states = [seen for seen in scope.index.of(PeerWireguard) if seen.state == "handshake"]
    return [seen for seen in states if scope.is_pinged(seen.node, seen.node)]


def _lasted(scope: Scope, seen: PeerWireguard) -> bool:
    failed = [dated(fact) for fact in (*scope.failures, *scope.pings_unanswered)]
    return any(at is not None and seen.since is not None and at - seen.since >= _HANDSHAKE for at in failed)


def _lost_by_derp(scope: Scope) -> Ground | None:
    """The log says that the router's home relay does not know the router, while dials or pings fail."""
    keys = {_short_key(seen.peer.key) for seen in scope.peers} if scope.failures or scope.pings_unanswered else set()
    lost = [line for line in scope.near(scope.index.of(DerpLostPeer)) if line.node.strip("[]") in keys]
    return ground("the router's home relay says that it is not connected there", lost)


def _short_key(key: str) -> str:
    """How tailscaled's log names a `nodekey:…`: the first five characters of its base64; empty where it is none."""
    try:
        return b64encode(bytes.fromhex(key.removeprefix("nodekey:"))).decode()[:5]
    except ValueError:
        return ""


def _long_silent(scope: Scope) -> Ground | None:
    """A TUN-mode client's `open-conn-track` says: online, and nothing received for over a minute."""
    pending = [
        line
        for line in scope.index.of(PendingOpen)
        if line.verdict == "unanswered" and line.online and (line.last_received_s or 0) >= _LONG_SILENCE_S
        if scope.concerns(line.target)
    ]
    return ground("connections through the router hang; it is online and has not been heard of", pending)


def _cut_off(scope: Scope) -> Ground | None:
    """The gateway's own record: it ended connections because their router had been down for some time."""
    return ground(
        "the gateway ended connections whose router had been down for some time ({n} seen)",
        ended(scope, "router.transfer.dead"),
    )


def _answers(scope: Scope) -> Ground | None:
    """The router answered a ping inside WireGuard at the time, or one of an unknown kind."""
    return ground("the router answers pings", [p for p in scope.pings_answered if p.kind in _INSIDE])


def _answers_disco(scope: Scope) -> Ground | None:
    """The router answered a discovery ping at the time: its process lives, and WireGuard may still be stuck."""
    found = [p for p in scope.pings_answered if p.kind is PingKind.DISCO]
    return ground("the router answers discovery pings", found)


_OTHER_SIGNS = (
    *(
        no_session,
        _in_handshake,
        _cut_off,
        _one_way,
        _handshaking,
        _lost_by_derp,
        _long_silent,
        _initiations,
        handshakes_alone,
    ),
    nobody_answered,
)


def _lost_once(scope: Scope) -> Ground | None:
    """Nothing but discovery pings went unanswered, and another one was answered."""
    lost = signs_of_death(scope)
    came = [ping for ping in scope.pings_answered if ping.kind is PingKind.DISCO]
    if any(ping.kind is not PingKind.DISCO for ping in lost) or any(rule(scope) is not None for rule in _OTHER_SIGNS):
        return None
    return ground("a discovery ping was lost, and another one was answered", together(lost[:3], came[:3]))


def _offline(scope: Scope) -> Ground | None:
    """A status shows the router offline: it is gone altogether."""
    return ground("the router is not online either: it is gone altogether", offline_by_the_informed(scope))


def _relays_gone(scope: Scope) -> Ground | None:
    """The observer's own tailscaled says that it has no relay."""
    return ground("the observer's own tailscaled has no relay: the silence may be its own", own_relays_gone(scope))


def _reached(scope: Scope) -> Ground | None:
    """A target behind the router was reached at the time."""
    return ground("a target behind the router was reached at the same time", scope.successes if scope.node else ())


def _fast(scope: Scope) -> Ground | None:
    """The failures came faster than silence can: a dead peer costs 5.0 s."""
    found = answered_at_all(scope)
    slow = failed_at_deadline(scope)
    return found if slow is None else None


def _idle(scope: Scope) -> Ground | None:
    """The observer of the status had sent the router nothing for an hour while dials failed."""
    window = scope.window
    idle = [
        seen
        for seen in scope.peers
        if window is not None
        and seen.peer.last_write is not None
        and window[0] - seen.peer.last_write > timedelta(hours=1)
    ]
    return ground(
        "the node whose status this is had sent the router nothing since long before the failures: "
        "it is not the node that fails, or its dials did not go to this router",
        idle,
    )


_DECIDES = "unanswered while another peer answers: M01; answered: the router lives, the fault is behind it or policy"

CAUSE = Cause(
    code="M01",
    title="Zombie router: online, and its data plane is dead",
    hop=Hop.ROUTER,
    about=About.ROUTER,
    gravity=Gravity.ROUTER,
    summary=(
        "The router keeps its connection to the control plane, so it looks online and keeps its routes, but no packet "
        "comes back through WireGuard. Nothing fails over: failover watches the control connection alone."
    ),
    decides=(_unanswered_alone,),
    points=(no_session, _cut_off, _unanswered, _one_way, _handshaking, _lost_by_derp, _long_silent),
    allows=(
        _silent,
        _initiations,
        _in_handshake,
        handshakes_alone,
        nobody_answered,
        failed_at_deadline,
        silent_cause,
        reset_before_reply,
    ),
    rules_out=(_answers, heard, _reached, _fast, _offline, _lost_once),
    speaks_against=(_idle, _answers_disco, _relays_gone),
    missing=(
        Missing(question=TSMP_PING, would_decide=_DECIDES),
        Missing(question=STATUS_TWICE, would_decide="sent grows and received does not: M01; received grows: not M01"),
    ),
    remedies=(
        Remedy(
            owner=Owner.ROUTER,
            command="restart the Tailscale service on {name} (Windows: `Restart-Service Tailscale`, "
            "Linux: `sudo systemctl restart tailscaled`)",
            risk=Risk.MEDIUM,
            verify="`tailscale ping --tsmp --c 3 {router}`",
        ),
        Remedy(
            owner=Owner.TAILNET,
            command="take the prefix away from {name}, so that another router that offers it takes over: in the "
            "admin console "
            "under Machines, {name}, Edit route settings; with headscale by `headscale nodes approve-routes -i ID -r "
            "PREFIXES`, which names those that stay",
            risk=Risk.MEDIUM,
            verify="`tailscale status --json` shows the prefix under another peer",
        ),
    ),
    mistaken_for=(
        (
            "a healthy idle standby",
            "looks the same in one status: no address, no bytes, no handshake; a ping tells",
        ),
        ("M02", "there the router is offline too, and the control plane knows it"),
        ("M03", "there the router answers TSMP pings"),
        ("M05", "there the failure comes within a round trip"),
        ("M12", "there a retry within seconds succeeds, and it happens only after a minute or two without traffic"),
        (
            "M18",
            "a router from which tailnet lock hides this node is as silent: `tailscale lock status`",
        ),
        ("M45", "there the router answers, and only one host is dead"),
    ),
)
