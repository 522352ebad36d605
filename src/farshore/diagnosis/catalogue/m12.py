"""M12: the first dial after a minute or two without traffic comes too late, and a retry succeeds."""

from datetime import timedelta

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded
from farshore.diagnosis.facts.peers import DerpChanged
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.tailnet_grounds import not_through_tailnet, signs_of_death, together, unanswered_dials

# tailscaled keeps a session warm for 45 s after the last packet (magicsock sessionActiveTimeout).
_IDLE = timedelta(seconds=45)
_RETRIED = timedelta(seconds=30)
_RELAY = timedelta(seconds=15)
_TWICE = 2


def _healed(scope: Scope, dial: DialFailed) -> list[DialSucceeded]:
    """The first dial of the same target that came about soon after."""
    after = [each for each in scope.index.of(DialSucceeded) if each.target == dial.target and _within(dial, each)]
    return after[:1]


def _within(dial: Fact, later: Fact, span: timedelta = _RETRIED) -> bool:
    return dial.at is not None and later.at is not None and timedelta(0) <= later.at - dial.at <= span


def _warm_before(scope: Scope, dial: DialFailed) -> list[DialSucceeded]:
    """The last dial of the same target that came about before, where that was long enough ago."""
    earlier = [
        each
        for each in scope.index.of(DialSucceeded)
        if each.target == dial.target and each.at is not None and dial.at is not None and each.at < dial.at
    ]
    warm = [each for each in earlier if each.at is not None and dial.at is not None and dial.at - each.at < _IDLE]
    return [] if warm else earlier[-1:]


def _bursts(scope: Scope) -> list[Fact]:
    """Warm, idle, a dial that nobody answered, and soon one that succeeded: each time all three."""
    return [
        fact
        for dial in unanswered_dials(scope)
        for fact in together(_warm_before(scope, dial), [dial], _healed(scope, dial))
    ]


def _again_and_again(scope: Scope) -> Ground | None:
    """Twice or more: idle for 45 s or longer, a dial that hangs, and one within 30 s that succeeds."""
    bursts = _bursts(scope)
    times = len(bursts) // 3
    return ground(
        f"{times} times the first dial after a quiet spell hung, and one within 30 s succeeded",
        bursts if times >= _TWICE else (),
    )


def _retried(scope: Scope) -> Ground | None:
    """A dial hung, and one of the same target within 30 s succeeded."""
    facts = [f for dial in unanswered_dials(scope) for f in together([dial], _healed(scope, dial))]
    return ground("a dial hung, and one of the same target within 30 s succeeded", facts)


def _relay_came_late(scope: Scope) -> Ground | None:
    """Tailscaled dropped its relay connection for want of traffic, a dial hung, and the relay came back right after."""
    changes = scope.index.of(DerpChanged)
    dropped = [c for c in changes if not c.connected and "rebind-no-localaddr" in c.reason]
    for dial in unanswered_dials(scope):
        back = [c for c in changes if c.connected and _within(dial, c, _RELAY)]
        facts = together(dropped[:1], [dial], back[:1])
        if facts:
            return ground("the relay connection had been dropped, and came back just after the dial hung", facts)
    return None


def _silent(scope: Scope) -> Ground | None:
    """The router answers no ping."""
    return ground("the router answers no ping: that is no race", signs_of_death(scope))


def _retry_known(scope: Scope) -> bool:
    return any(_within(dial, each) for dial in scope.failures for each in scope.index.of(DialSucceeded))


CAUSE = Cause(
    code="M12",
    title="Cold dial: the first one after a quiet spell comes too late",
    hop=Hop.TAILSCALED,
    about=About.TARGET,
    gravity=Gravity.PART,
    summary=(
        "After a minute or two without traffic tailscaled has let its session and its relay connection go. The next "
        "dial has to bring both back, loses the race against the 5 s, and a retry seconds later succeeds."
    ),
    decides=(_again_and_again,),
    points=(_relay_came_late,),
    allows=(_retried,),
    rules_out=(not_through_tailnet,),
    speaks_against=(_silent,),
    missing=(
        Missing(
            question=Question(
                what="whether an immediate retry succeeds, and how long nothing was sent before the failure",
                command="farshore doctor {target}   (at once, and again after two quiet minutes)",
                cost=Cost.PROBE,
                answered=_retry_known,
            ),
            would_decide="the second dial succeeds, the first after quiet hangs: M12; every dial hangs: not M12",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="retry a hung dial after 1 to 3 s, probe the target every 30 s, take "
            "TS_DEBUG_NEVER_DIRECT_UDP away",
            risk=Risk.LOW,
            verify="no dial hangs after two quiet minutes",
        ),
    ),
    mistaken_for=(
        ("M01", "a dead router is silent on the retry too"),
        ("M20", "there dials hang under load, not after quiet"),
    ),
)
