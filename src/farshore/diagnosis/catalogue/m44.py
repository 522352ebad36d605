"""M44: what looks like a fault is the ordinary end of connections."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.clients import ChecksCounted, DriverFailed
from farshore.diagnosis.facts.dials import DialFailed, GatewayEnded, RelayBroke
from farshore.diagnosis.gateway_grounds import unread
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope


def _teardown_beside_success(scope: Scope) -> Ground | None:
    """Lines about copies that this process had closed itself, while every check of the time succeeded."""
    closed = [broke for broke in scope.index.of(RelayBroke) if broke.closed_here]
    passed = [checks for checks in scope.index.of(ChecksCounted) if _all_passed(checks)]
    if not closed or not passed:
        return None
    return ground(
        f"{len(closed):,} lines tell of connections that the writer had closed itself, after the other direction was "
        f"over, while all of {passed[0].total:,.0f} checks succeeded",
        [*closed[:3], *passed[:3]],
    )


def _all_passed(checks: ChecksCounted) -> bool:
    return checks.failed == 0 or (checks.failed is None and checks.succeeded == checks.total)


def _clients_failed(scope: Scope) -> Ground | None:
    """Somebody did fail: a dial, a driver, a connection of the gateway's."""
    ended = [each for each in scope.index.of(GatewayEnded) if each.is_failure]
    failed = [*scope.index.of(DialFailed), *scope.index.of(DriverFailed), *ended]
    return ground("somebody did fail at the time", failed[:1])


CAUSE = Cause(
    code="M44",
    title="False alarm: ordinary ends of connections",
    hop=Hop.GATEWAY,
    about=About.GATEWAY,
    gravity=Gravity.NOTE,
    summary=(
        "A relay logs an error whenever one direction ends and it then closes the other; keepalives, health probes and "
        "short flows look odd by themselves. Nothing is wrong until it differs from a healthy hour."
    ),
    points=(_teardown_beside_success,),
    rules_out=(_clients_failed,),
    missing=(
        Missing(
            question=Question(
                what="how often the same lines come in a healthy hour",
                command="grep -c 'use of closed network connection' LOG, for an hour that nobody complained about",
                cost=Cost.READ,
                answered=unread,
            ),
            would_decide="as often as now: M44; far less often: compare who ends first",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="take the line out of alerts, and alert on failed connections or checks instead",
            risk=Risk.LOW,
            verify="a healthy day raises nothing; a stopped database raises one alert",
        ),
    ),
    mistaken_for=(
        ("M24", "`[::1]` in such a line shows a connection that had come about"),
        ("M36", "there the far side ends before its first byte, and clients fail"),
    ),
)
