"""M06: the router was reached, and its way to the target's network is down."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.dials import RouterDialFailed, Wording
from farshore.diagnosis.facts.timing import Timing, timing_of
from farshore.diagnosis.gateway_grounds import ended
from farshore.diagnosis.grounds import (
    failed_fast,
    ground,
    reached_from_router,
    reset_before_reply,
    silent_cause,
    worded,
)
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import LOCALAPI_DIAL, ROUTER_LOG, TAILSCALED_LOG, TSMP_PING
from farshore.diagnosis.tailnet_grounds import lost_behind, nobody_answered

_NO_ROUTE = (Wording.DIAL_SELF, Wording.KERNEL_REFUSED, Wording.KERNEL_TIMEOUT, Wording.KERNEL_UNREACHABLE)
_BEHIND = {Wording.KERNEL_TIMEOUT, Wording.KERNEL_UNREACHABLE, Wording.TIMED_OUT, Wording.TAILNET_UNREACHABLE}


def _router_cannot(scope: Scope) -> Ground | None:
    """The router's own log says that it found no way to the target."""
    lines = [
        line for line in scope.index.of(RouterDialFailed) if line.wording in _BEHIND and scope.concerns(line.target)
    ]
    return ground("the router's own log says that it cannot reach the target", lines)


def _unreachable(scope: Scope) -> Ground | None:
    """The error is `no route to host` in gVisor's words, as a kernel-mode router's ICMP makes it."""
    return ground("the router says that the host is unreachable", worded(scope, [Wording.TAILNET_UNREACHABLE]))


def _unreachable_from_here(scope: Scope) -> Ground | None:
    """The gateway's own record, of a direct egress: the target is unreachable or silent on its own network."""
    records = ended(scope, "target.dial.unreachable", "target.dial.no-answer")
    return ground(
        "the target is not reached on the gateway's own network ({n} seen)",
        [each for each in records if "connect tcp" not in each.detail],
    )


def _after_arp(scope: Scope) -> Ground | None:
    """A refusal through the tailnet came after about 3 s: the router's ARP gave up."""
    dials = [
        dial
        for dial in worded(scope, [Wording.TAILNET_REFUSED])
        if dial.elapsed_s is not None and timing_of(dial.elapsed_s) is Timing.T3
    ]
    return ground("the refusal came after about 3 s, when the router's ARP gives up: nobody has that address", dials)


def _leaked(scope: Scope) -> Ground | None:
    """The dial never went through the tailnet."""
    return ground("the dial did not go through the tailnet at all", worded(scope, _NO_ROUTE))


def _reached(scope: Scope) -> Ground | None:
    """The same host and port was reached at the time."""
    return ground("the same address and port was reached at the same time", scope.successes)


CAUSE = Cause(
    code="M06",
    title="LAN path down: router reached, host behind it is not",
    hop=Hop.LAN,
    about=About.TARGET,
    gravity=Gravity.TARGET,
    summary="The tailnet works up to the router; between the router and the target its own network does not.",
    decides=(_router_cannot,),
    points=(_unreachable, _unreachable_from_here, _after_arp),
    allows=(silent_cause, failed_fast, reset_before_reply, lost_behind, nobody_answered),
    rules_out=(_leaked,),
    speaks_against=(_reached, reached_from_router),
    missing=(
        Missing(
            question=TAILSCALED_LOG,
            would_decide="`connect tcp …: no route to host`: M06; `… was refused`: M05 or M06; `dial tcp`: M07",
        ),
        Missing(
            question=LOCALAPI_DIAL,
            would_decide="`no route to host`, or refused after 3 s: M06; refused at once: M05; `Dial-Self: true`: M07",
        ),
        Missing(question=ROUTER_LOG, would_decide="`no route to host` or timeout: M06; `connection refused`: M05"),
        Missing(question=TSMP_PING, would_decide="unanswered: M01 or M02; answered: M06, M09 or M10"),
    ),
    remedies=(
        Remedy(
            owner=Owner.ROUTER,
            command="on {name}: see that the network leg towards {host} is up (adapter, VLAN, VPN, gateway)",
            risk=Risk.MEDIUM,
            verify="on {name}: `Test-NetConnection {host} -Port {port}`, or `nc -vz {host} {port}`",
        ),
    ),
    mistaken_for=(
        ("M05", "there the refusal comes within milliseconds"),
        ("M01", "there the router answers no ping either"),
        ("M09", "a packet that the tailnet's policy drops hangs as one that the LAN drops; the router's log tells"),
    ),
)
