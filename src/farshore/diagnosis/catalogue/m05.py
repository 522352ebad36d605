"""M05: the router was reached, and the target refuses."""

from farshore.diagnosis.cause import About, Cause, Gravity, Ground, Hop, Missing, Owner, Remedy, Risk
from farshore.diagnosis.facts.dials import PendingOpen, RouterDialFailed, Wording
from farshore.diagnosis.facts.timing import Timing, timing_of
from farshore.diagnosis.grounds import (
    failed_at_deadline,
    failed_fast,
    ground,
    reached_from_router,
    reset_before_reply,
    silent_cause,
    worded,
)
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import LOCALAPI_DIAL, ROUTER_LOG, TAILSCALED_LOG

_NO_ROUTE = (Wording.DIAL_SELF, Wording.KERNEL_REFUSED, Wording.KERNEL_TIMEOUT, Wording.KERNEL_UNREACHABLE)


def _refused(scope: Scope) -> Ground | None:
    """The dial was refused (`connection was refused` in gVisor's words), in less than 3 s where the time is told."""
    dials = [
        dial
        for dial in worded(scope, [Wording.TAILNET_REFUSED, Wording.REFUSED])
        if dial.elapsed_s is None or timing_of(dial.elapsed_s) in {Timing.T0, Timing.T1, Timing.T2}
    ]
    through = all(dial.wording is Wording.TAILNET_REFUSED for dial in dials)
    return ground(f"dials {'through the tailnet ' if through else ''}were refused ({{n}} seen)", dials)


def _router_refused(scope: Scope) -> Ground | None:
    """The router's own log says that the target refused."""
    lines = [
        line
        for line in scope.index.of(RouterDialFailed)
        if line.wording in {Wording.KERNEL_REFUSED, Wording.REFUSED} and scope.concerns(line.target)
    ]
    return ground("the router's own log says that the target refused", lines)


def _reset_seen(scope: Scope) -> Ground | None:
    """A TUN-mode client's `open-conn-track` says: RST by peer."""
    lines = [p for p in scope.index.of(PendingOpen) if p.verdict == "reset" and scope.concerns(p.target)]
    return ground("the connection was reset by the far side", lines)


def _hung(scope: Scope) -> Ground | None:
    """A dial of this target, or of the only one there is, was not answered for 5 s, by tailscaled's own words."""
    alone = len(scope.index.targets) <= 1
    hung = [dial for dial in worded(scope, [Wording.DEADLINE]) if dial.target is not None or alone]
    return ground("nobody answered the dial ({n} seen): a refusal is an answer", hung)


def _leaked(scope: Scope) -> Ground | None:
    """The dial never went through the tailnet."""
    return ground("the dial did not go through the tailnet at all", worded(scope, _NO_ROUTE))


def _reached(scope: Scope) -> Ground | None:
    """The same host and port was reached at the time."""
    return ground("the same address and port was reached at the same time", scope.successes)


CAUSE = Cause(
    code="M05",
    title="Target refuses: router reached, nothing listens on that port",
    hop=Hop.TARGET,
    about=About.TARGET,
    gravity=Gravity.TARGET,
    summary="The whole tailnet works. The target, or its router on its behalf, answers the connection with a reset.",
    decides=(_router_refused,),
    points=(_refused, _reset_seen),
    allows=(silent_cause, failed_fast, reset_before_reply),
    rules_out=(_leaked, failed_at_deadline, _hung),
    speaks_against=(_reached, reached_from_router),
    missing=(
        Missing(
            question=TAILSCALED_LOG,
            would_decide="`connect tcp …: connection was refused`: M05 or M06; `dial tcp …`: M07; `deadline`: M01",
        ),
        Missing(
            question=LOCALAPI_DIAL,
            would_decide="`connection was refused` at once: M05; after 3 s, or `no route`: M06; `Dial-Self: true`: M07",
        ),
        Missing(question=ROUTER_LOG, would_decide="`connection refused`: M05; `no route to host` or timeout: M06"),
    ),
    remedies=(
        Remedy(
            owner=Owner.DATABASE,
            command="start the service on {host}, and see that it listens on port {port} (SQL Server: TCP enabled)",
            risk=Risk.LOW,
            verify="`nc -vz {host} {port}` on a host of its LAN",
        ),
    ),
    mistaken_for=(
        ("M06", "a netstack router refuses on behalf of a host that it cannot reach: then after about 3 s"),
        ("M01", "a dead router is silent for 5.0 s; a refusal takes one round trip"),
        ("M07", "there the error is in the kernel's words, `dial tcp`"),
    ),
)
