"""M46: a netstack router ignores a new connection whose source port it still holds in TIME-WAIT."""

from datetime import datetime, timedelta

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.base import dated
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, Wording
from farshore.diagnosis.facts.timing import Timing, timing_of
from farshore.diagnosis.gateway_grounds import unread
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope
from farshore.diagnosis.questions import TSMP_PING

# Executed: 1 to 5 % of dials under churn. Beyond a tenth something else is at work.
_MOST = 0.1
_FEWEST_REACHED = 20
_BESIDE = timedelta(seconds=30)
_SPOKEN = {Wording.DEADLINE, Wording.TIMED_OUT, Wording.SOCKS_GENERAL}


def _unanswered(scope: Scope) -> list[tuple[datetime, DialFailed]]:
    return [
        (at, dial)
        for dial in scope.failures
        if dial.wording in {Wording.DEADLINE, Wording.TIMED_OUT}
        or (dial.wording in _SPOKEN and dial.elapsed_s is not None and timing_of(dial.elapsed_s) is Timing.T5)
        if (at := dated(dial)) is not None
    ]


def _reached(scope: Scope) -> list[tuple[datetime, DialSucceeded]]:
    made = (dial for dial in scope.index.of(DialSucceeded) if dial.target and scope.concerns(dial.target))
    return [(at, dial) for dial in made if (at := dated(dial)) is not None]


def _scattered(scope: Scope) -> tuple[list[DialFailed], list[DialSucceeded]]:
    """Unanswered dials that each stand between successes of the same target, a few among many; else nothing."""
    failed, reached = _unanswered(scope), _reached(scope)
    if not failed or len(reached) < _FEWEST_REACHED or len(failed) > _MOST * len(reached):
        return [], []
    alone = [dial for at, dial in failed if _between(at, [when for when, _ in reached])]
    if len(alone) < len(failed):
        return [], []
    return alone, [dial for _, dial in reached]


def _between(at: datetime, moments: list[datetime]) -> bool:
    before = any(at - _BESIDE <= moment < at for moment in moments)
    return before and any(at < moment <= at + _BESIDE for moment in moments)


def _target_ends_first(scope: Scope) -> Ground | None:
    """A few dials among many time out, each between successes, and the far side ends most connections first."""
    failed, reached = _scattered(scope)
    ends = [dial for dial in reached if dial.ended_by == "upstream"]
    if 2 * len(ends) <= len(reached):
        return None
    return ground(
        f"{len(failed):,} of {len(failed) + len(reached):,} dials were not answered, each between two that were, while "
        "the target ended its connections first",
        [*failed[:6], *ends[:3]],
    )


def _few_among_many(scope: Scope) -> Ground | None:
    """A few dials among many time out, each within half a minute of successes before and after it."""
    failed, reached = _scattered(scope)
    return ground(
        f"{len(failed):,} of {len(failed) + len(reached):,} dials were not answered, each between two that were",
        [*failed[:6], *reached[:3]] if failed else [],
    )


def _client_ends_first(scope: Scope) -> Ground | None:
    """The clients ended their connections first: the router then holds nothing in TIME-WAIT."""
    _, reached = _scattered(scope)
    if not reached or any(dial.ended_by != "client" for dial in reached):
        return None
    return ground("clients ended their connections first, which leaves nothing behind on the router", reached[:3])


CAUSE = Cause(
    code="M46",
    title="Lost dials under churn: a netstack router still holds the source port in TIME-WAIT",
    hop=Hop.ROUTER,
    about=About.TARGET,
    gravity=Gravity.PART,
    summary=(
        "When the target ends a connection first, a router that forwards with netstack keeps its four numbers in "
        "TIME-WAIT for 60 s and ignores a SYN that has the same. tailscaled picks source ports at random, so at a "
        "steady rate 1 to 5 % of dials are never answered, alone and without a pattern; the next dial works at once, "
        "and 60 s of quiet heal it. Routers that forward in the kernel are immune. Executed on tailscale 1.102.3 by "
        "this project; Farshore dials once more after a short silence."
    ),
    points=(_target_ends_first,),
    allows=(_few_among_many,),
    speaks_against=(_client_ends_first,),
    missing=(
        Missing(
            question=Question(
                what="whether the router forwards with netstack",
                command="on {name}: Windows, macOS or `--tun=userspace-networking` in tailscaled's flags",
                cost=Cost.ASK,
                answered=unread,
            ),
            would_decide="in the kernel: not M46; with netstack: M46 stands",
        ),
        Missing(
            question=Question(
                what="whether the losses depend on who ends the connection first",
                command="50 short connections a second for a minute, once ended by the client, once by the target",
                cost=Cost.CHANGE,
                answered=unread,
            ),
            would_decide="losses only where the target ends first: M46",
        ),
        Missing(question=TSMP_PING, would_decide="losses there, too: the way to the router; none: M46"),
    ),
    remedies=(
        Remedy(
            owner=Owner.APPLICATION,
            command="keep connections in a pool instead of opening one for each query, or let the client close first",
            risk=Risk.LOW,
            verify="dials a minute fall, and with them the time-outs",
        ),
        Remedy(
            owner=Owner.ROUTER,
            command="run the router on Linux with a TUN device, which forwards in the kernel",
            risk=Risk.MEDIUM,
            verify="an hour at the same rate without one time-out",
        ),
    ),
    mistaken_for=(
        ("M12", "there the first dial after a quiet time fails; here the quiet heals"),
        ("M01", "there every dial fails, and the next one, too"),
        ("M20", "there the router's log says that it ignores new connections"),
    ),
)
