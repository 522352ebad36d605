"""M34: the gateway itself keeps clients out: its breaker, its retries, its list of clients, a mistake of its own."""

from farshore.core.outcome import MEANINGS, Code
from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.base import dated
from farshore.diagnosis.facts.dials import GatewayEnded, Greeted, Wording
from farshore.diagnosis.facts.metrics import MetricSampled, rises
from farshore.diagnosis.gateway_grounds import ended, unread
from farshore.diagnosis.grounds import ground, worded
from farshore.diagnosis.index import Scope, span

_ENDED = "farshore_connections_total"
_FAILURES = frozenset(code.value for code in Code if MEANINGS[code].is_failure)
# A pool that waits a second between its tries makes one of these a second for each of its clients.
_STORM_PER_S = 100
_AGAIN_PER_S, _AGAIN_FOR_S = 10.0, 3.0


def _open_beside_success(scope: Scope) -> Ground | None:
    """A breaker turned clients away while the same target was reached."""
    opened = worded(scope, [Wording.BREAKER_OPEN])
    greeted = [g for g in scope.near(scope.index.of(Greeted)) if g.protocol and scope.concerns(g.target)]
    reached = [*scope.successes[:3], *greeted[:3]]
    if not opened or not reached:
        return None
    return ground(
        f"a breaker turned {len(opened):,} clients away while the same target was reached", [*opened[:3], *reached]
    )


def _not_allowed(scope: Scope) -> Ground | None:
    """The gateway's own record: the client's address is not in the route's `allow_clients`."""
    return ground(
        "the gateway's own list of clients turned clients away ({n} seen)",
        ended(scope, "gateway.accept.client-not-allowed"),
    )


def _mistaken(scope: Scope) -> Ground | None:
    """The gateway's own record: it made a mistake of its own."""
    return ground(
        "the gateway made a mistake of its own ({n} connections)", ended(scope, "gateway.transfer.internal-error")
    )


def _again_at_once(scope: Scope) -> Ground | None:
    """The gateway's own record: connections of one client failed, 10 and more a second over 3 s and longer."""
    failed: dict[str, list[GatewayEnded]] = {}
    for end in scope.index.of(GatewayEnded):
        if end.client and end.is_failure and scope.concerns(end.target) and dated(end) is not None:
            failed.setdefault(end.client, []).append(end)
    storms = {client: rate for client, ends in failed.items() if (rate := _rate(ends)) >= _AGAIN_PER_S}
    if not storms:
        return None
    client = max(storms, key=lambda each: storms[each])
    says = f"connections of {client} failed {storms[client]:,.0f} times a second: it tries again at once"
    return ground(says, failed[client])


def _rate(ends: list[GatewayEnded]) -> float:
    """How many a second, where they last long enough to tell."""
    window = span(ends)
    lasted_s = 0.0 if window is None else (window[1] - window[0]).total_seconds()
    return (len(ends) - 1) / lasted_s if lasted_s >= _AGAIN_FOR_S else 0.0


def _storm(scope: Scope) -> Ground | None:
    """The gateway's own metrics: 100 and more connections failed each second, of how many clients nobody tells."""
    failing = [
        sample
        for sample in scope.index.of(MetricSampled)
        if sample.metric == _ENDED and sample.label("code") in _FAILURES
    ]
    rising = [rise for rise in rises(failing) if rise.per_s]
    rate = sum(rise.per_s or 0.0 for rise in rising)
    facts = [sample for rise in rising for sample in (rise.first, rise.last)]
    return ground(
        f"{rate:,.0f} connections failed each second: many clients, or few that try again at once",
        facts if rate >= _STORM_PER_S else (),
    )


def _open(scope: Scope) -> Ground | None:
    """A gateway says that its own breaker turned a client away: nothing was sent."""
    return ground("the gateway's own breaker turned clients away ({n} seen)", worded(scope, [Wording.BREAKER_OPEN]))


CAUSE = Cause(
    code="M34",
    title="Self-inflicted: the gateway itself keeps clients out",
    hop=Hop.GATEWAY,
    about=About.TARGET,
    gravity=Gravity.PART,
    summary=(
        "The refusal comes from the gateway itself, at once, before anything is sent: a breaker that stays open after "
        "its reason has gone, retries that use up what is allowed, a list of clients that lacks one, or a mistake in "
        "the program. Whatever opened a breaker is another finding, and neither hushes the other."
    ),
    decides=(_open_beside_success, _not_allowed, _mistaken),
    points=(_open, _again_at_once),
    allows=(_storm,),
    missing=(
        Missing(
            question=Question(
                what="the state of the breaker beside a probe of the same target",
                command="farshore status; farshore doctor {target}",
                cost=Cost.PROBE,
                answered=unread,
            ),
            would_decide="open while the probe succeeds: M34; open while it fails: what the probe names",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="let the breaker try one dial after seconds, not minutes, and never eject the last path",
            risk=Risk.LOW,
            verify="end the fault in a test: clients are served again within the breaker's time",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="a client that the route's `allow_clients` lacks: add its network, or leave it out on purpose",
            risk=Risk.LOW,
            verify="no `gateway.accept.client-not-allowed` of that network in the log",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="bound retries by a budget (20 % of what is active) and spread them at random",
            risk=Risk.LOW,
            verify="dials per client stay near 1 while a target is down",
        ),
    ),
    mistaken_for=(
        ("M29", "there the cluster drops; a client that the gateway declines sees a reset"),
        ("any failure of the network", "there something was sent, and it took a round trip at least"),
    ),
)
